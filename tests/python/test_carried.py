"""What a DBA has put on a view or a table of ours survives every build."""

from collections.abc import Iterator

import pytest

from dbt_project import WITHOUT_TESTS, Project

ROLE, OWNER = "reader_of_ours", "other_owner"
VIEW = "personas_staging.stg_tenants"
FILE = "models/staging/stg_tenants.sql"
MART, SEED = "personas.personas", "personas_staging.role_words"
SNAPSHOT = "personas_audit.snapshot_org_personas"

# Everything that can stand on a relation, of all relations that are named.
CARRIED = """
select
    relation::text, pg_get_userbyid(relowner), array(select unnest(reloptions) order by 1), relacl::text,
    relrowsecurity, relreplident,
    columns.found,
    (select array_agg(polname order by polname) from pg_policy where polrelid = relation),
    (
        select array_agg(pg_get_triggerdef(oid) order by tgname) from pg_trigger
        where tgrelid = relation and not tgisinternal
    ),
    (
        select array_agg(pubname order by pubname) from pg_publication_rel
        inner join pg_publication on prpubid = pg_publication.oid
        where prrelid = relation
    ),
    (
        select array_agg(pg_get_ruledef(oid) order by rulename) from pg_rewrite
        where ev_class = relation and rulename <> '_RETURN'
    )
from unnest(%s::regclass[]) as relation
inner join pg_class on pg_class.oid = relation
cross join lateral (
    select jsonb_object_agg(
        attname, concat(attacl, coalesce(attstattarget, -1), attoptions, pg_get_expr(adbin, adrelid))
        order by attname
    ) as found
    from pg_attribute
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attrelid = relation and attnum > 0 and not attisdropped
) as columns
order by 1
"""


def carried(project: Project, *relations: str) -> list[tuple[object, ...]]:
    """All that stands on these relations."""
    return project.query(CARRIED, list(relations))


@pytest.fixture
def decorated(project: Project) -> Iterator[Project]:
    """The demo, with a view of the chain and three tables on which something of everything stands."""
    for role in (ROLE, OWNER):
        if not project.query("select from pg_roles where rolname = %s", role):
            project.execute(f"create role {role}")
    project.execute(
        f"alter default privileges in schema personas_staging grant select on tables to {ROLE}",
        f"grant usage, create on schema personas_staging to {OWNER}",
        "grant usage on schema public, personas_intermediate to " + OWNER,
        "grant select on all tables in schema public to " + OWNER,
        f"alter view {VIEW} set (security_invoker = true, security_barrier = true)",
        f"grant select (id, name) on {VIEW} to {ROLE} with grant option",
        f"grant update on {VIEW} to public",
        f"alter view {VIEW} alter column slug set default 'none'",
        "create function public.noticed() returns trigger language plpgsql as 'begin return null; end'",
        f"create trigger watch instead of insert on {VIEW} for each row execute function public.noticed()",
        f"create rule quiet as on delete to {VIEW} do instead nothing",
        f"alter view {VIEW} owner to {OWNER}",
        f"alter table {MART} alter column name set statistics 500, alter column name set (n_distinct = -0.9)",
        f"grant select (id, name), update (name) on {MART} to {ROLE}",
    )
    project.execute("create publication ours")
    for table in (MART, SEED, SNAPSHOT):
        project.execute(
            f"alter table {table} enable row level security, replica identity full, set (fillfactor = 80)",
            f"create policy readers on {table} for select to {ROLE} using (true)",
            f"alter publication ours add table {table}",
        )
    yield project
    project.execute(f"drop owned by {ROLE}, {OWNER} cascade")
    project.execute(f"drop role {ROLE}, {OWNER}")


def test_whatever_stands_on_a_view_or_a_table_survives_builds(decorated: Project) -> None:
    before = carried(decorated, VIEW, MART, SEED, SNAPSHOT)
    decorated.execute("update org_personas set description = 'another'")
    decorated.build(*WITHOUT_TESTS)
    assert carried(decorated, VIEW, MART, SEED, SNAPSHOT) == before

    # replaced in place
    text = (decorated.root / FILE).read_text()
    decorated.write(FILE, text + "\nwhere true")
    decorated.build("run", "--select", "stg_tenants")
    assert "WHERE true" in decorated.value(f"select pg_get_viewdef('{VIEW}'::regclass)")
    assert carried(decorated, VIEW) == before[-1:]

    # swapped with one of another shape, in which a column is renamed and a new one is first
    decorated.write(FILE, text.replace("    id,", "    1 as first_column,\n    id,", 1))
    oid = decorated.value(f"select '{VIEW}'::regclass::oid")
    decorated.build("run", "--select", "stg_tenants")
    assert decorated.value(f"select '{VIEW}'::regclass::oid") != oid
    (after,) = carried(decorated, VIEW)
    assert after[6].pop("first_column") == "-1"  # type: ignore[attr-defined]
    assert after == before[-1]
