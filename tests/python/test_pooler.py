"""Every command through PgBouncer in transaction mode, where the next transaction may run in another session.

Another client prepares statements by the very names that psycopg would choose, in all of these sessions.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from dbt_project import DATABASE, TABLES
from verified import Console

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
PORT = "6432"
SESSIONS = 8
# What a session of ours must neither need nor leave behind in those that it borrows.
THEIRS = {
    "statement_timeout": "77s",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "TimeZone": "Asia/Tokyo",
}

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(PGBOUNCER is None, reason="no pgbouncer; install the package pgbouncer"),
]


@contextmanager
def pooler(host: str, port: str) -> Iterator[Path]:
    """PgBouncer in front of a server: the directory of its socket."""
    # Not pytest's directory, which only root may enter.
    with TemporaryDirectory() as name, _running(Path(name), host, port):
        yield Path(name)


@contextmanager
def _running(directory: Path, host: str, port: str) -> Iterator[None]:
    users, settings, log = (directory / name for name in ("users", "settings", "log"))
    users.write_text('"postgres" ""\n')
    settings.write_text(
        f"[databases]\n* = host={host} port={port}\n[pgbouncer]\npool_mode = transaction\n"
        f"listen_port = {PORT}\nunix_socket_dir = {directory}\nauth_type = trust\nauth_file = {users}\n"
        f"default_pool_size = {SESSIONS}\nlogfile = {log}\n"
    )
    as_root = os.getuid() == 0
    if as_root:
        # It refuses to run as root, and must reach the socket of the server, which has left root as well.
        owner = Path(host).stat()
        shutil.chown(directory, owner.st_uid)
    command = [str(PGBOUNCER), *(["-u", Path(host).owner()] if as_root else []), str(settings)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            patience = time.monotonic() + 20
            while not (directory / f".s.PGSQL.{PORT}").exists():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < patience, log.read_text()
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


@contextmanager
def borrowed_sessions(directory: Path) -> Iterator[list[psycopg.Connection[Any]]]:
    """A client for each session of the pool, each in a transaction, so that no two have the same."""
    clients = [
        psycopg.connect(
            host=str(directory), port=PORT, user="postgres", dbname=DATABASE, prepare_threshold=None
        )
        for _ in range(SESSIONS)
    ]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def test_every_command_works_and_leaves_nothing_behind(console: Console) -> None:
    project = console.project
    project.execute(*(f"alter database {DATABASE} set {name} = '{value}'" for name, value in THEIRS.items()))
    with pooler(project.environment["PGHOST"], project.environment["PGPORT"]) as directory:
        with borrowed_sessions(directory) as clients:
            for client in clients:
                for number in range(10):
                    client.execute(f'prepare "_pg3_{number}" as select 1')
            for client in clients:
                client.commit()
        console.monkeypatch.setenv("PGHOST", str(directory))
        console.monkeypatch.setenv("PGPORT", PORT)
        through = {"PGHOST": str(directory), "PGPORT": PORT}
        assert console.verify()["verdict"] == "GO"
        for command in (
            ("report",),
            ("review", "list"),
            ("dual-write", "on"),
            ("dual-write", "status"),
            ("sync", "drain"),
            ("dual-write", "off"),
        ):
            done = console.run(*command)
            assert done.exit_code == 0, (command, done.output)
        project.dbt(*TABLES, environment=through).succeeded()

        with borrowed_sessions(directory) as clients:
            for client in clients:
                prepared = client.execute("select name from pg_prepared_statements").fetchall()
                assert [name for (name,) in prepared if not str(name).startswith("_pg3_")] == []
                assert len(prepared) in (0, 10)
                for name, value in THEIRS.items():
                    assert client.execute(f"show {name}").fetchone() == (value,)
