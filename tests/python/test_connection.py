"""Connections go by the PG* variables when PGHOST is set, and say in one line why they fail."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from dbt.adapters.exceptions.connection import FailedToConnectError

from dbt_personas import sessions
from dbt_project import Project
from personas import connection, server
from personas.errors import PersonasError
from personas.server import EmbeddedServer
from personas.session import SETTINGS


def _use(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def test_connects_to_the_server_of_the_pg_variables(
    monkeypatch: pytest.MonkeyPatch, fresh_database: dict[str, str]
) -> None:
    _use(monkeypatch, fresh_database)
    with connection.connect() as database:
        assert database.info.dbname == fresh_database["PGDATABASE"]


def test_another_database_can_be_named(
    monkeypatch: pytest.MonkeyPatch, fresh_database: dict[str, str]
) -> None:
    _use(monkeypatch, fresh_database)
    with connection.connect(dbname="postgres") as database:
        assert database.info.dbname == "postgres"


@pytest.mark.parametrize("autocommit", [False, True])
def test_autocommit_and_time_zone(
    monkeypatch: pytest.MonkeyPatch, fresh_database: dict[str, str], autocommit: bool
) -> None:
    _use(monkeypatch, fresh_database)
    with connection.connect(autocommit=autocommit) as database:
        assert database.autocommit is autocommit
        assert database.execute("show timezone").fetchone() == ("UTC",)
        database.rollback()
        assert database.execute("show timezone").fetchone() == ("UTC",)


def test_the_users_own_server_is_passed_on_and_none_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGPORT", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    _use(monkeypatch, {"PGHOST": "db.example", "PGUSER": "ann", "PGDATABASE": "legacy"})
    monkeypatch.setattr(EmbeddedServer, "start", lambda self: pytest.fail("started a server"))
    assert connection.libpq_environment() == {
        "PGHOST": "db.example",
        "PGPORT": "5432",
        "PGUSER": "ann",
        "PGDATABASE": "legacy",
        "PGTZ": "UTC",
    }


def test_a_server_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _use(monkeypatch, {"PGHOST": str(tmp_path), "PGUSER": "ann", "PGDATABASE": "legacy"})
    with pytest.raises(PersonasError) as raised:
        connection.connect()
    message = str(raised.value)
    assert str(tmp_path) in message
    assert "PGHOST" in message
    assert "\n" not in message


def test_an_unknown_database_is_named(
    monkeypatch: pytest.MonkeyPatch, fresh_database: dict[str, str]
) -> None:
    _use(monkeypatch, {**fresh_database, "PGDATABASE": "nowhere"})
    with pytest.raises(PersonasError, match='database "nowhere" does not exist'):
        connection.connect()


# --- which database ---------------------------------------------------------------------------------------

# All that libpq reads, which may stand in the environment of whoever runs the tests.
NAMES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGDATABASE", "PGSERVICE")


def _use_only(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name in (*NAMES, "PGSERVICEFILE", sessions.AGREED):
        monkeypatch.delenv(name, raising=False)
    _use(monkeypatch, environment)


def _never_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "start", lambda: pytest.fail("started the embedded server"))


@pytest.mark.parametrize("name", ["PGDATABASE", "PGPORT", "PGUSER", "PGPASSWORD", "PGPASSFILE"])
def test_half_a_name_is_refused_and_the_demo_never_taken_for_it(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    _use_only(monkeypatch, {name: "5433"})
    _never_started(monkeypatch)
    with pytest.raises(PersonasError, match=f"^{name} is set, but PGHOST is not: set PGHOST") as raised:
        connection.connect()
    assert "\n" not in str(raised.value)


def test_an_empty_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _use_only(monkeypatch, {"PGHOST": ""})
    _never_started(monkeypatch)
    with pytest.raises(PersonasError, match=r"^PGHOST is set, but empty: set PGHOST"):
        connection.connect()


def test_without_any_of_them_it_is_the_embedded_server(monkeypatch: pytest.MonkeyPatch) -> None:
    _use_only(monkeypatch, {})
    assert connection.uses_embedded_server()


def _service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: dict[str, str], **others: str) -> None:
    file = tmp_path / "services.conf"
    file.write_text("\n".join(["[prod]", *(f"{name}={value}" for name, value in lines.items())]) + "\n")
    _use_only(monkeypatch, {"PGSERVICEFILE": str(file), "PGSERVICE": "prod", **others})
    _never_started(monkeypatch)


def test_a_service_is_obeyed_and_handed_on_to_dbt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fresh_database_18: dict[str, str]
) -> None:
    there = fresh_database_18
    lines = {
        "host": there["PGHOST"],
        "port": there["PGPORT"],
        "dbname": there["PGDATABASE"],
        "user": "postgres",
    }
    # As in psql, the service comes before the variables.
    _service(monkeypatch, tmp_path, lines, PGHOST="elsewhere", PGDATABASE="other")
    with connection.connect() as session:
        assert connection.address(session) == f"{there['PGDATABASE']} on {there['PGHOST']}:{there['PGPORT']}"
    passed_on = connection.libpq_environment()
    assert {name: passed_on[name] for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER")} == {
        name: there[name] for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGUSER")
    }


def test_a_service_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _service(monkeypatch, tmp_path, {"dbname": "app"})
    with pytest.raises(PersonasError, match="PGSERVICE names has no host"):
        connection.connect()
    monkeypatch.setenv("PGSERVICE", "nowhere")
    monkeypatch.setenv("PGHOST", str(tmp_path))
    with pytest.raises(PersonasError, match='definition of service "nowhere" not found'):
        connection.connect()


def test_an_address_names_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    _use_only(monkeypatch, {"PGHOSTADDR": "192.0.2.7", "PGUSER": "ann"})
    assert connection.libpq_environment()["PGHOST"] == "192.0.2.7"


def _credentials(host: str, database: str = "personas") -> SimpleNamespace:
    return SimpleNamespace(host=host, port=5432, database=database)


def test_dbt_refuses_the_demo_where_the_command_line_does(monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = _credentials(str(server.embedded_server().socket_directory))
    for environment in ({"PGDATABASE": "app"}, {"PGHOST": ""}):
        _use_only(monkeypatch, environment)
        with pytest.raises(FailedToConnectError, match="set PGHOST"):
            sessions.refuse_another_database(embedded)
        # a profile that names its server needs no variables
        sessions.refuse_another_database(_credentials("db.example"))
    _use_only(monkeypatch, {})
    sessions.refuse_another_database(embedded)


def test_dbt_refuses_a_profile_that_a_service_contradicts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _service(monkeypatch, tmp_path, {"host": "db.example", "dbname": "app", "user": "ann"})
    sessions.refuse_another_database(_credentials("db.example", "app"))
    for other in (_credentials("db.example", "demo"), _credentials("elsewhere", "app")):
        with pytest.raises(FailedToConnectError, match=r"but PGSERVICE names app on db\.example:5432"):
            sessions.refuse_another_database(other)


def test_dbt_refuses_a_profile_that_leads_elsewhere_than_the_command_line(project_18: Project) -> None:
    here = [project_18.environment[name] for name in ("PGHOST", "PGPORT", "PGDATABASE")]
    agreed = {sessions.AGREED: json.dumps(here)}
    assert project_18.dbt("show", "--inline", "select 1 as one", environment=agreed).exit_code == 0
    elsewhere = {sessions.AGREED: json.dumps([*here[:2], "another"])}
    run = project_18.dbt("show", "--inline", "select 1 as one", environment=elsewhere)
    assert run.exit_code != 0
    assert "but the command line works on another on" in run.output


# --- what every session of ours has -----------------------------------------------------------------------


def test_no_session_is_opened_elsewhere(project_root: Path) -> None:
    opening = re.compile(r"\bpsycopg2?\.connect\(|(Connection|Session)\.connect\(")
    source = project_root / "src"
    opens = {
        str(file.relative_to(source)) for file in source.rglob("*.py") if opening.search(file.read_text())
    }
    # The second asks whether its own server answers, and makes the database.
    assert opens == {"personas/connection.py", "personas/server.py"}


def test_the_functions_in_the_database_have_the_same_settings(project_root: Path) -> None:
    macro = (project_root / "macros" / "sync" / "sync_function.sql").read_text()
    body = macro[macro.index("macro reading_settings") :]
    listed = dict(re.findall(r"""["']([a-z_]+) = '?([^"']+?)'?["']""", body[: body.index("endmacro")]))
    # With it, hidden rows are an error there; our sessions say it in better words (`hidden_rows`).
    assert listed.pop("row_security") == "off"
    texts = (
        "timezone",
        "datestyle",
        "intervalstyle",
        "bytea_output",
        "extra_float_digits",
        "lc_monetary",
        "quote_all_identifiers",
    )
    assert listed == {name: SETTINGS[name] for name in texts}


def test_nothing_is_prepared_and_nothing_stays_in_the_session(
    monkeypatch: pytest.MonkeyPatch, fresh_database_18: dict[str, str]
) -> None:
    """What a pooler lends to another client next."""
    _use_only(monkeypatch, {**fresh_database_18, "PGOPTIONS": "-c datestyle=sql -c statement_timeout=50s"})
    with connection.connect() as session:
        for _ in range(10):
            session.execute("select current_setting('datestyle'), %s", [1])
        assert session.execute("show statement_timeout").fetchone() == ("0",)
        assert session.execute("select count(*) from pg_prepared_statements").fetchone() == (0,)
        session.commit()
        plain = psycopg.Cursor(session)
        plain.execute("select current_setting('datestyle'), current_setting('statement_timeout')")
        assert plain.fetchone() == ("SQL, MDY", "50s")


def test_triggers_that_stay_off_are_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, fresh_database_18: dict[str, str]
) -> None:
    there, role = fresh_database_18, f"r{fresh_database_18['PGDATABASE']}"
    address = psycopg.conninfo.make_conninfo(
        host=there["PGHOST"], user="postgres", dbname=there["PGDATABASE"]
    )
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"create role {role} login")
        admin.execute(f"alter role {role} set session_replication_role = replica")
    try:
        _use_only(monkeypatch, {**there, "PGUSER": role})
        with pytest.raises(PersonasError, match=f"^session_replication_role is replica for {role}") as raised:
            connection.connect()
        assert "\n" not in str(raised.value)
    finally:
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute(f"drop role {role}")
