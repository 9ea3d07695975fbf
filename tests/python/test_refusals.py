"""What a dbt user or a DBA asks for that cannot be is refused before anything is made, in one line."""

from collections.abc import Iterator

import psycopg
import pytest

from dbt_project import DATABASE, WITHOUT_TESTS, Project, Workshop
from personas.demo.load import load_demo

SCHEMAS = "select count(*) from pg_namespace where nspname like 'personas%'"
MARTS_YAML = "models/marts/_marts.yml"


def test_a_full_refresh_is_refused_before_the_first_model(project_18: Project) -> None:
    project_18.execute(
        "update dh_personas set name = 'Renamed' where id = (select id from dh_personas order by id limit 1)"
    )
    versions = project_18.row_versions()
    view = "models/staging/stg_tenants.sql"
    project_18.write(view, (project_18.root / view).read_text() + "\nwhere true")
    run = project_18.dbt("run", "--full-refresh")
    assert run.exit_code != 0
    assert run.lines_with("A full refresh of the live tables persona_industry_mapping, persona_jtbd_mapping")
    assert project_18.row_versions() == versions
    definition = project_18.value("select pg_get_viewdef('personas_staging.stg_tenants'::regclass)")
    assert "WHERE true" not in definition


def test_a_mass_loss_that_was_allowed_is_written_down(project_18: Project) -> None:
    recorded = "select allow_mass_loss from personas_audit.audit_builds order by started_at desc limit 1"
    assert project_18.value(recorded) is False
    # as an earlier version of the project has left the table
    project_18.execute("alter table personas_audit.audit_builds drop column allow_mass_loss")
    project_18.build("run", "--select", "stg_tenants", variables={"allow_mass_loss": True})
    assert project_18.value(recorded) is True


def test_persona_ids_keeps_its_contract(project_18: Project) -> None:
    project_18.write(
        "models/marts/persona_ids.sql",
        "{{ config(materialized='chain_view') }}\n"
        "select source_table, source_id::text as old_id, persona_id from {{ ref('int_persona_clusters') }}",
    )
    run = project_18.dbt("run", "--select", "persona_ids")
    assert run.exit_code == 1
    assert run.lines_with("This model has an enforced contract that failed")


@pytest.fixture
def legacy_only(workshop_18: Workshop) -> Iterator[Project]:
    """The demo's legacy tables, and nothing of ours."""

    def load(project: Project) -> None:
        with project.connect() as connection:
            load_demo(connection)

    with workshop_18.project("legacy_only", load) as project:
        yield project


def test_dbt_run_makes_what_its_views_call(legacy_only: Project) -> None:
    legacy_only.build("seed")
    legacy_only.build("run")
    legacy_only.build("run", "--select", "stg_tenants")
    assert legacy_only.value("select count(*) from personas.persona_source_mapping") == 182 + 35


def test_a_selection_runs_the_tests_of_what_it_builds(legacy_only: Project) -> None:
    legacy_only.build("build", "--select", "+personas", "--exclude-resource-type", "unit_test")


@pytest.mark.parametrize("length", [51, 62])
def test_a_schema_whose_name_is_too_long_is_refused(legacy_only: Project, length: int) -> None:
    legacy_only.schema = "personas" + "x" * (length - 8)
    run = legacy_only.dbt(*WITHOUT_TESTS)
    assert run.exit_code != 0
    assert run.lines_with(f"has {length} bytes; at most 50 leave room")
    assert legacy_only.value(SCHEMAS) == 0


@pytest.mark.parametrize(
    ("encoding", "locale", "message"),
    [
        ("SQL_ASCII", "C", "has the encoding SQL_ASCII"),
        ("LATIN1", "C", "has the encoding LATIN1"),
        ("UTF8", "C", "has the locale C"),
    ],
)
def test_a_database_of_other_letters_is_refused(
    legacy_only: Project, encoding: str, locale: str, message: str
) -> None:
    options = f"encoding '{encoding}' locale_provider libc lc_collate '{locale}' lc_ctype '{locale}'"
    with psycopg.connect(legacy_only.server.url(), autocommit=True) as connection:
        connection.execute(f'drop database "{DATABASE}" with (force)')
        connection.execute(f'create database "{DATABASE}" template template0 {options}')
    run = legacy_only.dbt(*WITHOUT_TESTS)
    assert run.exit_code != 0
    assert run.lines_with(message)
    assert legacy_only.value(SCHEMAS) == 0
