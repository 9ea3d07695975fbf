-- corruption: a build was cut off
-- red: last_build
-- says: is not finished
update personas_audit.audit_builds set finished_at = null
where started_at = (select max(started_at) from personas_audit.audit_builds where which_command = 'build');

-- corruption: a build began and never ended
-- red: last_build
-- says: is not finished
insert into personas_audit.audit_builds
select (jsonb_populate_record(build, jsonb_build_object(
    'invocation_id', 'x', 'started_at', now(), 'finished_at', null, 'is_partial', false
))).*
from personas_audit.audit_builds as build order by started_at desc limit 1;

-- corruption: a part was built after it, and cut off
-- red: last_build
-- says: is not finished
insert into personas_audit.audit_builds
select (jsonb_populate_record(build, jsonb_build_object(
    'invocation_id', 'x', 'which_command', 'run', 'started_at', now(), 'finished_at', null, 'is_partial', true
))).*
from personas_audit.audit_builds as build order by started_at desc limit 1;

-- corruption: a part was built after it from other files
-- red: last_build
-- says: ran other models, seeds or macros
insert into personas_audit.audit_builds
select (jsonb_populate_record(build, jsonb_build_object(
    'invocation_id', 'x', 'which_command', 'run', 'started_at', now(), 'finished_at', now(), 'is_partial', true,
    'project_checksum', 'another'
))).*
from personas_audit.audit_builds as build order by started_at desc limit 1;

-- corruption: the last build's tests failed
-- red: last_build
-- says: 1 failed tests
update personas_audit.audit_builds set tests_failed = 1
where started_at = (select max(started_at) from personas_audit.audit_builds where which_command = 'build');

-- corruption: no full build at all
-- red: last_build
-- says: no full build
update personas_audit.audit_builds set is_partial = true;

-- corruption: the evidence is a day old
-- red: last_build
-- says: stale
update personas_audit.audit_builds
set started_at = started_at - interval '25 hours', finished_at = finished_at - interval '25 hours';

-- corruption: the build stopped after personas
-- red: relationship_parity, row_accounting
truncate personas.persona_industry_mapping, personas.persona_role_mapping, personas.persona_jtbd_mapping,
personas.persona_link_source_mapping;

-- corruption: the build stopped before the source mapping
-- red: row_accounting, round_trip
truncate personas.persona_source_mapping;

-- corruption: nothing is in the marts
-- red: row_accounting, round_trip
truncate personas.personas cascade;

-- corruption: the source mapping is of an older build
-- red: round_trip, row_accounting
-- victims: select id from alone_dh
-- then a row was not there yet, and two had other values
delete from personas.persona_source_mapping using victim where source_id = victim.id;
update personas.persona_source_mapping set residual = residual || '{"background": "as it was"}'
where source_id in (select id from alone_dh where residual ? 'background' limit 2);

-- corruption: personas are of an older build
-- red: round_trip
-- victims: select id from alone_dh
update personas.personas set name = 'As it was', updated_at = updated_at - interval '1 day'
from victim where personas.id = victim.id;

-- corruption: the industries are of an older build
-- red: relationship_parity
-- says: nothing old says so
-- victims: select alone_dh.id from alone_dh inner join personas.persona_industry_mapping on alone_dh.id = persona_id
-- the legacy row has lost its industry and every id since
update public.dh_personas
set industry_id = null, digital_health_id = null, pharma_id = null, biotech_id = null, meddev_id = null, dx_id = null
from victim where dh_personas.id = victim.id;

-- corruption: the stored ids are of an older build
-- red: integrity
-- says: persona_ids does not
-- victims: select id from alone_org
delete from personas_intermediate.int_persona_clusters using victim where source_id = victim.id;

-- corruption: the crosswalk has changed since the build
-- red: fidelity
-- says: unexplained
-- victims: select lower((legacy).decision_authority) as word from alone_dh
-- victims: where decision_authority is not null and (legacy).decision_authority <> decision_authority
update personas_staging.decision_authority_crosswalk set decision_authority = 'ADVISORY'
from victim where legacy_value = victim.word and decision_authority <> 'ADVISORY';

-- corruption: the seed of equal industries has changed since the build
-- red: relationship_parity
delete from personas_staging.industry_canonical;

-- corruption: a decision was taken back since the build
-- red: integrity
-- says: neither evidence nor a decision
-- victims: select left_id from personas_staging.match_decisions where verdict = 'same'
delete from personas_staging.match_decisions using victim where match_decisions.left_id = victim.left_id;

-- corruption: a decision was made since the build
-- red: integrity
-- says: decided same, but the personas are not
-- victims: select one.id as a, two.id as b from alone_dh as one inner join alone_dh as two on one.id < two.id
insert into personas_staging.match_decisions (left_table, left_id, right_table, right_id, verdict, line_number)
select 'dh_personas', a, 'dh_personas', b, 'same', 999 from victim;
