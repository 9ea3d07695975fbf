"""A decision from the question to the file, for the walk and for the commands alike."""

import getpass
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from personas.connection import connect
from personas.errors import PersonasError
from personas.project import project_root
from personas.proof.places import Places, places_from_environment
from personas.review import store
from personas.review.decisions import PLACE, Decision, DecisionsFile, checked_text
from personas.review.queue import Waiting, rows_of, waiting
from personas.review.rules import Rows, problems, refusal, settled_by

RowsOf = Callable[[Iterable[str]], Rows]


@dataclass(frozen=True)
class Desk:
    """Where decisions are made: the file, and the database of the last build."""

    path: Path
    places: Places

    def rows_of(self, keys: Iterable[str]) -> Rows:
        """What is known of rows. A connection each time: a reviewer may think longer than a server waits."""
        with connect(autocommit=True) as connection:
            return rows_of(connection, self.places, keys)

    def file(self) -> DecisionsFile:
        """The decisions as they are now."""
        return store.read(self.path)

    def waiting(self) -> list[Waiting]:
        """The queue, less what the file settles."""
        with connect(autocommit=True) as connection:
            queue = waiting(connection, self.places)
        file = self.file()
        return still_open(queue, file, self.rows_of(keys_in(file)))

    def problems(self) -> list[tuple[int, str]]:
        """Line number and what is wrong with each line at which the build will be red."""
        file = self.file()
        return problems(file, self.rows_of(keys_in(file)))


def desk_from_environment() -> Desk:
    """The checkout's file and the environment's database."""
    return Desk(project_root() / PLACE, places_from_environment())


def still_open(queue: Iterable[Waiting], file: DecisionsFile, rows: Rows) -> list[Waiting]:
    """The pairs of which the file says nothing, not even by what it says of others."""
    settled = settled_by(file, rows)
    return [
        pair
        for pair in queue
        if not settled.covers((pair.left, pair.right), (pair.left_persona_id, pair.right_persona_id))
    ]


def keys_in(file: DecisionsFile) -> set[str]:
    """The rows that the file speaks of."""
    return {key for _, old in file.decided() for key in (old.left_key, old.right_key)}


@dataclass(frozen=True)
class Written:
    """The line where a decision stands now, and the lines at which the build will be red all the same."""

    line: int
    problems: list[tuple[int, str]]


def decide(
    desk: Desk, left: str, right: str, verdict: str, reason: str, who: str, replace: bool = False
) -> Written:
    """Writes a decision about two keys. Raises PersonasError, and changes nothing: it cannot be taken."""
    new = new_decision(left, right, verdict, reason, who)
    known: Rows = {}

    def edit(file: DecisionsFile) -> bytes:
        nonlocal known
        known = desk.rows_of({new.left_key, new.right_key, *keys_in(file)})
        obstacle = refusal(new, file, known, replace)
        if obstacle:
            raise PersonasError(obstacle)
        return file.with_decision(new)

    after = store.change(desk.path, edit)
    ((line, _),) = after.lines_of(new.pair)
    return Written(line, problems(after, known))


def undo(desk: Desk, left: str, right: str) -> list[tuple[int, Decision]]:
    """Takes the lines of a pair out; returns them, numbered as they were.

    Raises PersonasError: there is none.
    """
    taken: list[tuple[int, Decision]] = []

    def edit(file: DecisionsFile) -> bytes:
        nonlocal taken
        taken = file.lines_of(frozenset((left, right)))
        if not taken:
            raise PersonasError(f"{PLACE} does not decide {left} and {right}; nothing to take out")
        return file.without(frozenset((left, right)))

    store.change(desk.path, edit)
    return taken


def new_decision(left: str, right: str, verdict: str, reason: str, who: str) -> Decision:
    """A decision made now. Raises PersonasError: name or reason cannot be written."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    left_table, _, left_id = left.partition(":")
    right_table, _, right_id = right.partition(":")
    name, why = checked_text(who, "name"), checked_text(reason, "reason")
    return Decision(left_table, left_id, right_table, right_id, verdict, name, now, why)


def reviewer(root: Path) -> str:
    """git's user.name, else the login name. Raises PersonasError: there is neither."""
    try:
        asked = subprocess.run(
            ["git", "config", "user.name"], cwd=root, capture_output=True, text=True, check=False
        )
        name = asked.stdout.strip()
    except OSError:
        name = ""
    try:
        return name or getpass.getuser()
    except (KeyError, OSError, ImportError) as error:
        raise PersonasError("nobody knows who decides here; say so with --by NAME") from error
