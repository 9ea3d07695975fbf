"""The database that is corrupted: the demo, with decisions, overrides and deleted rows, built whole."""

from dbt_project import WITHOUT_TESTS, Project
from personas.demo.load import load_demo

_FULL = ("build", "--exclude-resource-type", "unit_test")

# A tenant's private row that tells what the shared row does not; two shared rows; two rows of one tenant.
DECISIONS = """\
(
    select 'org_personas,' || org.id || ',dh_personas,' || dh.id || ',same'
    from public.org_personas as org cross join public.dh_personas as dh
    where
        org.description <> '' and org.department <> '' and org.primary_role_id is not null
        and dh.background is null and dh.is_active and dh.name <> ''
        and dh.primary_role_id is distinct from org.primary_role_id
        and dh.id not in (select id from public.org_personas)
        and org.id not in (select id from public.dh_personas)
    order by org.created_at desc, dh.created_at desc, org.id, dh.id limit 1
)
union all
(
    select 'dh_personas,' || one.id || ',dh_personas,' || two.id || ',same'
    from public.dh_personas as one cross join public.dh_personas as two
    where
        one.id < two.id and one.is_active and two.is_active and one.title <> two.title
        and one.pharma_id <> two.pharma_id
        and one.background ~ '^\\w.*\\w\\.?$' and two.background ~ '^\\w.*\\w\\.?$'
        and one.background <> two.background
    order by one.id, two.id limit 1
)
union all
(
    select 'org_personas,' || one.id || ',org_personas,' || two.id || ',same'
    from public.org_personas as one
    inner join public.org_personas as two
        on one.tenant_id = two.tenant_id and one.name = two.name and one.id < two.id
    order by one.id, two.id limit 1
)"""

# Edits of the new world; a row of each legacy table that goes.
_LATER = (
    """\
insert into personas.persona_overrides (persona_id, field, value, set_at, set_by)
select id, 'seniority_level', '"Executive"', now(), 'somebody' from public.dh_personas
where is_active and id not in (select id from public.org_personas) order by id desc limit 1""",
    """\
insert into personas.persona_overrides (persona_id, field, value, set_at, set_by)
select id, 'decision_authority', '"ADVISORY"', now(), 'somebody' from public.dh_personas
where is_active and id not in (select id from public.org_personas) and decision_authority not ilike 'advisory'
order by id desc limit 1 offset 1""",
    """\
delete from public.dh_personas
where id in (
    select persona_dh_id from public.jtbd_org_persona_mapping
    where persona_dh_id not in (select id from public.org_personas)
    order by persona_dh_id desc limit 1
)""",
    """\
delete from public.org_personas
where id in (
    select persona_id from public.persona_role_mapping
    where persona_id not in (select id from public.dh_personas)
    order by persona_id desc limit 1
)""",
)


def build_for_corruption(project: Project) -> None:
    """Loads and builds; the last build is a full one, with its tests, so that the evidence is whole."""
    with project.connect() as connection:
        load_demo(connection)
    project.decide(*(row[0] for row in project.query(DECISIONS)))
    project.build(*WITHOUT_TESTS)
    project.execute(*_LATER)
    project.build(*_FULL)
