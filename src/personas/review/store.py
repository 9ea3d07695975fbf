"""The decisions on disk: replaced whole or not at all, and only as they were when they were read."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from personas.errors import PersonasError
from personas.review.decisions import PLACE, DecisionsFile, parse


def read(path: Path) -> DecisionsFile:
    """The decisions; none where there is no file. Raises PersonasError: it cannot be read, or is broken."""
    return parse(_content(path))


def change(path: Path, edit: Callable[[DecisionsFile], bytes]) -> DecisionsFile:
    """Writes what `edit` makes of the file, and returns that.

    Whoever else writes meanwhile, with this or by hand, loses nothing: then `edit` is asked again.
    Raises PersonasError, and changes nothing: as `read`, it cannot be written, and whatever `edit` raises.
    """
    while True:
        before = _content(path)
        after = edit(parse(before))
        if after == before or _swap(path, before, after):
            return parse(after)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PersonasError(f"cannot read {PLACE}: {error.strerror}; check its rights") from error


def _swap(path: Path, before: bytes | None, after: bytes) -> bool:
    """Puts `after` in the place of `before`; False, and nothing done, when the file is not that any more."""
    # Behind a link the file itself is replaced, not the link.
    target = path.resolve()
    try:
        with _locked(target.parent):
            # No .csv, or dbt would take one that a power cut left behind for a seed.
            beside = target.with_name(f".{target.name}.new")
            try:
                _write(beside, target, after)
                # Late, since editors do not ask for locks.
                if _content(target) != before:
                    return False
                beside.replace(target)
            finally:
                beside.unlink(missing_ok=True)
            _sync(target.parent)
    except OSError as error:
        raise PersonasError(
            f"cannot write {PLACE}: {error.strerror}; check its rights and the disk"
        ) from error
    return True


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One writer at a time. The directory is the lock, so that nothing is left lying about."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(beside: Path, target: Path, content: bytes) -> None:
    """Writes a new file, with the mode and, where that is allowed, the owner of the one it will replace."""
    beside.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(beside, flags, 0o666), "wb") as file:  # noqa: PTH123 - a descriptor
        with suppress(FileNotFoundError):
            old = target.stat()
            with suppress(PermissionError):
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
            os.fchmod(file.fileno(), old.st_mode & 0o7777)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
