"""Connections go by the PG* variables when PGHOST is set, and say in one line why they fail."""

from pathlib import Path

import pytest

from personas import connection
from personas.errors import PersonasError
from personas.server import EmbeddedServer


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
