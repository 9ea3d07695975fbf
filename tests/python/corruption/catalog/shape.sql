-- corruption: a legacy column is renamed
-- red: table_shapes, column_coverage, last_build
-- says: notes
alter table public.dh_personas rename column notes to remarks;

-- corruption: two legacy columns have changed names
-- red: table_shapes, last_build
alter table public.dh_personas rename column notes to notes_before;
alter table public.dh_personas rename column background to notes;
alter table public.dh_personas rename column notes_before to background;

-- corruption: a legacy column is dropped, and the views with it
-- red: table_shapes, column_coverage, last_build
-- says: notes
alter table public.dh_personas drop column notes cascade;

-- corruption: a legacy column is dropped, the views made again around it
-- red: table_shapes, column_coverage, last_build
-- says: the legacy table has no such column
select pg_temp.change(
    'public.dh_personas', 'alter table public.dh_personas drop column dx_id',
    'select *, null::varchar(50) as dx_id from public.dh_personas'
);

-- corruption: an empty legacy column is dropped, the views made again around it
-- red: table_shapes, column_coverage, last_build
-- says: the legacy table has no such column
update public.org_personas set metadata = null;
select pg_temp.change(
    'public.org_personas', 'alter table public.org_personas drop column metadata',
    'select *, null::jsonb as metadata from public.org_personas'
);

-- corruption: a legacy column is retyped, the views made again around it
-- red: table_shapes, column_coverage, last_build
-- says: bigint
select pg_temp.change('public.dh_personas', 'alter table public.dh_personas alter column tier type bigint');

-- corruption: a legacy column is cut to 50 characters, the views made again around it
-- red: table_shapes, column_coverage
-- says: character varying(50)
select pg_temp.change(
    'public.dh_personas', 'alter table public.dh_personas alter column name type varchar(50) using left(name, 50)'
);

-- corruption: a legacy column loses its scale, the views made again around it
-- red: table_shapes, column_coverage
-- says: numeric(6,1)
select pg_temp.change(
    'public.dh_personas', 'alter table public.dh_personas alter column priority_score type numeric(6, 1)'
);

-- corruption: a legacy column is added
-- red: table_shapes, column_coverage, last_build
-- says: mood
alter table public.dh_personas add column mood text default 'unknown';

-- corruption: a legacy column is added, and the rebuilt view made again without it
-- red: table_shapes, column_coverage, last_build
-- says: the rebuilt table lacks the column
alter table public.org_personas add column mood text;
update public.org_personas set mood = name;
select pg_temp.change('public.org_personas', 'select');

-- corruption: a column of an old link table is added
-- red: table_shapes, column_coverage, last_build
-- says: weight
alter table public.persona_role_mapping add column weight numeric;

-- corruption: the legacy columns are in another order
-- red: table_shapes, last_build
-- says: another column stands here
alter table public.dh_personas rename column notes to notes_before;
alter table public.dh_personas add column notes text;
update public.dh_personas set notes = notes_before;
alter table public.dh_personas rename column notes_before to dropped;
select pg_temp.change(
    'public.dh_personas', 'alter table public.dh_personas drop column dropped',
    'select *, notes as dropped from public.dh_personas'
);

-- corruption: a legacy table is swapped for a copy that lacks a row
-- red: integrity
-- says: another table has its name
-- victims: select id from public.dh_personas
alter table public.dh_personas rename to dh_personas_before;
create table public.dh_personas as
select old.* from public.dh_personas_before as old inner join victim on old.id <> victim.id;

-- corruption: a legacy table is gone
-- red: round_trip, row_accounting, column_coverage
drop table public.org_personas cascade;

-- corruption: an old link table is gone
-- red: round_trip, row_accounting, last_build
drop table public.persona_role_mapping cascade;

-- corruption: a rebuilt table lacks a column
-- red: table_shapes
-- says: the rebuilt table lacks the column
alter view personas_legacy.legacy_org_personas rename to rebuilt_before;
create view personas_legacy.legacy_org_personas as select id, tenant_id, code, name from personas_legacy.rebuilt_before;

-- corruption: a rebuilt table is empty
-- red: round_trip
-- says: missing in the rebuilt table
do $$
begin
    execute 'create or replace view personas_legacy.legacy_dh_personas as select * from ('
    || rtrim(pg_get_viewdef('personas_legacy.legacy_dh_personas'), ';') || ') as whole where false';
end
$$;

-- corruption: a relation of the proof is gone
-- red: fidelity
-- says: is missing
drop view personas_audit.audit_fidelity cascade;

-- corruption: a column of personas is renamed
-- red: integrity, column_coverage
-- says: goals
alter table personas.personas rename column goals to objectives;

-- corruption: a column of personas is retyped, the views made again around it
-- red: integrity
-- says: created_at
select pg_temp.change('personas.personas', 'alter table personas.personas alter column created_at type timestamptz(3)');

-- corruption: a column is added to personas
-- red: integrity
-- says: mood
alter table personas.personas add column mood text;

-- corruption: personas is swapped for a copy
-- red: integrity
alter table personas.personas rename to personas_before;
create table personas.personas as select * from personas.personas_before limit 10;

-- corruption: the seed of the columns lacks one
-- red: column_coverage
-- says: not in the seed
-- victims: select source_table, column_name from personas_staging.column_mapping where source_table = 'dh_personas'
delete from personas_staging.column_mapping as columns using victim
where columns.source_table = victim.source_table and columns.column_name = victim.column_name;

-- corruption: the seed of the columns names another type
-- red: column_coverage
-- says: the seed says
-- victims: select column_name from personas_staging.column_mapping where source_table = 'org_personas'
update personas_staging.column_mapping as columns set data_type = 'bytea' from victim
where columns.source_table = 'org_personas' and columns.column_name = victim.column_name;

-- corruption: the seed of the columns leads to a place that is not there
-- red: column_coverage
-- says: there is no
-- victims: select column_name from personas_staging.column_mapping where source_table = 'dh_personas'
update personas_staging.column_mapping as columns set goes_to = 'personas.attic' from victim
where columns.source_table = 'dh_personas' and columns.column_name = victim.column_name;
