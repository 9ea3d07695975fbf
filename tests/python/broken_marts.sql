-- Everything that the data tests of the marts look for, done to the demo's marts at once (test_tests_turn_red.py).

-- Nothing in the way: constraints of the marts and of the stored ids.
do $$
declare
    found record;
begin
    for found in
        select conrelid::regclass as relation, conname
        from pg_constraint
        where connamespace in ('personas'::regnamespace, 'personas_intermediate'::regnamespace)
        and contype in ('p', 'u', 'f', 'c', 'x')
        order by contype = 'p'
    loop
        execute format('alter table %s drop constraint if exists %I cascade', found.relation, found.conname);
    end loop;
end
$$;
alter table personas.personas alter column id drop not null;

-- A view that says the same as before, and then something else: the definition stands for %s.
create function pg_temp.say(relation regclass, query text) returns void language plpgsql as $$
begin
    execute format(
        'create or replace view %s as ' || query, relation, rtrim(pg_get_viewdef(relation), '; ')
    );
end
$$;
select pg_temp.say('personas_intermediate.int_personas_merged', 'select said.*, 1 as extra from (%s) as said');

-- Twelve personas of one legacy row each, numbered; the first has a title, a tier and an industry-specific id.
create temporary table victims as
select
    row_number() over (order by personas.id) as number,
    personas.id
from personas.personas
where
    personas.id in (select persona_id from personas.persona_source_mapping group by persona_id having count(*) = 1)
    and personas.profile ?& '{title, tier}' and personas.deleted_at is null
limit 12;

alter table personas.personas add column extra integer;
update personas.personas set name = 'Unknown Persona' where id = (select id from victims where number = 1);
update personas.personas set persona_type = 'robot' where id = (select id from victims where number = 2);
update personas.personas set profile = profile - 'title' where id = (select id from victims where number = 3);
update personas.personas set profile = profile - 'tier' where id = (select id from victims where number = 4);
update personas.personas set seniority_level = 'Guru' where id = (select id from victims where number = 5);
update personas.personas set is_public = not is_public where id = (select id from victims where number = 6);
update personas.personas set deleted_at = now() where id = (select id from victims where number = 7);
update personas.personas set tenant_id = gen_random_uuid() where id = (select id from victims where number = 8);
insert into personas.personas select * from personas.personas where id = (select id from victims where number = 9);
insert into personas.personas (unique_id, name, persona_type, is_public) values ('x', 'X', 'individual', true);
update personas.personas set id = null where unique_id = 'x';
update personas.personas set responsibilities = dh_personas.responsibilities
from public.dh_personas where dh_personas.id = personas.id and dh_personas.responsibilities::text like '"[%';

-- A row twice, a row of nobody, a row that points nowhere, a word that nobody knows.
create function pg_temp.spoil(mart text, target text, nowhere text) returns void language plpgsql as $$
begin
    execute format('insert into personas.%1$I (select * from personas.%1$I limit 1)', mart);
    execute format('insert into personas.%I (persona_id, %I) values (gen_random_uuid(), %L)', mart, target, nowhere);
    execute format(
        'update personas.%1$I set origin = ''nowhere'' where ctid = (select max(ctid) from personas.%1$I)', mart
    );
    execute format('delete from personas.%1$I where ctid = (select ctid from personas.%1$I offset 3 limit 1)', mart);
end
$$;
select pg_temp.spoil('persona_industry_mapping', 'industry_id', '00000000-0000-0000-0000-000000000000');
select pg_temp.spoil('persona_role_mapping', 'role_id', '00000000-0000-0000-0000-000000000000');
select pg_temp.spoil('persona_jtbd_mapping', 'jtbd_id', 'nowhere');
update personas.persona_jtbd_mapping set relevance_score = 11 where jtbd_id = 'nowhere';
insert into personas.persona_overrides (persona_id, field, value)
select id, 'created_by', '"me"' from victims, generate_series(1, 2) where number = 10;

delete from personas.persona_source_mapping
where source_id in (
    (select min(id::text)::uuid from public.dh_personas), (select min(id::text)::uuid from public.org_personas)
);
insert into personas.persona_source_mapping
select 'elsewhere', gen_random_uuid(), gen_random_uuid(), 'guess', 2, '{}', now(), null from generate_series(1, 3);
insert into personas.persona_source_mapping select * from personas.persona_source_mapping where source_table = 'elsewhere' limit 1;
insert into personas.persona_link_source_mapping
select 'elsewhere', '00000000-0000-0000-0000-000000000000', 'pointer', gen_random_uuid(), 'x', '{}' from generate_series(1, 2);

update personas_intermediate.int_persona_clusters set persona_id = gen_random_uuid(), match_rule = 'guess'
where source_id = (select id from victims where number = 11);
insert into personas_intermediate.int_persona_clusters
select * from personas_intermediate.int_persona_clusters where source_id = (select id from victims where number = 12);
insert into personas_staging.match_decisions (left_table, verdict, line_number) values ('dh_personas', 'same', 999);
