"""Legacy databases of other shapes: empty, without the optional tables, in other schemas."""

from collections.abc import Iterator

import pytest

from dbt_project import MARTS, WITHOUT_TESTS, Project, Workshop
from personas.demo.load import load_demo
from personas.legacy.tables import LEGACY_TABLES
from verified import WHOLE

OPTIONAL = (
    "jtbd_org_persona_mapping",
    "jtbd_library",
    "persona_role_mapping",
    "org_departments",
    "org_functions",
    "tenants",
)
LEGACY_SCHEMA = "Old 'World'"
TARGET_SCHEMA = "My-Schema"


def _load(project: Project, *afterwards: str, schema: str = "public") -> None:
    with project.connect() as connection:
        load_demo(connection, schema=schema)
    project.execute(*afterwards)


def _load_empty(project: Project) -> None:
    _load(project, f"truncate {', '.join(LEGACY_TABLES)}")


def test_an_empty_legacy_database_builds_into_empty_marts(workshop: Workshop) -> None:
    with workshop.project("empty", _load_empty) as project:
        project.build(*WITHOUT_TESTS)
        assert project.dump() == {name: [] for name in project.dump()}
        assert project.query("select * from personas.persona_ids") == []
        project.build()
        assert project.dump() == {name: [] for name in project.dump()}


@pytest.mark.long
def test_every_test_holds_of_nothing(workshop_18: Workshop) -> None:
    with workshop_18.project("empty", _load_empty) as project:
        project.build(*WHOLE)


def test_what_is_optional_may_be_absent(workshop_18: Workshop) -> None:
    drop = f"drop table {', '.join(OPTIONAL)} cascade"
    with workshop_18.project("absent", lambda project: _load(project, drop)) as project:
        project.build(*WHOLE)
        count = "select count(*) from personas.{}"
        assert project.value(count.format("persona_source_mapping")) == 182 + 35
        assert project.value(count.format("persona_role_mapping")) > 0, "the primary roles"
        assert project.value(count.format("persona_jtbd_mapping")) == 0
        assert project.value(count.format("persona_link_source_mapping")) == 0


@pytest.fixture(scope="module")
def elsewhere(workshop_18: Workshop) -> Iterator[Project]:
    """The demo and its marts in schemas whose names need quotes."""
    with workshop_18.project("elsewhere", lambda project: _load(project, schema=LEGACY_SCHEMA)) as project:
        project.schema = TARGET_SCHEMA
        project.build(*WHOLE, variables={"legacy_schema": LEGACY_SCHEMA})
        yield project


def test_everything_goes_to_the_schemas_that_are_named(elsewhere: Project) -> None:
    found = elsewhere.dump()
    assert all(found[mart] for mart in MARTS if mart != "persona_overrides")
    used = elsewhere.query(
        "select distinct schemaname from pg_tables "
        "where schemaname not in ('pg_catalog', 'information_schema')"
    )
    assert {name for (name,) in used} == {
        LEGACY_SCHEMA,
        TARGET_SCHEMA,
        *(f"{TARGET_SCHEMA}_{part}" for part in ("staging", "intermediate", "audit")),
    }


def test_schemas_with_odd_names_build_again(elsewhere: Project) -> None:
    key = elsewhere.value(f'select id from "{LEGACY_SCHEMA}".dh_personas order by id limit 1')
    elsewhere.execute(f"""update "{LEGACY_SCHEMA}".dh_personas set name = 'Renamed' where id = '{key}'""")
    versions = elsewhere.row_versions()
    elsewhere.build(variables={"legacy_schema": LEGACY_SCHEMA})
    assert elsewhere.value(f'select name from "{TARGET_SCHEMA}".personas where id = %s', key) == "Renamed"
    now = elsewhere.row_versions()
    assert now.pop("personas") != versions.pop("personas")
    assert now == versions


def test_foreign_keys_lead_to_the_schemas_that_are_named(elsewhere: Project) -> None:
    keys = elsewhere.query(
        "select distinct confrelid::regclass::text from pg_constraint where contype = 'f' "
        "and connamespace = %s::regnamespace",
        f'"{TARGET_SCHEMA}"',
    )
    assert {table for (table,) in keys} == {
        f'"{TARGET_SCHEMA}".personas',
        f'"{LEGACY_SCHEMA}".industries',
        f'"{LEGACY_SCHEMA}".org_roles',
        f'"{LEGACY_SCHEMA}".jtbd_library',
    }
