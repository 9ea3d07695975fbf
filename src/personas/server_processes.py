"""Which server processes work in a data directory. postmaster.pid cannot tell: pids are used again."""

import signal
from contextlib import suppress
from pathlib import Path

import psutil


def servers_in(data: Path) -> list[psutil.Process]:
    """The postmaster that works in `data`, and its children."""
    return [process for process in _at_path(data) if not _is_orphan(process, data)]


def end_orphans(data: Path) -> None:
    """Ends servers whose directory `data` was removed under them.

    They would notice within a minute by themselves, but hold the socket until then.
    """
    orphans = [process for process in _at_path(data) if _is_orphan(process, data)]
    for process in orphans:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGQUIT)
    psutil.wait_procs(orphans, timeout=10)


def _at_path(data: Path) -> list[psutil.Process]:
    inside = data.resolve()
    return [process for process in psutil.process_iter() if _works_in(process, inside)]


def _works_in(process: psutil.Process, directory: Path) -> bool:
    try:
        return process.name().startswith("postgres") and Path(process.cwd()) == directory
    except (psutil.Error, OSError):  # gone meanwhile, or another user's
        return False


def _is_orphan(process: psutil.Process, data: Path) -> bool:
    """Whether another directory, or none, carries the name of the one it works in."""
    directory = Path(f"/proc/{process.pid}/cwd")
    try:
        return directory.exists() and not directory.samefile(data)
    except OSError:  # no data directory yet, or the process is gone meanwhile
        return not data.exists()
