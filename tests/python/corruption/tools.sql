-- What the corruptions have in common. All of it is temporary.

-- A persona of one living row, as it is shown, beside the legacy row.
create temporary view alone_dh as
select
    personas.*,
    sources.residual,
    dh_personas as legacy
from personas.personas as personas
inner join personas.persona_source_mapping as sources on personas.id = sources.persona_id
inner join public.dh_personas as dh_personas
    on sources.source_table = 'dh_personas' and sources.source_id = dh_personas.id
where
    1 = (select count(*) from personas.persona_source_mapping as others where others.persona_id = personas.id)
    and personas.deleted_at is null
    and personas.id not in (select persona_id from personas.persona_overrides);

create temporary view alone_org as
select
    personas.*,
    sources.residual,
    org_personas as legacy
from personas.personas as personas
inner join personas.persona_source_mapping as sources on personas.id = sources.persona_id
inner join public.org_personas as org_personas
    on sources.source_table = 'org_personas' and sources.source_id = org_personas.id
where
    1 = (select count(*) from personas.persona_source_mapping as others where others.persona_id = personas.id)
    and personas.id = org_personas.id
    and personas.deleted_at is null
    and personas.id not in (select persona_id from personas.persona_overrides);

-- A shared persona that a tenant's private row was merged into.
create temporary view shared_with_private as
select
    personas.*,
    dh_personas as legacy,
    org_personas as private
from personas.personas as personas
inner join personas.persona_source_mapping as shared_rows on personas.id = shared_rows.persona_id
inner join public.dh_personas as dh_personas
    on shared_rows.source_table = 'dh_personas' and shared_rows.source_id = dh_personas.id
inner join personas.persona_source_mapping as private_rows on personas.id = private_rows.persona_id
inner join public.org_personas as org_personas
    on private_rows.source_table = 'org_personas' and private_rows.source_id = org_personas.id;

-- Takes the unique and exclusion constraints of a table away, as a restore without constraints does.
create function pg_temp.drop_keys(relation regclass) returns void language plpgsql as $$
declare
    found record;
begin
    for found in select conname from pg_constraint where conrelid = relation and contype in ('p', 'u', 'x') loop
        execute format('alter table %s drop constraint %I cascade', relation, found.conname);
    end loop;
end
$$;

-- Views that stand, directly or not, on a relation, with what defines them.
create function pg_temp.views_on(relation regclass) returns table (place text, definition text) language sql as $$
    with recursive found (view) as (
        select relation::oid
        union
        select pg_rewrite.ev_class
        from found
        inner join pg_depend on pg_depend.refobjid = found.view and pg_depend.classid = 'pg_rewrite'::regclass
        inner join pg_rewrite on pg_depend.objid = pg_rewrite.oid
    )
    select view::regclass::text, pg_get_viewdef(view)
    from found
    inner join pg_class on found.view = pg_class.oid
    where view <> relation and not pg_is_other_temp_schema(relnamespace) and relnamespace <> pg_my_temp_schema()
$$;

-- Changes a table that views stand on: they are dropped, and made again as they were. `instead`, where given, is what
-- they read in the table's place.
create function pg_temp.change(relation regclass, change text, instead text = null) returns void
language plpgsql set search_path = '' as $$
declare
    name text := relation::text;
    made integer;
    found record;
begin
    create temporary table views_to_make as select * from pg_temp.views_on(relation);
    drop view pg_temp.alone_dh, pg_temp.alone_org, pg_temp.shared_with_private;
    for found in select * from views_to_make loop
        execute format('drop view if exists %s cascade', found.place);
    end loop;
    execute change;
    if instead is not null then
        update views_to_make set definition = regexp_replace(definition, '\m' || name || ' (?!ON\M)(\w+)', '~table~ \1', 'g');
        update views_to_make
        set definition = regexp_replace(definition, '\m' || name || '\M(?!'')', '~table~ ' || split_part(name, '.', 2), 'g');
        update views_to_make set definition = replace(definition, '~table~ ', '(' || instead || ') as ');
    end if;
    loop
        made := 0;
        for found in select * from views_to_make loop
            begin
                execute format('create view %s as %s', found.place, found.definition);
                delete from views_to_make where views_to_make.place = found.place;
                made := made + 1;
            exception when undefined_table then null;
            end;
        end loop;
        exit when made = 0;
    end loop;
    if exists (select from views_to_make) then
        raise 'could not make %', (select string_agg(views_to_make.place, ', ') from views_to_make);
    end if;
end
$$;
