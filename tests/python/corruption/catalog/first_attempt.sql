-- What the hand-written script of the first attempt did, and no check noticed (../legacy/README.md).

-- corruption: Unknown Persona
-- red: round_trip, shown_values
-- says: none of its legacy rows is called so
-- hidden: fidelity, shown_values
-- victims: select id from alone_dh where not residual ? 'name'
update personas.personas set name = 'Unknown Persona' from victim where personas.id = victim.id;

-- corruption: 200 names are Unknown Persona
-- red: round_trip, shown_values
-- hidden: fidelity, shown_values
update personas.personas set name = 'Unknown Persona' where id in (select id from personas.personas order by id limit 200);

-- corruption: the profiles are empty
-- red: round_trip
-- hidden: fidelity
update personas.personas set profile = '{}';

-- corruption: one profile is empty
-- red: round_trip
-- hidden: fidelity
-- victims: select id from alone_dh
update personas.personas set profile = '{}' from victim where personas.id = victim.id;

-- corruption: ten rows fewer
-- red: row_accounting, round_trip
-- says: not mapped as living
create temporary table fewer as select id from alone_dh order by id limit 10;
set local session_replication_role = origin;
delete from personas.persona_link_source_mapping where persona_id in (select id from fewer);
delete from personas.persona_source_mapping where persona_id in (select id from fewer);
delete from personas.personas where id in (select id from fewer);

-- corruption: double-encoded JSON is copied as it was
-- hidden: shown_values
update personas.personas set
    pain_points = case when jsonb_typeof((alone_dh.legacy).pain_points) = 'string' then (alone_dh.legacy).pain_points else personas.pain_points end,
    goals = case when jsonb_typeof((alone_dh.legacy).goals) = 'string' then (alone_dh.legacy).goals else personas.goals end
from alone_dh where personas.id = alone_dh.id;

-- corruption: no industry
-- red: relationship_parity, round_trip
-- hidden: relationship_parity, fidelity
delete from personas.persona_industry_mapping;

-- corruption: meddev_id and dx_id are dropped
-- red: relationship_parity, round_trip
-- hidden: relationship_parity, fidelity
delete from personas.persona_industry_mapping as mapping using public.industries
where mapping.industry_id = industries.id and industry_code in ('medical_devices', 'diagnostics') and not is_primary;
update personas.persona_industry_mapping as mapping set industry_specific_id = null
from public.industries where mapping.industry_id = industries.id and industry_code in ('medical_devices', 'diagnostics');

-- corruption: a legacy row is deleted, and its jobs-to-be-done with it
-- red: row_accounting, round_trip
-- says: jtbd_org_persona_mapping
-- victims: select persona_dh_id as id from public.jtbd_org_persona_mapping where persona_dh_id is not null
set local session_replication_role = origin;
delete from public.dh_personas using victim where dh_personas.id = victim.id;

-- corruption: over-long values are left out with their rows
-- red: row_accounting, round_trip
-- victims: select id from alone_dh where length(name) > 100 union all select id from alone_org where length(name) > 100
set local session_replication_role = origin;
delete from personas.persona_link_source_mapping using victim where persona_id = victim.id;
delete from personas.persona_source_mapping using victim where persona_id = victim.id;
delete from personas.personas using victim where personas.id = victim.id;
