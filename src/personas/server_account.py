"""As whom the embedded server runs: PostgreSQL refuses root, whose checkout may be closed to all others."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from personas.errors import PersonasError


@dataclass(frozen=True)
class Account:
    """The user who owns the server's data and processes."""

    user_id: int

    @property
    def name(self) -> str:
        return pwd.getpwuid(self.user_id).pw_name if has_name(self.user_id) else str(self.user_id)

    def give(self, path: Path) -> None:
        """Makes `path` this user's own, if we are root; else it already is."""
        if os.geteuid() == 0:
            os.chown(path, self.user_id, pwd.getpwuid(self.user_id).pw_gid, follow_symlinks=False)

    def check_reach(self, directory: Path, program: Path) -> None:
        """Raises PersonasError if this user can in no way enter `directory` and run `program`."""
        if not (self._can_reach(directory, program, False) or self._can_reach(directory, program, True)):
            raise PersonasError(
                f"user {self.name}, as whom the embedded server runs, cannot reach {directory} or {program}; "
                "move the checkout to a directory that others may enter, or run as a normal user"
            )

    def run(self, directory: Path, program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `program`, which works in `directory`, as this user; its output is all in `stdout`."""
        closed = os.geteuid() == 0 and not self._can_reach(directory, program, False)
        return self._run([str(program), *arguments], with_capability=closed)

    def _can_reach(self, directory: Path, program: Path, with_capability: bool) -> bool:
        if with_capability and os.geteuid() != 0:
            return False
        probe = ["/bin/sh", "-c", 'cd "$1" && exec "$2" --version', "sh", str(directory), str(program)]
        try:
            return self._run(probe, with_capability).returncode == 0
        except OSError:  # no setpriv on this system
            return False

    def _run(self, command: Sequence[str], with_capability: bool) -> subprocess.CompletedProcess[str]:
        if os.geteuid() != 0:
            return _run_quietly(command)
        user = pwd.getpwuid(self.user_id)
        if not with_capability:
            return _run_quietly(command, user.pw_uid, user.pw_gid)
        # In a private directory, such as root's home, the capability spares opening it to everyone.
        who = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        may = "-all,+dac_override"
        return _run_quietly(["setpriv", *who, f"--inh-caps={may}", f"--ambient-caps={may}", "--", *command])


def choose_account(places: Iterable[Path]) -> Account:
    """We ourselves; for root the first owner of `places` who is not root, else nobody."""
    if os.geteuid() != 0:
        return Account(os.geteuid())
    owners = (path.stat().st_uid for path in places if path.exists())
    return Account(
        next((owner for owner in owners if owner != 0 and has_name(owner)), pwd.getpwnam("nobody").pw_uid)
    )


def has_name(user_id: int) -> bool:
    """Whether the user database knows the user; initdb refuses one whom it does not know."""
    try:
        pwd.getpwuid(user_id)
    except KeyError:
        return False
    return True


def _run_quietly(
    command: Sequence[str], user: int | None = None, group: int | None = None
) -> subprocess.CompletedProcess[str]:
    # The caller's PG* variables (PGPORT, PGDATA, …) would change how the server starts.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    # To a file: the server inherits the output, and a pipe would stay open as long as it runs.
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd="/",
            check=False,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read())
