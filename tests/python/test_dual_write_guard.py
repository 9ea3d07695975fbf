"""The guard of the closed side knows a foreign key's own statement, whatever language the server speaks."""

import os
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from conftest import INITDB_15, POSTGRESQL_15
from dbt_project import Project
from personas.server import EmbeddedServer
from test_dual_write import live_18  # noqa: F401 - a fixture

GERMAN = Path("/usr/share/locale/de/LC_MESSAGES/postgres-15.mo")
TABLES = """
    create table parent (id integer primary key);
    create table child (id integer references parent on delete cascade);
    insert into parent values (1), (2);
    insert into child values (1), (2);
"""


def test_a_foreign_keys_statement_passes_in_any_language(
    live_18: Project,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not GERMAN.is_file() or not (POSTGRESQL_15 / "postgres").is_file():
        pytest.skip(f"no German messages of PostgreSQL 15 in {GERMAN}")
    live_18.build("run-operation", "dual_write_off")
    body = live_18.value("select prosrc from pg_proc where proname = 'refuse_writes'")
    live_18.build("run-operation", "dual_write_on")
    run = subprocess.run

    def in_german(*arguments: object, **options: object) -> object:
        environment = {**(options.get("env") or os.environ), "LANGUAGE": "de"}  # type: ignore[dict-item]
        return run(*arguments, **{**options, "env": environment})  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", in_german)
    with tempfile.TemporaryDirectory() as directory:
        server = EmbeddedServer(Path(directory) / ".postgres", POSTGRESQL_15, 15, INITDB_15)
        server.start()
        try:
            with psycopg.connect(server.url(), autocommit=True) as connection:
                with pytest.raises(psycopg.Error, match="existiert nicht"):
                    connection.execute("select * from missing")
                connection.execute(TABLES)
                connection.execute(
                    f"create function refuse_writes() returns trigger language plpgsql as $body${body}$body$"
                )
                connection.execute(
                    "create trigger guard before delete on child for each statement"
                    " execute function refuse_writes('legacy')"
                )
                connection.execute("delete from parent where id = 1")
                assert connection.execute("select id from child").fetchall() == [(2,)]
                with pytest.raises(psycopg.Error, match="is refused: dual-write is off"):
                    connection.execute("delete from child")
        finally:
            server.stop()
