"""The embedded server starts, stops and is found again, whatever became of its predecessor."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest

from personas.errors import PersonasError
from personas.server import INITDB_OPTIONS, EmbeddedServer, wheel_binaries
from personas.server_processes import servers_in

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
NOBODY = pwd.getpwnam("nobody")

MakeServer = Callable[[Path], EmbeddedServer]


@pytest.fixture
def make_server(open_directory: Path) -> Iterator[MakeServer]:
    """Servers for given project directories; all are stopped before the directories go."""
    del open_directory
    made: list[EmbeddedServer] = []

    def make(project: Path) -> EmbeddedServer:
        project.mkdir(parents=True, exist_ok=True)
        options = (*INITDB_OPTIONS, "--no-sync")  # quicker; nothing here has to survive a power cut
        made.append(EmbeddedServer(project / ".postgres", wheel_binaries(), initdb_options=options))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def own_server(make_server: MakeServer, tmp_path: Path) -> EmbeddedServer:
    """A server that no other test uses, not yet started."""
    return make_server(tmp_path / "project")


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every user may pass, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def _query(server: EmbeddedServer, statement: str) -> object:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def _postmaster(server: EmbeddedServer) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def _kill_hard(server: EmbeddedServer) -> None:
    """As a crash of the machine or the out-of-memory killer: no process is left, the files are."""
    processes = servers_in(server.data)
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # the others end themselves when the postmaster is gone
            process.kill()
    psutil.wait_procs(processes, timeout=10)


def test_start_makes_a_database_that_can_be_reached(own_server: EmbeddedServer) -> None:
    assert own_server.status() == "absent"
    settings = own_server.start()
    assert own_server.status() == "running"
    with psycopg.connect(
        host=settings["PGHOST"],
        port=settings["PGPORT"],
        user=settings["PGUSER"],
        dbname=settings["PGDATABASE"],
    ) as connection:
        assert connection.info.server_version // 10000 == 18
    assert _query(own_server, "select current_database() || '/' || current_user") == "personas/postgres"


def test_settings(own_server: EmbeddedServer) -> None:
    own_server.start()
    expected = {"listen_addresses": "", "fsync": "on", "TimeZone": "UTC", "server_encoding": "UTF8"}
    assert {name: _query(own_server, f"show {name}") for name in expected} == expected


@pytest.mark.each_version
def test_case_folding_knows_more_than_ascii(server: EmbeddedServer) -> None:
    assert _query(server, "select lower('ÄÖÉ')") == "äöé"


def test_a_second_start_changes_nothing(own_server: EmbeddedServer) -> None:
    first = own_server.start()
    postmaster = _postmaster(own_server)
    assert own_server.start() == first
    assert _postmaster(own_server) == postmaster


def test_stop_keeps_the_data(own_server: EmbeddedServer) -> None:
    own_server.start()
    _query(own_server, "create table kept as select 42 as value")
    assert own_server.stop() is True
    assert own_server.status() == "stopped"
    assert not own_server.socket_directory.exists()
    assert own_server.stop() is False
    own_server.start()
    assert _query(own_server, "select value from kept") == 42


@pytest.mark.parametrize("name", ["with spaces", "Größe & Maß", "it's", "x" * 150])
def test_paths_of_all_kinds(make_server: MakeServer, tmp_path: Path, name: str) -> None:
    server = make_server(tmp_path / name)
    server.start()
    assert _query(server, "select 1") == 1


def test_two_checkouts_do_not_meet(make_server: MakeServer, tmp_path: Path) -> None:
    left, right = make_server(tmp_path / "left"), make_server(tmp_path / "right")
    left.start()
    right.start()
    assert left.url() != right.url()
    _query(left, "create table only_left ()")
    assert _query(right, "select to_regclass('only_left')") is None
    left.stop()
    assert _query(right, "select 1") == 1


def test_starts_at_the_same_time_make_one_server_that_outlives_them(own_server: EmbeddedServer) -> None:
    code = f"""
from pathlib import Path
from personas.server import EmbeddedServer, wheel_binaries
EmbeddedServer(Path({str(own_server.home)!r}), wheel_binaries()).start()
"""
    starters = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [starter.wait(timeout=120) for starter in starters] == [0, 0, 0]
    assert own_server.status() == "running"
    postmasters = [
        process for process in servers_in(own_server.data) if "-D" in process.cmdline()
    ]  # the others are its children
    assert len(postmasters) == 1


def test_a_checkout_that_is_moved_takes_its_running_server_along(
    make_server: MakeServer, tmp_path: Path
) -> None:
    before = make_server(tmp_path / "before")
    before.start()
    _query(before, "create table kept as select 42 as value")
    (tmp_path / "before").rename(tmp_path / "after")
    after = make_server(tmp_path / "after")
    after.start()
    assert _query(after, "select value from kept") == 42
    assert not before.socket_directory.exists()  # so the next checkout of that name meets nobody


# --- crashed predecessors ---------------------------------------------------------------------------------


def test_start_after_a_crash_brings_committed_rows_back(own_server: EmbeddedServer) -> None:
    own_server.start()
    _query(own_server, "create table kept as select 42 as value")
    _kill_hard(own_server)
    assert (own_server.data / "postmaster.pid").exists()
    assert own_server.status() == "stopped"
    own_server.start()
    assert _query(own_server, "select value from kept") == 42


def test_start_though_the_crashed_servers_pid_lives_again_as_another_process(
    own_server: EmbeddedServer,
) -> None:
    own_server.start()
    _kill_hard(own_server)
    # PostgreSQL only believes in processes of its own user.
    other = subprocess.Popen(["/bin/sleep", "600"], user=own_server.data.stat().st_uid)
    try:
        for file in (own_server.data / "postmaster.pid", own_server.socket_directory / ".s.PGSQL.5432.lock"):
            lines = file.read_text().splitlines()
            file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        assert own_server.status() == "stopped"
        own_server.start()
        assert _query(own_server, "select 1") == 1
    finally:
        other.kill()
        other.wait()


def test_start_after_the_data_was_removed_under_a_running_server(own_server: EmbeddedServer) -> None:
    own_server.start()
    _query(own_server, "create table gone ()")
    shutil.rmtree(own_server.home)
    assert own_server.status() == "absent"
    own_server.start()
    assert _query(own_server, "select to_regclass('gone')") is None
    assert own_server.stop() is True


def test_a_half_made_data_directory_is_made_anew(own_server: EmbeddedServer) -> None:
    for name in ("data.new", "data"):
        (own_server.home / name / "base").mkdir(parents=True)
    (own_server.home / "data.new" / "PG_VERSION").write_text("18\n")
    assert own_server.status() == "absent"
    own_server.start()
    assert _query(own_server, "select 1") == 1
    aside = list(own_server.home.glob("data.broken-*"))
    assert len(aside) == 1  # what we did not make is not ours to delete
    assert (aside[0] / "base").is_dir()


def test_initdb_that_is_cut_short_leaves_nothing_that_looks_complete(
    own_server: EmbeddedServer, tmp_path: Path
) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    (binaries / "postgres").symlink_to(wheel_binaries() / "postgres")
    (binaries / "initdb").write_text('#!/bin/sh\necho 18 > "$2/PG_VERSION"\nkill -9 $$\n')
    (binaries / "initdb").chmod(0o755)
    with pytest.raises(PersonasError, match="initdb failed"):
        replace(own_server, binaries=binaries).start()
    assert (own_server.home / "data.new" / "PG_VERSION").exists()
    assert own_server.status() == "absent"
    own_server.start()
    assert _query(own_server, "select 1") == 1


# --- faults a user can mend -------------------------------------------------------------------------------


def test_data_of_another_major_version_is_named_with_the_way_out(own_server: EmbeddedServer) -> None:
    own_server.data.mkdir(parents=True)
    (own_server.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(
        PersonasError, match=r"PostgreSQL 16, this environment brings 18; remove .*\.postgres"
    ):
        own_server.start()
    assert (own_server.data / "PG_VERSION").read_text() == "16\n"


def test_a_socket_directory_that_others_could_enter_is_refused(own_server: EmbeddedServer) -> None:
    directory = own_server.socket_directory
    directory.mkdir()
    directory.chmod(0o777)
    try:
        with pytest.raises(PersonasError, match="not a private directory"):
            own_server.start()
    finally:
        shutil.rmtree(directory)


def test_a_linked_socket_directory_is_refused(own_server: EmbeddedServer, tmp_path: Path) -> None:
    directory = own_server.socket_directory
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    directory.symlink_to(elsewhere)
    try:
        with pytest.raises(PersonasError, match="not a private directory"):
            own_server.start()
    finally:
        directory.unlink()


def test_a_start_that_fails_says_why_in_one_line(own_server: EmbeddedServer) -> None:
    own_server.start()
    own_server.stop()
    with (own_server.data / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(PersonasError) as raised:
        own_server.start()
    assert "no_such_setting" in str(raised.value)
    assert not own_server.socket_directory.exists()
    assert "\n" not in str(raised.value)


def test_the_callers_variables_do_not_reach_the_server(
    own_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGDATA": "/nowhere", "PGPORT": "1", "PGOPTIONS": "-c no_such=1"}.items():
        monkeypatch.setenv(name, value)
    own_server.start()
    monkeypatch.delenv("PGOPTIONS")
    assert _query(own_server, "show port") == "5432"


# --- whom it runs as --------------------------------------------------------------------------------------


def _as_user(user_id: int, deed: Callable[[], None]) -> None:
    """Runs `deed` in a child process of that user; fails with its traceback."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            os.setgroups([])
            os.setgid(pwd.getpwuid(user_id).pw_gid)
            os.setuid(user_id)
            deed()
            os._exit(0)
        except BaseException:
            os.write(writer, traceback.format_exc().encode()[:60000])
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader) as report:
        trouble = report.read()
    assert os.waitpid(child, 0)[1] == 0, trouble


@needs_root
def test_a_normal_user_starts_and_stops_it(make_server: MakeServer, open_directory: Path) -> None:
    project = open_directory / "their project"
    project.mkdir()
    os.chown(project, NOBODY.pw_uid, NOBODY.pw_gid)
    server = make_server(project)

    def deed() -> None:
        server.start()
        assert _query(server, "select 1") == 1
        assert server.stop() is True
        assert server.status() == "stopped"

    _as_user(NOBODY.pw_uid, deed)
    assert server.data.stat().st_uid == NOBODY.pw_uid


@needs_root
def test_what_belongs_to_another_user_is_said_in_one_line(open_directory: Path) -> None:
    server = EmbeddedServer(open_directory / ".postgres", wheel_binaries())

    def deed() -> None:
        with pytest.raises(PersonasError, match="belongs to another user"):
            server.start()

    _as_user(NOBODY.pw_uid, deed)


@needs_root
def test_data_of_root_is_no_absent_data_to_others(make_server: MakeServer, open_directory: Path) -> None:
    server = make_server(open_directory / "of root")
    server.start()
    somebody = next(user for user in pwd.getpwall() if user.pw_uid not in (0, NOBODY.pw_uid))

    def deed() -> None:
        for ask in (server.status, server.start, server.stop):
            with pytest.raises(PersonasError, match="belongs to another user"):
                ask()

    _as_user(somebody.pw_uid, deed)


@needs_root
def test_root_in_a_private_directory_opens_it_to_nobody(
    make_server: MakeServer, open_directory: Path
) -> None:
    private = open_directory / "home of root"
    private.mkdir(mode=0o700)
    server = make_server(private / "project")
    server.start()
    assert _query(server, "select 1") == 1
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert server.data.stat().st_uid != 0
    assert server.stop() is True


@needs_root
def test_root_in_somebodys_checkout_runs_it_as_that_user(
    make_server: MakeServer, open_directory: Path
) -> None:
    somebody = next(user for user in pwd.getpwall() if user.pw_uid not in (0, NOBODY.pw_uid))
    project = open_directory / "theirs"
    project.mkdir()
    os.chown(project, somebody.pw_uid, somebody.pw_gid)
    server = make_server(project)
    server.start()
    assert {path.stat().st_uid for path in (server.home, server.data)} == {somebody.pw_uid}
    assert psutil.Process(_postmaster(server)).uids().real == somebody.pw_uid
    _as_user(somebody.pw_uid, lambda: _assert_stops(server))


def _assert_stops(server: EmbeddedServer) -> None:
    assert server.stop() is True
