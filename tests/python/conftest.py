"""Fixtures for all Python tests: throwaway servers, fresh databases, the shared legacy data.

With `pytest -n 2` (`make test`) each process has its own servers and databases.
"""

import os
import secrets
import signal
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import psycopg
import pytest
from selenium import webdriver

from browsing import headless
from dbt_project import DbtWorker, Project, Workshop, build_demo, copy_project, environment_of
from personas.server import INITDB_OPTIONS, EmbeddedServer, wheel_binaries
from verified import Console, build_whole_demo

# Without waiting for the disk: nothing here has to survive a power cut.
NO_SYNC = "--no-sync"
# Two-phase commit and logical replication are off by default.
EVERY_PATH = {"wal_level": "logical", "max_wal_senders": "4", "max_prepared_transactions": "4"}
POSTGRESQL_15 = Path("/usr/lib/postgresql/15/bin")
# What initdb of version 15 knows: no built-in locale provider yet.
INITDB_15 = (
    "--auth=trust",
    "--username=postgres",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--no-instructions",
)

# Of the whole suite in CI, lint left out. Wanted are 20 minutes.
MOST_SECONDS_IN_CI = 60 * 60
# A long test may take longer than pyproject.toml allows the others.
MOST_SECONDS_OF_A_LONG_TEST = 60 * 60
SLOWEST_FILES = 12

# Chance is another one in each run; the number that is printed repeats it.
SEED = "PERSONAS_TEST_SEED"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Chooses the seed, lets Ctrl-C reach the programs that tests start, and starts the clock."""
    # The processes of `pytest -n 2` inherit it.
    seed = os.environ.setdefault(SEED, str(secrets.randbelow(2**31)))
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = seed
    # In CI Hypothesis would take the same examples each time.
    hypothesis.settings.register_profile("personas", print_blob=True)
    hypothesis.settings.load_profile("personas")
    # A shell starts a job in the background with Ctrl-C ignored, and every child would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Clock(), "clock")


def pytest_report_header() -> str:
    """Which examples are tried."""
    return f"chance: {SEED}={os.environ[SEED]} repeats it"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs what asks for a server on each supported version; on the second one only where that matters."""
    matters = metafunc.definition.get_closest_marker("each_version")
    for name, embedded, users in (("server", "pg18", "pg15"), ("workshop", "workshop_18", "workshop_15")):
        if name in metafunc.fixturenames:
            second = pytest.param(users, marks=() if matters else pytest.mark.long)
            metafunc.parametrize(name, [embedded, second], indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives long tests their time."""
    for item in items:
        if item.get_closest_marker("long") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(MOST_SECONDS_OF_A_LONG_TEST))


class _Clock:
    """Prints which files took longest; in CI a suite that takes too long fails."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._seconds: Counter[str] = Counter()
        self._took = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid.partition("::")[0]] += report.duration  # type: ignore[assignment]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._took = time.monotonic() - self._began
        if self._is_too_slow() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if len(self._seconds) > 1:
            terminalreporter.section("slowest files")
            for name, seconds in self._seconds.most_common(SLOWEST_FILES):
                terminalreporter.write_line(f"{seconds:7.1f} s  {name}")
        if self._is_too_slow():
            terminalreporter.write_line(
                f"FAILED: the suite took {self._took / 60:.1f} minutes; in CI it has"
                f" {MOST_SECONDS_IN_CI // 60}. Make the slowest files quicker, or mark what is long"
                " (tests/README.md).",
                red=True,
            )

    def _is_too_slow(self) -> bool:
        return bool(os.environ.get("CI")) and self._took > MOST_SECONDS_IN_CI


@pytest.fixture(scope="session")
def test_seed() -> int:
    """What random tests begin with."""
    return int(os.environ[SEED])


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def shared_legacy(project_root: Path) -> Path:
    """The directory of the real legacy rows, in $PERSONAS_SHARED (default: `shared` beside the checkout)."""
    shared = Path(os.environ.get("PERSONAS_SHARED") or project_root.parent / "shared")
    if not (shared / "legacy" / "columns.csv").is_file():
        pytest.skip(f"no legacy data in {shared}; set PERSONAS_SHARED")
    return shared / "legacy"


@contextmanager
def running(server: EmbeddedServer) -> Iterator[EmbeddedServer]:
    """The server, started without waiting for the disk, and stopped afterwards."""
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def pg18() -> Iterator[EmbeddedServer]:
    """A throwaway server from the wheel."""
    with tempfile.TemporaryDirectory() as directory:
        options = (*INITDB_OPTIONS, NO_SYNC)
        server = EmbeddedServer(
            Path(directory) / ".postgres",
            wheel_binaries(),
            initdb_options=options,
            other_settings=EVERY_PATH,
        )
        with running(server):
            yield server


@pytest.fixture(scope="session")
def pg15() -> Iterator[EmbeddedServer]:
    """A throwaway server from Debian's postgresql-15, the version that the users run."""
    if not (POSTGRESQL_15 / "postgres").is_file():
        pytest.skip(f"no PostgreSQL 15 in {POSTGRESQL_15}; install the package postgresql-15")
    with tempfile.TemporaryDirectory() as directory:
        server = EmbeddedServer(Path(directory) / ".postgres", POSTGRESQL_15, 15, INITDB_15)
        with running(server):
            yield server


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> EmbeddedServer:
    """The embedded version; in `make test-long` and in tests marked `each_version` the users' as well."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, EmbeddedServer)
    return found


@contextmanager
def new_database(server: EmbeddedServer) -> Iterator[dict[str, str]]:
    """A new, empty database on `server`: its PG* variables; dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
        try:
            yield {**server.settings(), "PGDATABASE": name, "PGTZ": "UTC"}
        finally:
            connection.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def fresh_database(server: EmbeddedServer) -> Iterator[dict[str, str]]:
    """The PG* variables of a new, empty database, on the versions of `server`."""
    with new_database(server) as environment:
        yield environment


@pytest.fixture
def fresh_database_18(pg18: EmbeddedServer) -> Iterator[dict[str, str]]:
    """As `fresh_database`, on the embedded version only: for tests that do not depend on the version."""
    with new_database(pg18) as environment:
        yield environment


@pytest.fixture(scope="session")
def project_copy(project_root: Path) -> Iterator[Path]:
    """The dbt project as it is at the start of the tests; not to be changed."""
    with tempfile.TemporaryDirectory() as directory:
        yield copy_project(project_root, Path(directory) / "project")


@pytest.fixture(scope="session")
def dbt_worker(project_copy: Path, pg18: EmbeddedServer) -> Iterator[DbtWorker]:
    """The process that dbt commands are forked from."""
    with tempfile.TemporaryDirectory() as directory:
        worker = DbtWorker(project_copy, environment_of(pg18), Path(directory) / "output")
        try:
            yield worker
        finally:
            worker.stop()


@contextmanager
def _workshop(server: EmbeddedServer, worker: DbtWorker, project_copy: Path) -> Iterator[Workshop]:
    with tempfile.TemporaryDirectory() as directory:
        yield Workshop(server, worker, copy_project(project_copy, Path(directory) / "project"))


@pytest.fixture(scope="session")
def workshop_18(pg18: EmbeddedServer, dbt_worker: DbtWorker, project_copy: Path) -> Iterator[Workshop]:
    """Makes dbt projects and databases on the embedded version."""
    with _workshop(pg18, dbt_worker, project_copy) as workshop:
        yield workshop


@pytest.fixture(scope="session")
def workshop_15(pg15: EmbeddedServer, dbt_worker: DbtWorker, project_copy: Path) -> Iterator[Workshop]:
    """Makes dbt projects and databases on the users' version."""
    with _workshop(pg15, dbt_worker, project_copy) as workshop:
        yield workshop


@pytest.fixture(scope="session")
def workshop(request: pytest.FixtureRequest) -> Workshop:
    """As above, on the versions of `server`."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Workshop)
    return found


@pytest.fixture
def project_18(workshop_18: Workshop) -> Iterator[Project]:
    """A project whose database holds the demo and its marts, on the embedded version."""
    with workshop_18.project("demo", build_demo) as project:
        yield project


@pytest.fixture
def project(workshop: Workshop) -> Iterator[Project]:
    """As `project_18`, on the versions of `server`."""
    with workshop.project("demo", build_demo) as found:
        yield found


@pytest.fixture
def console(workshop_18: Workshop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """The command line on the demo, wholly built and tested."""
    with workshop_18.project("whole_demo", build_whole_demo) as found:
        yield Console(found, monkeypatch)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Headless Chromium with a profile of its own."""
    with headless(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver
