-- corruption: an industry is lost
-- red: relationship_parity, round_trip
-- hidden: relationship_parity, fidelity
-- victims: select alone_dh.id, industry_id from alone_dh inner join personas.persona_industry_mapping
-- victims: on alone_dh.id = persona_id where is_primary
delete from personas.persona_industry_mapping as mapping using victim
where mapping.persona_id = victim.id and mapping.industry_id = victim.industry_id;

-- corruption: an industry that is not the primary one is lost with its id
-- red: relationship_parity, round_trip
-- hidden: relationship_parity, fidelity
-- victims: select persona_id as id, industry_id from personas.persona_industry_mapping
-- victims: where not is_primary and industry_specific_id is not null
delete from personas.persona_industry_mapping as mapping using victim
where mapping.persona_id = victim.id and mapping.industry_id = victim.industry_id;

-- corruption: an industry is there twice
-- red: integrity
-- says: 2 rows have this key
-- victims: select persona_id as id from personas.persona_industry_mapping where not is_primary
select pg_temp.drop_keys('personas.persona_industry_mapping');
insert into personas.persona_industry_mapping
select mapping.* from personas.persona_industry_mapping as mapping inner join victim on mapping.persona_id = victim.id
where not is_primary;

-- corruption: a second primary industry
-- red: integrity, relationship_parity
-- says: 2 primary industries of
-- victims: select persona_id as id, industry_id from personas.persona_industry_mapping where not is_primary
update personas.persona_industry_mapping as mapping set is_primary = true from victim
where mapping.persona_id = victim.id and mapping.industry_id = victim.industry_id;

-- corruption: no primary industry
-- red: integrity, round_trip
-- says: 0 primary industries of
-- hidden: integrity, relationship_parity
-- victims: select alone_dh.id from alone_dh inner join personas.persona_industry_mapping on alone_dh.id = persona_id
update personas.persona_industry_mapping as mapping set is_primary = false from victim where mapping.persona_id = victim.id;

-- corruption: the primary industry and another one have changed places
-- red: relationship_parity, round_trip
-- hidden: relationship_parity
-- victims: select alone_dh.id from alone_dh inner join personas.persona_industry_mapping on alone_dh.id = persona_id
-- victims: group by alone_dh.id having count(*) = 2
update personas.persona_industry_mapping as mapping set is_primary = not is_primary
from victim where mapping.persona_id = victim.id;

-- corruption: a wrong industry
-- red: relationship_parity, round_trip
-- hidden: relationship_parity, fidelity
-- victims: select alone_dh.id, industries.id as other from alone_dh
-- victims: inner join personas.persona_industry_mapping as mapping on alone_dh.id = persona_id and is_primary
-- victims: inner join public.industries on industries.id not in (
-- victims:     select industry_id from personas.persona_industry_mapping as all_of_it where all_of_it.persona_id = alone_dh.id
-- victims: )
update personas.persona_industry_mapping as mapping set industry_id = victim.other
from victim where mapping.persona_id = victim.id and is_primary;

-- corruption: the industry's second row instead of the one that counts
-- hidden: relationship_parity
-- victims: select alone_dh.id, (legacy).industry_id from alone_dh
-- victims: inner join personas.persona_industry_mapping as mapping on alone_dh.id = persona_id and is_primary
-- victims: where (legacy).industry_id <> mapping.industry_id
update personas.persona_industry_mapping as mapping set industry_id = victim.industry_id
from victim where mapping.persona_id = victim.id and is_primary;

-- corruption: an industry that nobody said
-- red: relationship_parity
-- says: nothing old says so
-- victims: select alone_dh.id, industries.id as other from alone_dh
-- victims: inner join personas.persona_industry_mapping as mapping on alone_dh.id = persona_id and is_primary
-- victims: inner join public.industries on industries.id not in (
-- victims:     select industry_id from personas.persona_industry_mapping as all_of_it where all_of_it.persona_id = alone_dh.id
-- victims: )
insert into personas.persona_industry_mapping (persona_id, industry_id, is_primary, origin)
select id, other, false, 'legacy' from victim;

-- corruption: an industry that is in no industries
-- red: integrity
-- says: is not in industries
-- hidden: integrity
-- victims: select alone_dh.id from alone_dh inner join personas.persona_industry_mapping on alone_dh.id = persona_id
update personas.persona_industry_mapping as mapping set industry_id = 'aaaaaaaa-0000-4000-8000-000000000001'
from victim where mapping.persona_id = victim.id and is_primary;

-- corruption: an industry of no persona
-- red: integrity
-- says: is not in personas
-- victims: select id from public.industries
insert into personas.persona_industry_mapping (persona_id, industry_id, is_primary, origin)
select 'aaaaaaaa-0000-4000-8000-000000000001', id, true, 'legacy' from victim;

-- corruption: an industry is gone from industries
-- red: integrity
-- says: is not in industries
-- victims: select industry_id as id from personas.persona_industry_mapping
delete from public.industries using victim where industries.id = victim.id;

-- corruption: the ids of two code books swapped
-- red: relationship_parity, round_trip
-- hidden: relationship_parity, fidelity
-- victims: select persona_id as id from personas.persona_industry_mapping where industry_specific_id is not null
-- victims: group by persona_id having count(distinct industry_specific_id) = 2 and count(*) = 2
update personas.persona_industry_mapping as mapping set industry_specific_id = (
    select other.industry_specific_id from personas.persona_industry_mapping as other
    where
        other.persona_id = mapping.persona_id
        and other.industry_id <> mapping.industry_id
        and other.industry_specific_id is not null
)
from victim where mapping.persona_id = victim.id and industry_specific_id is not null;

-- corruption: an id of a code book is lost
-- red: relationship_parity, round_trip
-- hidden: relationship_parity, fidelity
-- victims: select persona_id as id, industry_id from personas.persona_industry_mapping
-- victims: where industry_specific_id is not null and persona_id in (select id from alone_dh)
update personas.persona_industry_mapping as mapping set industry_specific_id = null
from victim where mapping.persona_id = victim.id and mapping.industry_id = victim.industry_id;

-- corruption: a second id in the code book is lost
-- red: relationship_parity
-- victims: select persona_id as id, industry_id from personas.persona_industry_mapping where industry_metadata ? 'other_ids'
update personas.persona_industry_mapping as mapping set industry_metadata = industry_metadata - 'other_ids'
from victim where mapping.persona_id = victim.id and mapping.industry_id = victim.industry_id;

-- corruption: a role is lost
-- red: relationship_parity
-- victims: select alone_org.id, role_id from alone_org inner join personas.persona_role_mapping
-- victims: on alone_org.id = persona_id where not is_primary
delete from personas.persona_role_mapping as mapping using victim
where mapping.persona_id = victim.id and mapping.role_id = victim.role_id;

-- corruption: the primary role is lost
-- red: relationship_parity, round_trip
-- hidden: relationship_parity, fidelity
-- victims: select alone_org.id, role_id from alone_org inner join personas.persona_role_mapping
-- victims: on alone_org.id = persona_id where is_primary and (legacy).primary_role_id = role_id
delete from personas.persona_role_mapping as mapping using victim
where mapping.persona_id = victim.id and mapping.role_id = victim.role_id;

-- corruption: a wrong role
-- red: relationship_parity, round_trip
-- hidden: relationship_parity, fidelity
-- victims: select alone_org.id, role_id, org_roles.id as other from alone_org inner join personas.persona_role_mapping
-- victims: on alone_org.id = persona_id inner join public.org_roles on role_id <> org_roles.id
-- victims: where is_primary and (legacy).primary_role_id = role_id
-- victims: and 1 = (select count(*) from personas.persona_role_mapping as roles where roles.persona_id = alone_org.id)
update personas.persona_role_mapping as mapping set role_id = victim.other
from victim where mapping.persona_id = victim.id and mapping.role_id = victim.role_id;

-- corruption: a role is called primary
-- red: relationship_parity
-- says: primary in only one of the two
-- hidden: relationship_parity
-- victims: select persona_id as id, role_id from personas.persona_role_mapping where not is_primary
update personas.persona_role_mapping as mapping set is_primary = true
from victim where mapping.persona_id = victim.id and mapping.role_id = victim.role_id;

-- corruption: a role is no longer primary, as if somebody had said so
-- red: round_trip
-- hidden: fidelity
-- victims: select alone_org.id, role_id from alone_org inner join personas.persona_role_mapping
-- victims: on alone_org.id = persona_id where is_primary and (legacy).primary_role_id = role_id
update personas.persona_role_mapping as mapping set is_primary = false, origin = 'new'
from victim where mapping.persona_id = victim.id and mapping.role_id = victim.role_id;

-- corruption: what a role is for is lost
-- red: round_trip
-- hidden: fidelity
-- victims: select persona_id as id, role_id from personas.persona_role_mapping where responsibilities <> '[]'
-- victims: and persona_id in (select id from alone_org)
update personas.persona_role_mapping as mapping set responsibilities = '[]'
from victim where mapping.persona_id = victim.id and mapping.role_id = victim.role_id;

-- corruption: a job-to-be-done is lost
-- red: relationship_parity, round_trip
-- hidden: relationship_parity, fidelity
-- victims: select persona_id as id, jtbd_id from personas.persona_jtbd_mapping where use_case_examples is not null
delete from personas.persona_jtbd_mapping as mapping using victim
where mapping.persona_id = victim.id and mapping.jtbd_id = victim.jtbd_id;

-- corruption: all jobs-to-be-done of the second pointer are lost
-- red: relationship_parity
-- hidden: relationship_parity
-- victims: select 1
delete from personas.persona_jtbd_mapping as mapping
where persona_id in (
    select persona_id from personas.persona_link_source_mapping where pointer = 'persona_dh_id'
);

-- corruption: a job-to-be-done has gone to another persona
-- red: relationship_parity
-- hidden: relationship_parity
-- victims: select persona_id as id, jtbd_id, alone_dh.id as other from personas.persona_jtbd_mapping
-- victims: inner join alone_dh on alone_dh.id not in (select persona_id from personas.persona_jtbd_mapping)
update personas.persona_jtbd_mapping as mapping set persona_id = victim.other
from victim where mapping.persona_id = victim.id and mapping.jtbd_id = victim.jtbd_id;

-- corruption: a job-to-be-done that is in no library
-- red: integrity
-- says: is not in jtbd_library
-- victims: select persona_id as id, jtbd_id from personas.persona_jtbd_mapping
update personas.persona_jtbd_mapping as mapping set jtbd_id = 'NOWHERE'
from victim where mapping.persona_id = victim.id and mapping.jtbd_id = victim.jtbd_id;

-- corruption: how relevant a job is, one higher
-- red: round_trip
-- hidden: fidelity
-- victims: select persona_id as id, jtbd_id from personas.persona_jtbd_mapping where relevance_score < 10
-- victims: and persona_id in (select id from alone_dh)
update personas.persona_jtbd_mapping as mapping set relevance_score = relevance_score + 1
from victim where mapping.persona_id = victim.id and mapping.jtbd_id = victim.jtbd_id;

-- corruption: a mapped link is lost
-- red: row_accounting, round_trip
-- victims: select source_id as id, pointer from personas.persona_link_source_mapping where source_deleted_at is null
delete from personas.persona_link_source_mapping as links using victim
where links.source_id = victim.id and links.pointer = victim.pointer;

-- corruption: a link's second pointer is lost
-- red: row_accounting, round_trip
-- victims: select source_id as id from personas.persona_link_source_mapping where source_deleted_at is null
-- victims: group by source_id having count(*) = 2
delete from personas.persona_link_source_mapping as links using victim
where links.source_id = victim.id and links.pointer = 'persona_dh_id';

-- corruption: a mapped link is there twice
-- red: integrity
-- says: 2 rows have this key
-- victims: select source_id as id from personas.persona_link_source_mapping where source_deleted_at is null
select pg_temp.drop_keys('personas.persona_link_source_mapping');
insert into personas.persona_link_source_mapping
select links.* from personas.persona_link_source_mapping as links inner join victim on links.source_id = victim.id;

-- corruption: two links lead to each other's target
-- red: integrity, round_trip
-- says: leads to
-- victims: select one.source_id as a, one.target_id as of_a, two.source_id as b, two.target_id as of_b
-- victims: from personas.persona_link_source_mapping as one
-- victims: inner join personas.persona_link_source_mapping as two on one.source_table = two.source_table
-- victims: and one.source_id < two.source_id and one.target_id <> two.target_id
-- victims: where one.source_table = 'persona_role_mapping'
-- victims: and one.source_deleted_at is null and two.source_deleted_at is null
update personas.persona_link_source_mapping set target_id = case source_id when victim.a then of_b else of_a end
from victim where source_id in (victim.a, victim.b);

-- corruption: a mapped row leads to no persona
-- red: integrity, round_trip
-- says: is not in personas
-- victims: select id from alone_dh
update personas.persona_source_mapping set persona_id = 'aaaaaaaa-0000-4000-8000-000000000001'
from victim where source_id = victim.id and source_table = 'dh_personas';

-- corruption: an old id resolves to another persona
-- red: integrity
-- says: in persona_source_mapping to
-- victims: select one.id as a, two.id as b from alone_dh as one inner join alone_dh as two on one.id < two.id
update personas_intermediate.int_persona_clusters set persona_id = victim.b from victim where source_id = victim.a;

-- corruption: an old id resolves no longer
-- red: integrity
-- says: persona_ids does not
-- victims: select source_id as id from personas.persona_source_mapping
delete from personas_intermediate.int_persona_clusters using victim where source_id = victim.id;

-- corruption: a foreign key is gone
-- red: integrity
-- says: not valid, or not the one that was promised
-- victims: select conname as name from pg_constraint where contype = 'f'
-- victims: and conrelid = 'personas.persona_industry_mapping'::regclass
do $$ begin execute format('alter table personas.persona_industry_mapping drop constraint %I', (select name from victim)); end $$;

-- corruption: a foreign key is there, but not valid
-- red: integrity
-- says: not valid, or not the one that was promised
-- victims: select 1
alter table personas.persona_source_mapping drop constraint persona_source_mapping_persona_id_fkey;
alter table personas.persona_source_mapping add constraint persona_source_mapping_persona_id_fkey
foreign key (persona_id) references personas.personas (id) not valid;

-- corruption: a foreign key leads to another table
-- red: integrity
-- victims: select 1
create table personas.personas_copy as select * from personas.personas;
alter table personas.personas_copy add primary key (id);
alter table personas.persona_source_mapping drop constraint persona_source_mapping_persona_id_fkey;
alter table personas.persona_source_mapping add constraint persona_source_mapping_persona_id_fkey
foreign key (persona_id) references personas.personas_copy (id);

-- corruption: a check constraint says something else
-- red: integrity
-- victims: select 1
alter table personas.personas drop constraint personas_persona_type_check;
alter table personas.personas add constraint personas_persona_type_check check (persona_type <> '');

-- corruption: a column may be null
-- red: integrity
-- victims: select 1
alter table personas.personas alter column name drop not null;

-- corruption: a role has a context that no old link has
-- red: shown_values
-- says: no old link to this role says so
-- victims: select persona_id as id, role_id from personas.persona_role_mapping
-- victims: where origin = 'legacy' and responsibilities = '[]' and persona_id in (select id from alone_dh)
update personas.persona_role_mapping as roles set responsibilities = '["Owns the budget"]' from victim
where roles.persona_id = victim.id and roles.role_id = victim.role_id;

-- corruption: an industry has metadata that nothing old has
-- red: relationship_parity
-- says: metadata that nothing old says
-- victims: select persona_id as id, industry_id from personas.persona_industry_mapping where origin = 'legacy'
update personas.persona_industry_mapping as industries set industry_metadata = industry_metadata || '{"market": "EU"}' from victim
where industries.persona_id = victim.id and industries.industry_id = victim.industry_id;
