"""A second schema beside production in one database: state, defer, clone, and how it is taken away again."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dbt_project import MARTS, WITHOUT_TESTS, Project, Workshop, build_demo

PR = "pr_124"
# Models that read whether there was a build before have another text in a schema that has none yet.
MODIFIED = "models/marts/persona_role_mapping.sql"
BOOKKEEPING = "personas_intermediate.int_persona_owners"


class InPr:
    """dbt commands for the schema of a pull request, in a target that is not the one in production."""

    def __init__(self, project: Project, state: Path) -> None:
        self._project, self._state = project, str(state)

    def dbt(self, *arguments: str) -> str:
        """The output of a command that succeeded."""
        environment = {"PERSONAS_SCHEMA": PR, "DBT_TARGET_PATH": f"target_{PR}"}
        given = (*arguments, "--target", "dev", "--state", self._state)
        return self._project.dbt(*given, environment=environment).succeeded().output


@pytest.fixture(scope="module")
def production(workshop_18: Workshop) -> Iterator[Project]:
    """The demo as production has it, with a merge by decision, so that there is bookkeeping to lose."""
    with workshop_18.project("demo", build_demo) as project:
        first, second = (row[0] for row in project.query("select id from dh_personas order by id limit 2"))
        project.decide(f"dh_personas,{first},dh_personas,{second},same")
        project.dbt(*WITHOUT_TESTS, environment={"DBT_WRITE_JSON": "true"}).succeeded()
        yield project


@pytest.fixture(scope="module")
def in_pr(production: Project, tmp_path_factory: pytest.TempPathFactory) -> InPr:
    """The pull request, which knows production's manifest."""
    state = tmp_path_factory.mktemp("state")
    shutil.copy(production.root / "target" / "manifest.json", state)
    return InPr(production, state)


@pytest.fixture
def untouched(production: Project) -> Iterator[None]:
    """Nothing of production's tables, views and triggers is another after the test."""
    triggers = (
        "select tgrelid::regclass::text, count(*) from pg_trigger where tgrelid::regclass::text !~ %s"
        " group by 1 order by 1"
    )
    before = production.row_versions(), production.query(triggers, f"^{PR}")
    assert production.query(f"select from {BOOKKEEPING}")
    yield
    assert (production.row_versions(), production.query(triggers, f"^{PR}")) == before


def tables_of_pr(production: Project) -> set[str]:
    """The tables of its marts."""
    found = production.query("select relname from pg_class where relnamespace = to_regnamespace(%s)", PR)
    return {name for (name,) in found} & set(MARTS)


@pytest.mark.usefixtures("untouched")
def test_in_another_schema_nothing_is_modified(in_pr: InPr) -> None:
    assert "No nodes selected" in in_pr.dbt("ls", "--select", "state:modified")


@pytest.mark.usefixtures("untouched")
def test_what_is_modified_is_built_beside_production(production: Project, in_pr: InPr) -> None:
    production.write(MODIFIED, (production.root / MODIFIED).read_text() + "\n-- modified\n")
    in_pr.dbt("build", "--select", "state:modified+", "--defer")
    assert "persona_role_mapping" in tables_of_pr(production)
    assert "persona_overrides" not in tables_of_pr(production)
    # the personas, written twice: their bookkeeping stays production's
    for _ in range(2):
        in_pr.dbt("build", "--select", "personas", "persona_industry_mapping", "--defer")
    keys = production.query(
        "select conname, confrelid::regclass::text from pg_constraint where contype = 'f'"
        " and connamespace = to_regnamespace(%s)",
        PR,
    )
    assert keys == [("persona_industry_mapping_persona_id_fkey", f"{PR}.personas")]
    drop(production)


@pytest.mark.usefixtures("untouched")
def test_a_clone_is_a_copy_that_builds_again(production: Project, in_pr: InPr) -> None:
    in_pr.dbt("clone")
    assert tables_of_pr(production) == set(MARTS)
    count = "select count(*) from {}.persona_source_mapping"
    assert production.value(count.format(PR)) == production.value(count.format("personas"))
    assert production.query(f"select from {PR}_audit.audit_builds") == []
    in_pr.dbt(*WITHOUT_TESTS)
    dump = "select t::text from {}.persona_source_mapping as t order by 1"
    assert production.query(dump.format(PR)) == production.query(dump.format("personas"))
    drop(production)


def test_what_another_target_has_set_aside_is_left_to_it(production: Project) -> None:
    production.execute(
        "create schema personas_beside",
        "create view personas_beside.a__replaced_00000000 as select 1 as one",
        "create view personas_staging.b__replaced_00000000 as select 1 as one",
    )
    production.build("run", "--select", "stg_tenants")
    assert production.query("select relname from pg_class where relname like '%\\_\\_replaced\\_%'") == [
        ("a__replaced_00000000",)
    ]
    production.execute("drop schema personas_beside cascade")


def drop(production: Project) -> None:
    """Takes the schemas of the pull request away, as an operator does."""
    arguments = ("run-operation", "drop_schemas", "--args", json.dumps({"schema": PR}))
    production.dbt(*arguments).succeeded()
    left = "select nspname from pg_namespace where starts_with(nspname, %s)"
    assert production.query(left, PR) == []


def test_schemas_in_use_are_not_dropped(production: Project) -> None:
    def refused(schema: str) -> str:
        arguments = ("run-operation", "drop_schemas", "--args", json.dumps({"schema": schema}))
        run = production.dbt(*arguments)
        assert run.exit_code == 1, run.output
        (line,) = run.lines_with("Nothing was dropped")
        return line

    assert "is no family of schemas" in refused("public")
    production.execute("create view public.report as select id from personas.personas")
    assert "these still need personas: view of report" in refused("personas")
    production.execute("drop view public.report")
    production.dbt("run-operation", "dual_write_on").succeeded()
    assert "dual-write is on" in refused("personas")
    production.dbt("run-operation", "dual_write_off", "--args", "{writable: new}").succeeded()
    assert "these still need personas: trigger personas_guard_write of dh_personas" in refused("personas")
