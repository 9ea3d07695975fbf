-- corruption: a persona is lost
-- red: row_accounting, round_trip
-- says: 1 personas of mapped rows are not in personas
-- victims: select id from alone_dh
delete from personas.personas using victim where personas.id = victim.id;

-- corruption: a persona is lost with all that points at it
-- red: row_accounting, round_trip
-- victims: select id from alone_org
set local session_replication_role = origin;
delete from personas.persona_source_mapping using victim where persona_id = victim.id;
delete from personas.persona_link_source_mapping using victim where persona_id = victim.id;
delete from personas.personas using victim where personas.id = victim.id;

-- corruption: a legacy row is lost after the build
-- red: row_accounting, round_trip
-- says: mapped as living, but not in the legacy table
-- victims: select id from public.dh_personas
delete from public.dh_personas using victim where dh_personas.id = victim.id;

-- corruption: a row of an old link table is lost after the build
-- red: row_accounting, round_trip
-- victims: select id from public.persona_role_mapping
delete from public.persona_role_mapping as links using victim where links.id = victim.id;

-- corruption: a legacy row came after the build
-- red: row_accounting, round_trip
-- says: not mapped as living
-- victims: select id from public.org_personas
insert into public.org_personas
select (jsonb_populate_record(found, '{"id": "aaaaaaaa-0000-4000-8000-000000000001", "code": "late", "unique_id": "late"}')).*
from public.org_personas as found inner join victim on found.id = victim.id;

-- corruption: a persona is there twice
-- red: integrity, round_trip
-- says: 2 rows have this key
-- victims: select id from alone_dh
select pg_temp.drop_keys('personas.personas');
insert into personas.personas select personas.* from personas.personas inner join victim on personas.id = victim.id;

-- corruption: a persona is there again under a new id
-- red: integrity
-- says: 2 living personas have this unique_id
-- victims: select id from alone_dh
insert into personas.personas
select (jsonb_populate_record(found, '{"id": "aaaaaaaa-0000-4000-8000-000000000001"}')).*
from personas.personas as found inner join victim on found.id = victim.id;

-- corruption: a legacy row is there twice
-- red: round_trip
-- says: more than once in the legacy table
-- victims: select id from public.org_personas
select pg_temp.drop_keys('public.org_personas');
insert into public.org_personas select found.* from public.org_personas as found inner join victim on found.id = victim.id;

-- corruption: a mapped row is there twice
-- red: integrity, round_trip
-- says: 2 rows have this key
-- victims: select source_id as id from personas.persona_source_mapping where source_deleted_at is null
select pg_temp.drop_keys('personas.persona_source_mapping');
insert into personas.persona_source_mapping
select found.* from personas.persona_source_mapping as found inner join victim on found.source_id = victim.id;

-- corruption: two personas are swapped
-- red: round_trip
-- hidden: fidelity
-- victims: select one.id as a, two.id as b from alone_dh as one inner join alone_dh as two
-- victims: on one.id < two.id and one.name <> two.name
create temporary table rows_of_both as
select personas.* from personas.personas, victim where personas.id in (victim.a, victim.b);
delete from personas.personas using victim where personas.id in (victim.a, victim.b);
insert into personas.personas
select (jsonb_populate_record(row_of_one, jsonb_build_object('id', case id when a then b else a end))).*
from rows_of_both as row_of_one, victim;

-- corruption: two rows lead to each other's persona
-- red: round_trip, integrity
-- says: in persona_source_mapping to
-- victims: select one.id as a, two.id as b from alone_dh as one inner join alone_dh as two
-- victims: on one.id < two.id and one.name <> two.name
update personas.persona_source_mapping set persona_id = case source_id when victim.a then victim.b else victim.a end
from victim where source_id in (victim.a, victim.b) and source_table = 'dh_personas';

-- corruption: two rows lead to each other's persona, in the stored ids as well
-- hidden: fidelity
-- victims: select one.id as a, two.id as b from alone_dh as one inner join alone_dh as two
-- victims: on one.id < two.id and one.name <> two.name
update personas.persona_source_mapping set persona_id = case source_id when victim.a then victim.b else victim.a end
from victim where source_id in (victim.a, victim.b) and source_table = 'dh_personas';
update personas_intermediate.int_persona_clusters
set persona_id = case source_id when victim.a then victim.b else victim.a end
from victim where source_id in (victim.a, victim.b) and source_table = 'dh_personas';

-- corruption: two rows of different people are merged
-- red: integrity, round_trip
-- says: merged with a row that neither evidence nor a decision makes the same
-- hidden: integrity
-- victims: select one.id as a, two.id as b from alone_dh as one inner join alone_dh as two
-- victims: on one.id < two.id and one.name <> two.name
update personas.persona_source_mapping set persona_id = victim.a from victim where persona_id = victim.b;
update personas.persona_link_source_mapping set persona_id = victim.a from victim where persona_id = victim.b;
update personas_intermediate.int_persona_clusters set persona_id = victim.a from victim where persona_id = victim.b;
insert into personas.persona_industry_mapping
select victim.a, industry_id, false, industry_specific_id, industry_metadata, origin
from personas.persona_industry_mapping inner join victim on persona_id = victim.b
where industry_id not in (
    select industry_id from personas.persona_industry_mapping as mapping inner join victim on persona_id = victim.a
);
insert into personas.persona_role_mapping
select victim.a, role_id, false, responsibilities, origin
from personas.persona_role_mapping inner join victim on persona_id = victim.b
where role_id not in (
    select role_id from personas.persona_role_mapping as mapping inner join victim on persona_id = victim.a
);
set local session_replication_role = origin;
delete from personas.personas using victim where personas.id = victim.b;

-- corruption: rows of two tenants are merged
-- red: integrity, shown_values
-- says: its legacy rows belong to several tenants
-- hidden: integrity, shown_values
-- victims: select one.id as a, two.id as b from alone_org as one inner join alone_org as two
-- victims: on one.tenant_id <> two.tenant_id
update personas.persona_source_mapping set persona_id = victim.a from victim where persona_id = victim.b;
update personas.persona_link_source_mapping set persona_id = victim.a from victim where persona_id = victim.b;
update personas_intermediate.int_persona_clusters set persona_id = victim.a from victim where persona_id = victim.b;
set local session_replication_role = origin;
delete from personas.personas using victim where personas.id = victim.b;

-- corruption: a merge that was decided is not there
-- red: integrity
-- says: decided same, but the personas are not
-- victims: select persona_id as id, source_id from personas.persona_source_mapping
-- victims: where match_rule = 'decision' and source_id <> persona_id and source_table = 'org_personas'
insert into personas.personas
select (jsonb_populate_record(found, jsonb_build_object('id', victim.source_id, 'unique_id', 'apart'))).*
from personas.personas as found inner join victim on found.id = victim.id;
update personas.persona_source_mapping as sources set persona_id = victim.source_id
from victim where sources.source_id = victim.source_id;
update personas_intermediate.int_persona_clusters as sources set persona_id = victim.source_id
from victim where sources.source_id = victim.source_id;

-- corruption: a persona has got a new id, wherever it stands
-- red: integrity
-- says: not the id of any of its legacy rows
-- victims: select id from alone_dh
update personas.personas set id = 'aaaaaaaa-0000-4000-8000-000000000001' from victim where personas.id = victim.id;
update personas.persona_source_mapping set persona_id = 'aaaaaaaa-0000-4000-8000-000000000001'
from victim where persona_id = victim.id;
update personas.persona_link_source_mapping set persona_id = 'aaaaaaaa-0000-4000-8000-000000000001'
from victim where persona_id = victim.id;
update personas.persona_industry_mapping set persona_id = 'aaaaaaaa-0000-4000-8000-000000000001'
from victim where persona_id = victim.id;
update personas.persona_role_mapping set persona_id = 'aaaaaaaa-0000-4000-8000-000000000001'
from victim where persona_id = victim.id;
update personas.persona_jtbd_mapping set persona_id = 'aaaaaaaa-0000-4000-8000-000000000001'
from victim where persona_id = victim.id;
update personas_intermediate.int_persona_clusters
set persona_id = 'aaaaaaaa-0000-4000-8000-000000000001' from victim where persona_id = victim.id;

-- corruption: a persona is moved to another tenant
-- red: round_trip, shown_values, relationship_parity
-- says: not the tenant of its legacy rows
-- hidden: fidelity, shown_values, relationship_parity
-- victims: select alone_org.id, tenants.id as tenant_id from alone_org inner join public.tenants
-- victims: on alone_org.tenant_id <> tenants.id
update personas.personas set tenant_id = victim.tenant_id from victim where personas.id = victim.id;

-- corruption: a legacy row is moved to another tenant after the build
-- red: round_trip, shown_values
-- victims: select alone_org.id, tenants.id as tenant_id from alone_org inner join public.tenants
-- victims: on alone_org.tenant_id <> tenants.id
select pg_temp.drop_keys('public.org_personas');
update public.org_personas set tenant_id = victim.tenant_id from victim where org_personas.id = victim.id;

-- corruption: a private persona is made public
-- red: round_trip, shown_values
-- hidden: fidelity, shown_values
-- victims: select id from alone_org
update personas.personas set tenant_id = null, is_public = true from victim where personas.id = victim.id;

-- corruption: a private persona is called public, its tenant left
-- red: shown_values
-- victims: select id from alone_org
update personas.personas set is_public = true from victim where personas.id = victim.id;

-- corruption: a private row's value that the shared row has not is shown
-- red: round_trip, fidelity
-- hidden: fidelity
-- victims: select id, (private).description as told from shared_with_private
-- victims: where description is null and (private).description is not null
update personas.personas set description = victim.told from victim where personas.id = victim.id;

-- corruption: a private row's value in a column that the shared row has not is shown
-- hidden: shown_values
-- victims: select id, (private).department as told from shared_with_private where (private).department <> ''
update personas.personas set profile = profile || jsonb_build_object('department', victim.told)
from victim where personas.id = victim.id;

-- corruption: a private row's role is shown
-- red: relationship_parity
-- victims: select id, (private).primary_role_id as role_id from shared_with_private
-- victims: where (private).primary_role_id is not null
insert into personas.persona_role_mapping (persona_id, role_id, is_primary, origin)
select id, role_id, false, 'legacy' from victim;

-- corruption: an inactive persona is un-deleted
-- red: round_trip, shown_values
-- hidden: fidelity, shown_values
-- victims: select id from public.dh_personas where not is_active
-- victims: and id in (select id from personas.personas where deleted_at is not null)
update personas.personas set deleted_at = null from victim where personas.id = victim.id;

-- corruption: a persona whose row was deleted is un-deleted
-- red: shown_values
-- says: not deleted although all its legacy rows are
-- victims: select persona_id as id from personas.persona_source_mapping where source_deleted_at is not null
-- victims: and source_id = persona_id
update personas.personas set deleted_at = null from victim where personas.id = victim.id;

-- corruption: a deleted row is mapped as living
-- red: row_accounting, round_trip
-- says: mapped as living, but not in the legacy table
-- victims: select source_id as id from personas.persona_source_mapping where source_deleted_at is not null
update personas.persona_source_mapping set source_deleted_at = null from victim where source_id = victim.id;

-- corruption: a living persona is deleted
-- red: round_trip, shown_values
-- hidden: fidelity, shown_values
-- victims: select id from alone_dh
update personas.personas set deleted_at = updated_at from victim where personas.id = victim.id;

-- corruption: a living persona of a tenant is deleted
-- red: shown_values
-- says: deleted although a legacy row lives, or the reverse
-- victims: select id from alone_org
update personas.personas set deleted_at = updated_at from victim where personas.id = victim.id;

-- corruption: a living row is mapped as deleted
-- red: row_accounting, round_trip
-- says: not mapped as living
-- victims: select id from alone_dh
update personas.persona_source_mapping set source_deleted_at = now() from victim where source_id = victim.id;
