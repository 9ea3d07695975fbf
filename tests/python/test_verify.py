"""`personas verify`: GO, NO-GO and cannot tell, never confused; it reads only, in one snapshot."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from dbt_project import Project, Workshop
from personas import cli
from personas.proof import commands
from personas.proof.checks import CHECKS, Check, Part
from personas.proof.places import Places, names_in_sql
from personas.proof.shares import EVERYTHING
from personas.proof.verdict import Status, Word
from personas.proof.verify import one_snapshot, run_checks
from verified import WHOLE, Console, build_whole_demo, figure, reader, statuses

NAMES = [
    *("table_shapes", "round_trip", "fidelity", "column_coverage", "row_accounting"),
    *("relationship_parity", "query_parity", "shown_values", "integrity", "last_build"),
]
LOSE_A_ROW = (
    "delete from personas.persona_source_mapping where source_id = ("
    "select min(source_id::text)::uuid from personas.persona_source_mapping"
    " where source_table = 'org_personas')"
)


@pytest.fixture
def whole(workshop_18: Workshop) -> Iterator[Project]:
    """A project whose database holds the demo, wholly built and tested."""
    with workshop_18.project("whole_demo", build_whole_demo) as project:
        yield project


@pytest.fixture
def console(whole: Project, monkeypatch: pytest.MonkeyPatch) -> Console:
    """The command line on it."""
    return Console(whole, monkeypatch)


# --- GO ---------------------------------------------------------------------------------------------------


@pytest.mark.each_version
def test_the_demo_is_a_go(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    with workshop.project("whole_demo", build_whole_demo) as project:
        verdict = Console(project, monkeypatch).verify()
    assert verdict["verdict"] == "GO", verdict["reason"]
    assert [check["name"] for check in verdict["checks"]] == NAMES
    assert statuses(verdict, "green") == NAMES
    # 182 + 35 persona rows, 43 + 43 old links (personas demo load).
    assert figure(verdict, "round_trip") == "303 of 303 rows rebuilt byte for byte"
    assert "96 of personas" in figure(verdict, "column_coverage")


def test_the_shared_legacy_rows_are_a_go(
    workshop_18: Workshop, shared_legacy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from personas.legacy_load import load_directory

    def prepare(project: Project) -> None:
        with project.connect() as connection:
            load_directory(connection, shared_legacy)
        project.build(*WHOLE)

    with workshop_18.project("whole_field", prepare) as project:
        verdict = Console(project, monkeypatch).verify()
    assert verdict["verdict"] == "GO", verdict["reason"]
    assert "118 + 35 persona rows" in figure(verdict, "row_accounting")


def test_other_schemas_are_a_go(workshop_18: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(project: Project) -> None:
        from personas.demo.load import load_demo

        project.schema = "My-Schema"
        with project.connect() as connection:
            load_demo(connection, schema="Old World")
        project.build(*WHOLE, variables={"legacy_schema": "Old World"})

    with workshop_18.project("whole_elsewhere", prepare) as project:
        project.schema = "My-Schema"
        console = Console(project, monkeypatch)
        verdict = console.verify()
        assert verdict["verdict"] == "GO", verdict["reason"]
        other = console.run("verify", "--legacy-schema", "public")
        assert other.exit_code == 1
        assert "it read the legacy tables of schema Old World, not public" in other.stdout


def test_the_table_names_each_check_and_ends_with_the_verdict(console: Console) -> None:
    lines = console.run("verify").stdout.splitlines()
    assert [line.split()[0] for line in lines[:-2]] == NAMES
    assert lines[-2].startswith("Database under_test on ")
    assert all(f"personas_audit.audit_{name}" in line for name, line in zip(NAMES[:-1], lines, strict=False))
    assert lines[-1].startswith("GO: all 10 checks hold, until ")


# --- it reads only ----------------------------------------------------------------------------------------


def test_a_reader_can_verify_and_changes_nothing(console: Console) -> None:
    project = console.project
    before, builds = (
        project.row_versions(),
        "select count(*), max(finished_at) from personas_audit.audit_builds",
    )
    count = project.query(builds)
    with reader(project) as console.user:
        verdict = console.verify()
        assert verdict["verdict"] == "GO", verdict["reason"]
        assert verdict["role"] == console.user
    assert project.row_versions() == before
    assert project.query(builds) == count


def test_it_takes_the_locks_of_a_reader_only(whole: Project) -> None:
    with whole.connect() as connection, connection.transaction():
        names = names_in_sql(connection, Places())
        for check in CHECKS:
            for query in (*(part.query for part in check.parts), check.offenders):
                connection.execute(sql.SQL(query).format(**names, **EVERYTHING))
        modes = connection.execute(
            "select distinct mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'"
        ).fetchall()
    assert modes == [("AccessShareLock",)]


def test_its_connections_see_one_moment_and_may_not_write(console: Console) -> None:
    console.monkeypatch.setenv("PGUSER", "postgres")
    count = "select count(*) from personas.persona_source_mapping"
    with one_snapshot(2) as (first, second):
        console.project.execute(LOSE_A_ROW)
        assert first.execute(count).fetchall() == second.execute(count).fetchall() == [(217,)]
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            second.execute(LOSE_A_ROW.encode())
    assert console.project.value(count) == 216


def test_it_runs_within_a_transaction_that_goes_on(whole: Project) -> None:
    with whole.connect() as connection:
        with connection.transaction(force_rollback=True):
            connection.execute(LOSE_A_ROW.encode())
            red = run_checks([connection], Places(), whole.root)
            assert connection.execute("select current_setting('lock_timeout')").fetchall() == [("0",)]
            assert connection.execute("select count(*) from personas.persona_source_mapping").fetchone() == (
                216,
            )
        green = run_checks([connection], Places(), whole.root)
    assert red.word is Word.NO_GO
    found = {finding.name: finding for finding in red.findings if finding.status is Status.RED}
    assert {"round_trip", "row_accounting"} <= found.keys()
    assert found["round_trip"].problems == 1
    assert "missing in the rebuilt table" in found["round_trip"].rows[0]
    assert green.word is Word.GO, green.reason


# --- NO-GO ------------------------------------------------------------------------------------------------


def test_a_lost_row_is_a_no_go_that_shows_it(console: Console) -> None:
    console.project.execute(LOSE_A_ROW)
    result = console.run("verify")
    assert result.exit_code == 1
    assert "    org_personas | " in result.stdout
    assert result.stdout.splitlines()[-1].startswith("NO-GO: round_trip: 1 rows not rebuilt as they were")


def test_a_relation_that_is_missing_or_another_is_red(console: Console) -> None:
    console.project.execute(
        "drop view personas_audit.audit_relationship_parity",
        "drop view personas_audit.audit_shown_values cascade",
        "create view personas_audit.audit_shown_values as select 1 as one where false",
    )
    verdict = console.verify()
    assert statuses(verdict, "red") == ["relationship_parity", "shown_values", "last_build"]
    missing = "relation personas_audit.audit_relationship_parity is missing: run personas build"
    assert figure(verdict, "relationship_parity") == missing
    assert "is not as a build leaves it" in figure(verdict, "shown_values")


def test_a_view_that_lists_nothing_is_no_proof_of_columns(console: Console) -> None:
    for name in ("audit_table_shapes", "audit_column_coverage"):
        columns = console.project.value(
            "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute"
            f" where attrelid = 'personas_audit.{name}'::regclass and attnum > 0"
        )
        console.project.execute(
            f"create table public.kept_{name} as select {columns} from personas_audit.{name} where false",
            f"create or replace view personas_audit.{name} as select * from public.kept_{name}",
        )
    assert statuses(console.verify(), "red") == ["table_shapes", "column_coverage", "last_build"]


def test_a_view_that_somebody_replaced_proves_nothing(console: Console) -> None:
    columns = console.project.value(
        "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute"
        " where attrelid = 'public.dh_personas'::regclass and attnum > 0 and not attisdropped"
    )
    console.project.execute(
        "create or replace view personas_legacy.legacy_dh_personas as"
        f" select {columns} from public.dh_personas"
    )
    verdict = console.verify()
    assert statuses(verdict, "red") == ["last_build"]
    assert "views changed (personas_legacy.legacy_dh_personas was replaced)" in verdict["reason"]


# --- cannot tell ------------------------------------------------------------------------------------------


def test_hidden_rows_are_named(console: Console) -> None:
    console.project.execute("alter table personas.persona_link_source_mapping enable row level security")
    assert console.verify()["verdict"] == "GO", "a superuser sees all rows"
    with reader(console.project, rights="") as console.user:
        verdict = console.verify()
    assert verdict["verdict"] == "CANNOT TELL"
    assert verdict["reason"] == "; ".join(
        f"row level security hides rows of {table} from role {console.user}"
        for table in ("personas.persona_link_source_mapping", "public.dh_personas", "public.org_personas")
    )


def test_rows_hidden_from_the_owner_of_the_views_are_named(console: Console) -> None:
    project = console.project
    project.execute(
        "create role owner_of_views",
        "grant usage on schema public, personas, personas_legacy, personas_audit to owner_of_views",
        "grant select on all tables in schema personas_legacy to owner_of_views",
        "alter role owner_of_views nobypassrls",
        "alter view personas_audit.audit_round_trip owner to owner_of_views",
    )
    try:
        reason = console.verify()["reason"]
        assert "row level security hides rows of public.org_personas from role owner_of_views" in reason
        project.execute("alter view personas_audit.audit_round_trip set (security_invoker = on)")
        assert "row level security" not in console.verify()["reason"]
    finally:
        project.execute(
            "reassign owned by owner_of_views to postgres",
            "drop owned by owner_of_views",
            "drop role owner_of_views",
        )


def test_where_nothing_is_built_nobody_can_tell(console: Console) -> None:
    console.monkeypatch.setenv("PERSONAS_SCHEMA", "nowhere")
    verdict = console.verify()
    assert verdict["exit_code"] == 2
    assert verdict["reason"].startswith("nothing is built in schema nowhere of under_test on ")
    assert verdict["reason"].endswith(": run personas build")


def test_the_text_names_server_and_database(console: Console) -> None:
    place = console.project.environment
    line = f"Database under_test on {place['PGHOST']}:{place['PGPORT']}, schema personas, as postgres"
    assert line in console.run("verify").stdout.splitlines()


def test_a_reader_needs_execute_on_one_function(console: Console) -> None:
    """Where nobody has it by default; docs/verify.md says so."""
    console.project.execute("revoke execute on all functions in schema personas_staging from public")
    with reader(console.project) as console.user:
        verdict = console.verify()
        assert verdict["verdict"] == "CANNOT TELL"
        assert "permission denied for function decoded_json" in verdict["reason"]
        console.project.execute(
            f"grant execute on function personas_staging.decoded_json(jsonb) to {console.user}"
        )
        assert console.verify()["verdict"] == "GO"


def test_without_a_server_nobody_can_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", str(tmp_path))
    result = CliRunner().invoke(cli.main, ["verify"])
    assert result.exit_code == 2
    assert result.stdout.startswith("CANNOT TELL: cannot connect to ")


def test_without_rights_nobody_can_tell_unless_something_else_is_red(console: Console) -> None:
    with reader(console.project) as console.user:
        console.project.execute(f"revoke select on personas_audit.audit_fidelity from {console.user}")
        verdict = console.verify()
        assert (verdict["verdict"], statuses(verdict, "unknown")) == ("CANNOT TELL", ["fidelity"])
        assert "permission denied" in verdict["reason"]
        console.project.execute(LOSE_A_ROW)
        verdict = console.verify()
    assert verdict["verdict"] == "NO-GO"
    assert statuses(verdict, "unknown") == ["fidelity"]


def test_a_check_that_cannot_be_computed_is_unknown_and_the_others_go_on(whole: Project) -> None:
    def check(name: str, *parts: str) -> Check:
        return Check(
            name,
            "",
            "audit_integrity",
            tuple(Part(query) for query in parts),
            "{problems} problems",
            "{problems} of {rows}",
            "select 1",
        )

    checks = (
        check("divides", "select 1 / 0 as problems"),
        check("half", "select 2 as problems, 5 as rows", "select 'x'::int as problems, 7 as rows"),
        check("parts", "select 0 as problems", "select 0 as problems"),
    )
    with whole.connect() as connection, connection.transaction():
        verdict = run_checks([connection], Places(), whole.root, checks)
    found = {finding.name: (finding.status, finding.figure) for finding in verdict.findings[:-1]}
    assert found == {
        "divides": (Status.UNKNOWN, "could not be checked: division by zero"),
        "half": (Status.RED, "2 of 5"),
        "parts": (Status.GREEN, "0 problems"),
    }


# --- exit codes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verify", "--jsn"], "No such option"),
        (["verify", "more"], "unexpected extra argument"),
        (["report", "--output"], "requires an argument"),
        (["report", "--output", "."], "is a directory"),
    ],
)
def test_wrong_usage_looks_like_no_verdict(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(cli.main, arguments)
    assert result.exit_code == 64
    assert message in result.stderr


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "Interrupted: no verdict"),
        (ZeroDivisionError("oh"), 2, "Error: cannot tell, by a fault of this program"),
        (ImportError("no module"), 2, "Error: cannot tell, by a fault of this program"),
        (OSError(28, "no space left"), 2, "Error: cannot tell: [Errno 28] no space left"),
        (BrokenPipeError(32, "gone"), 2, ""),
    ],
)
@pytest.mark.parametrize("command", ["verify", "report"])
def test_no_fault_looks_like_another_verdict(
    monkeypatch: pytest.MonkeyPatch, command: str, fault: BaseException, code: int, message: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise fault

    monkeypatch.setattr(commands, "examine", fail)
    result = CliRunner().invoke(cli.main, [command])
    assert result.exit_code == code
    assert message in result.stderr


def test_the_exit_codes_reach_the_shell(console: Console) -> None:
    program = [sys.executable, "-c", "from personas.cli import main; main()", "verify"]

    def code() -> int:
        console.monkeypatch.setenv("PGUSER", "postgres")
        return subprocess.run(program, capture_output=True, check=False, timeout=120).returncode

    assert code() == 0
    console.project.execute(LOSE_A_ROW)
    assert code() == 1
    console.monkeypatch.setenv("PGDATABASE", "no_such_database")
    assert code() == 2
