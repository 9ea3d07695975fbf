"""Views, seeds and tables in use are never taken from under their users (design, section 3 and law 7)."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from dbt_project import TABLES, WITHOUT_TESTS, Project

MARTS_YAML = "models/marts/_marts.yml"
STAGED = "models/staging/stg_industries.sql"
READ = (
    "personas_staging.stg_dh_personas",
    "personas_intermediate.int_personas_merged",
    "personas_intermediate.int_persona_industries",
    "personas.persona_ids",
    "personas.personas",
    "report",
)


@contextmanager
def a_reader_of(project: Project, relations: tuple[str, ...]) -> Iterator[dict[str, set[int]]]:
    """Counts the rows of each relation over and over; a failure of a query fails the test."""
    counts: dict[str, set[int]] = {relation: set() for relation in relations}
    failures: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        try:
            with project.connect() as connection:
                while not stop.is_set():
                    for relation, found in counts.items():
                        row = connection.execute(f"select count(*) from {relation}").fetchone()
                        found.add(row[0] if row else 0)
        except psycopg.Error as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield counts
    finally:
        stop.set()
        thread.join()
    assert failures == []
    assert all(counts.values())


def view_of(project: Project, relation: str) -> int:
    """The oid of a relation: another one after it was made anew."""
    return int(project.value(f"select '{relation}'::regclass::oid"))


# --- views ------------------------------------------------------------------------------------------------


@pytest.mark.each_version
def test_views_are_replaced_in_place_under_readers_and_dependents(project: Project) -> None:
    project.execute("create view report as select id, name from personas_intermediate.int_personas_merged")
    oids = {relation: view_of(project, relation) for relation in READ}
    with a_reader_of(project, READ) as counts:
        project.build(*WITHOUT_TESTS)
    assert all(len(found) == 1 and 0 not in found for found in counts.values()), counts
    assert {relation: view_of(project, relation) for relation in READ} == oids


# The mart takes the columns that its contract names, wherever they stand in the view.
NAMED = (
    "select id, unique_id, name, description, seniority_level, decision_authority, persona_type, profile, "
    "responsibilities, pain_points, goals, tenant_id, is_public, created_at, updated_at, created_by, "
    "deleted_at from {{ ref('int_personas_merged') }}"
)
# File, text, what replaces it: a column less, one renamed, some moved in views that build on each other.
CHANGES = [
    (STAGED, "    {{ clean_text('description') }} as description,\n", ""),
    (STAGED, "as gics_sector,", "as sector,"),
    (
        "models/intermediate/int_persona_records.sql",
        "'dh_personas'::text as source_table,",
        "1 as first, 'dh_personas'::text as source_table,",
    ),
    (
        "models/intermediate/int_persona_records.sql",
        "'org_personas'::text as source_table,",
        "1 as first, 'org_personas'::text as source_table,",
    ),
    (
        "models/intermediate/int_personas_combined.sql",
        "max(updated_at) as updated_at,",
        "1 as shifted, max(updated_at) as updated_at,",
    ),
    (
        "models/intermediate/int_personas_described.sql",
        "{{ overridden('created_by', 'text') }},",
        "1 as shifted, {{ overridden('created_by', 'text') }},",
    ),
    ("models/marts/personas.sql", "select * from {{ ref('int_personas_merged') }}", NAMED),
]


def test_a_view_of_another_shape_takes_its_place_and_its_dependents_stay(project_18: Project) -> None:
    reports = {
        "report": "select id, description, gics_sector from personas_staging.stg_industries",
        "deep_report": "select id, name, unique_id from personas_intermediate.int_personas_described",
    }
    project_18.execute(*(f"create view {name} as {query}" for name, query in reports.items()))
    before = [project_18.query(f"select * from {name} order by id") for name in reports]
    versions = project_18.row_versions()

    for change in CHANGES:
        project_18.replace(*change)
    with a_reader_of(project_18, (*READ, "deep_report")) as counts:
        run = project_18.build("run")
    assert all(0 not in found for found in counts.values()), counts
    assert [project_18.query(f"select * from {name} order by id") for name in reports] == before
    assert project_18.row_versions() == versions

    with project_18.connect() as connection:
        shape = connection.execute("select * from personas_staging.stg_industries limit 0").description
    columns = {column.name for column in shape or ()}
    assert "sector" in columns
    assert not columns & {"description", "gics_sector"}

    stepped_aside = r"select viewname from pg_views where viewname like '%\_\_replaced\_%'"
    still_read = run.lines_with("was replaced but is still read by another relation")
    assert len(still_read) == len(project_18.query(stepped_aside)) > 1

    # to try and drop a view that is still read would wait for whoever reads it, or be in a deadlock with him
    with project_18.connect() as reading, reading.transaction():
        reading.execute("select from deep_report")
        impatient = {"PGOPTIONS": "-c lock_timeout=20s"}
        project_18.dbt("run", "--select", "stg_tenants", environment=impatient).succeeded()

    project_18.execute("drop view report, deep_report")
    assert project_18.build("run", "--select", "stg_tenants").lines_with("was replaced but") == []
    assert project_18.query(stepped_aside) == []


def test_grants_on_a_view_follow_it_to_another_shape(project_18: Project) -> None:
    role = "reader_of_views"
    view = "personas_staging.stg_industries"
    if not project_18.query("select from pg_roles where rolname = %s", role):
        project_18.execute(f"create role {role}")
    project_18.execute(f"grant select on {view} to {role}", f"grant select on {view} to public")
    project_18.replace(STAGED, "    {{ clean_text('description') }} as description,\n", "")
    project_18.build("run", "--select", "stg_industries")
    rights = "select has_table_privilege(%s, %s, 'select')"
    assert project_18.value(rights, role, view)
    project_18.execute(f"revoke select on {view} from public")
    assert project_18.value(rights, role, view)
    project_18.execute(f"drop owned by {role}", f"drop role {role}")


def test_an_empty_build_leaves_everything_full(project_18: Project) -> None:
    relations = {
        name: project_18.value(f"select count(*) from {name}")
        for (name,) in project_18.query(
            "select format('%I.%I', nspname, relname) from pg_class "
            "join pg_namespace on relnamespace = pg_namespace.oid "
            "where nspname like 'personas%' and relkind in ('r', 'v') and relname <> 'audit_builds'"
        )
    }
    versions = project_18.row_versions()
    project_18.build(*WITHOUT_TESTS, "--empty")
    assert {name: project_18.value(f"select count(*) from {name}") for name in relations} == relations
    assert project_18.row_versions() == versions


# --- tables -----------------------------------------------------------------------------------------------


def test_what_was_put_on_a_mart_survives_builds_and_refills(project_18: Project) -> None:
    role = "reader_of_tables"
    if not project_18.query("select from pg_roles where rolname = %s", role):
        project_18.execute(f"create role {role}")
    project_18.execute(
        f"grant select on personas.personas to {role}",
        "alter table personas.personas enable row level security",
        f"create policy readers on personas.personas for select to {role} using (is_public)",
        "create function noticed() returns trigger language plpgsql as 'begin return null; end'",
        "create trigger watch after update on personas.personas for each row execute function noticed()",
        "create index own_index on personas.personas (description)",
    )
    things = (
        "select 'personas.personas'::regclass::oid, (select array_agg(polname) from pg_policy), "
        "(select relacl::text || relrowsecurity from pg_class where oid = 'personas.personas'::regclass), "
        "(select array_agg(tgname order by tgname) from pg_trigger where not tgisinternal "
        "and tgrelid = 'personas.personas'::regclass), "
        "(select array_agg(indexrelid::regclass::text order by indexrelid) from pg_index "
        "where indrelid = 'personas.personas'::regclass)"
    )
    before = project_18.query(things)
    project_18.execute(
        "update dh_personas set background = 'new' where id = (select min(id::text)::uuid from dh_personas)"
    )
    project_18.build()
    assert project_18.query(things) == before
    project_18.build("run", "--full-refresh", "--select", "personas", variables={"refill": ["personas"]})
    assert project_18.query(things) == before
    project_18.execute("drop owned by " + role, f"drop role {role}")


def constraint(project: Project, name: str) -> str | None:
    """The definition of a constraint of the personas, if there is one."""
    found = project.query(
        "select pg_get_constraintdef(oid) from pg_constraint "
        "where conrelid = 'personas.personas'::regclass and conname = %s",
        name,
    )
    return str(found[0][0]) if found else None


TYPES = "      - {name: personas_profile_check,"
NEW_CHECK = '      - {name: personas_new_check, type: check, expression: "EXPRESSION"}\n' + TYPES

DESCRIPTION = "      - name: description\n        data_type: text\n"


def test_a_constraint_added_to_the_contract_reaches_the_table(project_18: Project) -> None:
    versions = project_18.row_versions()
    project_18.replace(MARTS_YAML, TYPES, NEW_CHECK.replace("EXPRESSION", "length(unique_id) > 0"))
    project_18.build(*TABLES)
    assert constraint(project_18, "personas_new_check") == "CHECK ((length(unique_id) > 0))"
    project_18.replace(MARTS_YAML, "length(unique_id) > 0", "length(unique_id) > 1")
    project_18.build(*TABLES)
    assert constraint(project_18, "personas_new_check") == "CHECK ((length(unique_id) > 1))"
    project_18.execute("alter table personas.personas drop constraint personas_profile_check")
    project_18.build(*TABLES)
    assert constraint(project_18, "personas_profile_check")
    assert project_18.row_versions() == versions


@pytest.mark.parametrize(
    ("old", "new", "phrase"),
    [
        (
            TYPES,
            NEW_CHECK.replace("EXPRESSION", "tenant_id is null"),
            'check constraint "personas_new_check"',
        ),
        (
            DESCRIPTION,
            DESCRIPTION + "        constraints: [{type: not_null}]\n",
            '"description" of relation "personas"',
        ),
    ],
    ids=["check", "not null"],
)
def test_a_constraint_that_rows_break_makes_the_build_red(
    project_18: Project, old: str, new: str, phrase: str
) -> None:
    dump = project_18.dump()
    text = (project_18.root / MARTS_YAML).read_text()
    assert old in text, "the contract is written otherwise now"
    project_18.write(MARTS_YAML, text.replace(old, new, 1))
    project_18.execute(
        "update org_personas set description = null where id = (select min(id::text)::uuid from org_personas)"
    )
    run = project_18.dbt(*TABLES)
    assert run.exit_code == 1
    assert run.lines_with(phrase)
    assert project_18.dump() == dump


def test_the_upsert_of_the_docs_updates_and_inserts(project_18: Project, project_root: Path) -> None:
    """`insert … on conflict (unique_id)` cannot work (docs/query_patterns.md)."""
    page = (project_root / "docs" / "query_patterns.md").read_text()
    (statement,) = re.findall(r"`(merge into personas using [^`]+)`", page)
    statement = re.sub(r":(\w+)", r"%(\1)s", statement)
    with project_18.connect() as connection:
        connection.execute("set search_path = personas")
        for name in ("Nova", "Nova the Second"):
            connection.execute(statement, {"unique_id": "x-upsert", "name": name})
            found = connection.execute("select name from personas where unique_id = 'x-upsert'").fetchall()
            assert found == [(name,)]
        with pytest.raises(psycopg.errors.InvalidColumnReference):
            connection.execute(
                "insert into personas (unique_id, name, persona_type, is_public)"
                " values ('x-upsert', 'x', 'individual', true) on conflict (unique_id) do nothing"
            )
