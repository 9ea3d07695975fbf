"""The age of the evidence: what a build records, and when that no longer counts."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from dbt_project import WITHOUT_TESTS, Project, Workshop, build_demo, environment_of
from personas.demo.load import load_demo
from personas.proof.last_build import Recorded, column_changes, figure_of, problems_of, problems_since
from personas.proof.project_files import began_here, compare, macro_checksum
from verified import WHOLE, Console, figure, statuses

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
FULL = Recorded("full", "build", NOON, NOON + timedelta(minutes=5), False, 70, 160, 0, 0, "as it was")
BUILDS = "select which_command, is_partial, finished_at is not null, errors from personas_audit.audit_builds"


def later(**changes: object) -> Recorded:
    """A partial run, an hour after the full build, which did well."""
    began = NOON + timedelta(hours=1)
    run = replace(
        FULL, invocation_id="later", command="run", started_at=began, finished_at=began, is_partial=True
    )
    return replace(run, **changes)  # type: ignore[arg-type]


def last_build(console: Console) -> str:
    """What the check says; all others hold."""
    verdict = console.verify()
    assert statuses(verdict, "red") in ([], ["last_build"]), verdict["reason"]
    return figure(verdict, "last_build")


# --- rules ------------------------------------------------------------------------------------------------


def test_evidence_counts_for_24_hours() -> None:
    assert FULL.finished_at is not None
    assert problems_of(FULL, FULL.finished_at + timedelta(hours=24)) == []
    (problem,) = problems_of(FULL, FULL.finished_at + timedelta(hours=24, seconds=1))
    assert problem == "stale: the last full build ended 24 h ago, more than 24 h"


def test_a_build_that_allowed_mass_loss_is_named() -> None:
    allowed = "mass loss was allowed (allow_mass_loss), so law 9 stopped nothing"
    assert allowed not in figure_of(FULL, NOON + timedelta(hours=1), "")
    assert allowed in figure_of(replace(FULL, allows_mass_loss=True), NOON + timedelta(hours=1), "")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"finished_at": None}, "is not finished"),
        ({"errors": 1}, "0 failed tests and 1 errors"),
        ({"tests_failed": 2}, "2 failed tests and 0 errors"),
    ],
)
def test_a_build_or_a_later_run_that_went_wrong_spoils_the_evidence(
    change: dict[str, object], problem: str
) -> None:
    (found,) = problems_of(replace(FULL, **change), NOON + timedelta(hours=2))  # type: ignore[arg-type]
    assert problem in found
    (found,) = problems_since(FULL, [later(**change), FULL])
    assert problem in found


def test_a_later_run_of_the_same_project_leaves_the_evidence_as_it_is() -> None:
    assert problems_since(FULL, [later(), later(command="test"), FULL]) == []
    (problem,) = problems_since(FULL, [later(project_checksum="another"), FULL])
    assert "ran other models, seeds or macros" in problem


@pytest.mark.parametrize(
    ("now", "changes"),
    [
        ({"a": ["id uuid", "x text"], "b": []}, []),
        ({"a": ["id uuid"], "b": []}, ["a.x text is gone"]),
        ({"a": ["id uuid", "x integer"], "b": []}, ["a.x text is gone", "a.x integer is new"]),
        ({"a": ["x text", "id uuid"], "b": []}, ["a has its columns in another order"]),
        ({"a": [], "b": ["id uuid"]}, ["table a is gone", "table b is new"]),
    ],
)
def test_what_changed_of_the_legacy_columns_is_named(now: dict[str, list[str]], changes: list[str]) -> None:
    assert column_changes({"a": ["id uuid", "x text"], "b": []}, now) == changes


def test_a_macro_spoken_of_in_a_comment_is_none() -> None:
    macro = "{% macro one(x) %}{# inside #}1{% endmacro %}"
    assert macro_checksum(f"{{# {{% macro old() %}} #}}\n{macro}\n") == macro_checksum(macro)
    assert macro_checksum(macro.replace("inside", "changed")) != macro_checksum(macro)


def test_yaml_files_count_by_the_time_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text("model-paths: [models]\n")
    schema = tmp_path / "models" / "_models.yml"
    schema.touch()
    results = {
        "metadata": {"invocation_id": "mine", "generated_at": "2025-03-01T12:05:00.5Z"},
        "elapsed_time": 300.5,
    }
    assert began_here(results, "other") is None
    began = began_here(results, "mine")
    assert began == NOON
    for path in (schema, tmp_path / "dbt_project.yml"):
        os.utime(path, (0, (NOON - timedelta(seconds=1)).timestamp()))
    assert compare(tmp_path, {}, began).changes == ()
    os.utime(schema, (0, (NOON + timedelta(seconds=1)).timestamp()))
    assert compare(tmp_path, {}, began).changes == ("models/_models.yml was written",)
    assert "YAML files were not compared" in compare(tmp_path, {}, None).blind_spot


# --- what a command records -------------------------------------------------------------------------------


def test_each_command_leaves_a_row(workshop_18: Workshop) -> None:
    with workshop_18.project("demo", build_demo) as project:
        assert project.query(BUILDS) == [("build", True, True, 0)], "the first build makes the table itself"
        project.build("run", "--select", "personas")
        project.build("test", "--select", "personas")
        project.build("seed", "--select", "role_words")
        project.build(*WHOLE, "--empty")
        assert project.query(f"{BUILDS} order by started_at offset 1") == [
            ("run", True, True, 0),
            ("test", True, True, 0),
            ("seed", True, True, 0),
            ("build", True, True, 0),
        ]
        project.dbt("compile")
        assert len(project.query(BUILDS)) == 5


def test_a_build_without_tests_is_no_evidence(workshop_18: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    with workshop_18.project("demo", build_demo) as project:
        said = last_build(Console(project, monkeypatch))
    assert said == "no full build has been recorded: run personas build"


def test_a_build_that_is_cut_off_is_a_no_go(console: Console, tmp_path: Path) -> None:
    project = console.project
    project.write("models/audit/audit_unmapped_values.sql", "select 'asleep' as crosswalk from pg_sleep(300)")
    project.replace(
        "dbt_project.yml",
        "    audit:\n      +schema: audit\n      +materialized: chain_view",
        ("    audit:\n      +schema: audit\n      +materialized: table"),
    )
    environment = {**environment_of(project.server), "PERSONAS_SCHEMA": project.schema}
    # Without its unit tests: they would fail on the model that sleeps, and end the build by themselves.
    build = [*WITHOUT_TESTS, "--select", "audit_unmapped_values"]
    command = [sys.executable, "-m", "dbt.cli.main", *build]
    running = "select count(*) from personas_audit.audit_builds where finished_at is null"
    said = tmp_path / "dbt.log"
    with (
        said.open("w") as log,
        subprocess.Popen(
            command, cwd=project.root, env=environment, stdout=log, stderr=log, start_new_session=True
        ) as child,
    ):
        deadline = time.monotonic() + 300
        while not project.value(running) and time.monotonic() < deadline:
            assert child.poll() is None, said.read_text()
            time.sleep(0.1)
        os.killpg(child.pid, signal.SIGKILL)
    project.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where pid <> pg_backend_pid() and query like '%pg_sleep%'"
    )
    project.restore()
    assert project.value(running) == 1, said.read_text()
    verdict = console.verify()
    assert "is not finished: it runs, or was cut off" in figure(verdict, "last_build")


def test_a_later_run_that_fails_is_a_no_go_until_the_next_full_build(console: Console) -> None:
    project = console.project
    project.write("models/audit/audit_unmapped_values.sql", "select 1 / 0 as crosswalk, no_such_column")
    assert project.dbt("run", "--select", "audit_unmapped_values").exit_code == 1
    project.restore()
    assert "0 failed tests and 1 errors" in last_build(console)
    project.build("run", "--select", "audit_unmapped_values")
    assert "0 failed tests and 1 errors" in last_build(console), "a partial run heals nothing"
    project.build(*WHOLE)
    assert console.verify()["verdict"] == "GO"


def test_a_failing_test_is_a_no_go(console: Console) -> None:
    console.project.execute(
        "update personas.personas set name = 'Unknown Persona' where name = 'Dr. Helena Marsh'"
    )
    assert console.project.dbt("test", "--select", "no_persona_is_unknown").exit_code == 1
    assert "1 failed tests" in figure(console.verify(), "last_build")


def test_old_evidence_is_stale_whatever_ran_since(console: Console) -> None:
    console.project.execute(
        "update personas_audit.audit_builds set started_at = started_at - interval '25 hours',"
        " finished_at = finished_at - interval '25 hours'"
    )
    assert last_build(console) == "stale: the last full build ended 25 h ago, more than 24 h"
    console.project.build("run", "--select", "personas")
    assert last_build(console) == "stale: the last full build ended 25 h ago, more than 24 h"


def test_a_new_legacy_column_makes_it_stale(console: Console) -> None:
    console.project.execute("alter table public.industries add column motto text")
    said = last_build(console)
    assert said == "stale: since the build, legacy columns changed (industries.motto text is new)"


@pytest.mark.parametrize(
    ("path", "added"),
    [
        ("models/marts/personas.sql", "\n-- another line\n"),
        ("seeds/role_words.csv", "\nastronaut\n"),
        ("macros/cleaning/clean_text.sql", "\n{% macro another() %}{% endmacro %}\n"),
        ("functions/unwrap_json.sql", "\n-- another line\n"),
        ("tests/value/every_name_is_shown.sql", "\n-- another line\n"),
        ("tests/generic/no_wrapped_json.sql", "\n{% test another(model) %}select 1{% endtest %}\n"),
    ],
)
def test_a_changed_file_makes_it_stale(console: Console, path: str, added: str) -> None:
    project = console.project
    project.write(path, (project.root / path).read_text() + added)
    assert last_build(console) == f"stale: since the build, the project changed ({path} was changed)"


def test_a_new_file_and_one_that_is_gone_make_it_stale(console: Console) -> None:
    project = console.project
    project.write("models/marts/more.sql", "select 1 as one")
    text = (project.root / "tests/value/every_name_is_shown.sql").read_text()
    project.write("tests/value/every_name_is_shown.sql", text)
    (project.root / "tests/value/every_name_is_shown.sql").rename(project.root / "tests/value/renamed.sql")
    try:
        said = last_build(console)
    finally:
        (project.root / "tests/value/renamed.sql").unlink()
    for change in ("every_name_is_shown.sql is gone", "models/marts/more.sql is new", "renamed.sql is new"):
        assert change in said


def test_a_partial_run_of_a_changed_project_is_seen_without_the_files(console: Console) -> None:
    project = console.project
    path = "models/audit/audit_unmapped_values.sql"
    project.write(path, (project.root / path).read_text() + "\n-- another line\n")
    project.build("run", "--select", "audit_unmapped_values")
    project.restore()
    assert "ran other models, seeds or macros" in last_build(console)


def test_the_build_of_an_empty_schema_records_itself(workshop_18: Workshop) -> None:
    def prepare(project: Project) -> None:
        with project.connect() as connection:
            load_demo(connection)

    with workshop_18.project("unbuilt_demo", prepare) as project:
        project.build("run", "--select", "audit_builds")
        ((command, started, finished),) = project.query(
            "select which_command, started_at, finished_at from personas_audit.audit_builds"
        )
        assert command == "run"
        assert started <= finished


def test_a_restored_database_is_as_good_as_the_one_that_was_dumped(console: Console, tmp_path: Path) -> None:
    # PostgreSQL prints a third of the audit's views in another way now.
    server, name = console.project.server, console.project.environment["PGDATABASE"]
    environment = {**os.environ, **console.project.environment}
    dump = str(tmp_path / "dump")
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for program, *arguments in (
            ("pg_dump", "-Fc", "-f", dump, name),
            ("psql", "-qc", "create database restored template template0"),
            ("pg_restore", "-d", "restored", dump),
        ):
            subprocess.run([server.binaries / program, *arguments], env=environment, check=True)
        connection.execute(f'drop database "{name}" with (force)')
        connection.execute(f'alter database restored rename to "{name}"')
    assert "stale" not in last_build(console)
    view = "personas_audit.audit_stale_decisions"
    (definition,) = console.project.query(f"select rtrim(pg_get_viewdef('{view}'::regclass), ';')")[0]
    console.project.execute(f"create or replace view {view} as select * from ({definition}) as t where false")
    assert f"{view} was replaced" in last_build(console)
