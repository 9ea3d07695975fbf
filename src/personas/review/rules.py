"""What stands against a decision: the build's own rules, with the line of the file and the way out.

The build has the last word (`int_match_problems`): here equal rows are those that the last build found.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from personas.review.decisions import PLACE, VERDICTS, Decision, DecisionsFile
from personas.review.rows import Pair
from personas.review.text import visible


@dataclass(frozen=True)
class Row:
    """What the database knows of a legacy row."""

    persona_id: str | None = None
    tenant_id: str | None = None
    is_deleted: bool = False
    deleted_at: str | None = None
    """When the last build first missed it, in UTC (ISO 8601)."""
    equals: str | None = None
    """The key that stands for all rows that exact evidence makes one with this one."""


Rows = Mapping[str, Row]
"""Key → row, of all rows that are or were there."""

Numbered = tuple[int, Decision]

# As the macro `iso_time`. What a spreadsheet makes of a date is none.
_ISO_TIME = re.compile(
    r"[1-9]\d{3}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.]\d+)?)?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?)?)?", re.ASCII
)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Ties:
    """Which rows are one: those tied by lines `same`, and those that equal values tie (line 0)."""

    neighbours: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def tie(self, line: int, one: str, other: str) -> None:
        self.neighbours.setdefault(one, []).append((line, other))
        self.neighbours.setdefault(other, []).append((line, one))

    def reached(self, start: str) -> dict[str, list[int]]:
        """Every row that is one with `start`, and the lines that lead there, by the shortest way."""
        found: dict[str, list[int]] = {start: []}
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            for line, there in self.neighbours.get(here, []):
                if there not in found:
                    found[there] = [*found[here], line] if line else found[here]
                    waiting.append(there)
        return found


def refusal(new: Decision, file: DecisionsFile, rows: Rows, replace: bool) -> str | None:
    """Why a new decision cannot be taken, in one line; None if it can.

    With `replace` the line of its pair gives way; thus one is confirmed of which a row was deleted since.
    """
    left, right = new.left_key, new.right_key
    present = file.lines_of(new.pair)
    if left == right:
        return f"{left} with itself is no pair; name two rows"
    for key in (left, right):
        if key not in rows:
            return f"there is no legacy row {key}; `personas review list` names those that wait"
        if rows[key].is_deleted and not present:
            return f"{key} is deleted at the source, so there is nothing to decide of it; leave it"
    if not replace:
        for number, old in present:
            return f"{_told(number, old)}; {_renewal(old, new)}"
    others = [(number, old) for number, old in file.decided() if old.pair != new.pair]
    return _tenants(new, rows) or _contradiction(new, others, rows)


def problems(file: DecisionsFile, rows: Rows) -> list[tuple[int, str]]:
    """Line number and what is wrong with each line at which the build will be red."""
    decided = list(file.decided())
    verdicts: dict[Pair, dict[str, int]] = {}
    for number, old in decided:
        verdicts.setdefault(old.pair, {})[old.verdict] = number
    found = {
        number: problem for number, old in decided if (problem := _problem(old, verdicts[old.pair], rows))
    }
    ties = _ties(decided, rows)
    for number, old in decided:
        if number not in found and old.verdict == "different":
            way = ties.reached(old.left_key).get(old.right_key)
            if way is not None:
                found[number] = f"decided different, but {_by(way)} the two are one"
        if number not in found and old.verdict == "same":
            tenants = {rows[key].tenant_id for key in ties.reached(old.left_key) if key in rows} - {None}
            if len(tenants) > 1:
                found[number] = "it is part of a chain that ties rows of two tenants, which never merge"
    return sorted(found.items())


def settled_by(file: DecisionsFile, rows: Rows) -> "Settled":
    """What the file says, also of pairs that it does not name."""

    def persona(key: str) -> str:
        return (rows[key].persona_id if key in rows else None) or key

    decided = [old for _, old in file.decided()]
    parents: dict[str, str] = {}
    for old in decided:
        left, right = _root(parents, persona(old.left_key)), _root(parents, persona(old.right_key))
        if old.verdict == "same" and left != right:
            parents[right] = left
    apart = (
        frozenset(_root(parents, persona(key)) for key in (old.left_key, old.right_key))
        for old in decided
        if old.verdict == "different"
    )
    return Settled(frozenset(old.pair for old in decided), parents, frozenset(apart))


def _root(parents: Mapping[str, str], persona: str) -> str:
    while persona in parents:
        persona = parents[persona]
    return persona


@dataclass(frozen=True)
class Settled:
    """Pairs that are decided, personas that are tied (child → parent), roots of them that are kept apart."""

    pairs: frozenset[Pair]
    parents: Mapping[str, str]
    apart: frozenset[frozenset[str]]

    def covers(self, keys: Iterable[str], personas: Iterable[str]) -> bool:
        """Whether nothing is left to decide of a pair, of these rows and of these personas."""
        roots = frozenset(_root(self.parents, persona) for persona in personas)
        return frozenset(keys) in self.pairs or len(roots) == 1 or roots in self.apart


def iso_time(text: str) -> datetime | None:
    """The moment that a date or time in ISO 8601 tells, in UTC where it names no zone; None if it is none."""
    if not _ISO_TIME.fullmatch(text.strip()):
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# --- one decision -----------------------------------------------------------------------------------------


def _told(number: int, old: Decision) -> str:
    who = ", ".join(filter(None, (old.decided_by, old.decided_at)))
    said = f"{visible(old.verdict) or 'nothing'}{f' ({visible(who)})' if who else ''}"
    return f"line {number} of {PLACE} decides this pair already: {said}"


def _renewal(old: Decision, new: Decision) -> str:
    if old.verdict == new.verdict:
        return "--replace renews it"
    return f"--replace puts {new.verdict} in its place, `personas review undo` takes it out"


def _tenants(new: Decision, rows: Rows) -> str | None:
    left, right = rows[new.left_key].tenant_id, rows[new.right_key].tenant_id
    if new.verdict == "different" or left is None or right is None or left == right:
        return None
    return (
        f"{new.left_key} is tenant {left}'s and {new.right_key} tenant {right}'s, and two tenants never "
        "merge; they can only be different"
    )


def _contradiction(new: Decision, others: Sequence[Numbered], rows: Rows) -> str | None:
    ties = _ties(others, rows, new)
    from_left, from_right = ties.reached(new.left_key), ties.reached(new.right_key)
    if new.verdict == "different":
        way = from_left.get(new.right_key)
        if way is None:
            return None
        return f"{_by(way)} the two are one already; `personas review undo` takes such a line out"
    for number, old in others:
        for one, other in ((old.left_key, old.right_key), (old.right_key, old.left_key)):
            if old.verdict == "different" and one in from_left and other in from_right:
                way = [*from_left[one], *from_right[other]]
                return (
                    f"line {number} of {PLACE} says that {one} and {other} are different, and this would "
                    f"make them one, {_by(way)}; `personas review undo {one} {other}` takes that line out"
                )
    for one, to_one in from_left.items():
        for other, to_other in from_right.items():
            tenants = [rows[key].tenant_id if key in rows else None for key in (one, other)]
            if None not in tenants and tenants[0] != tenants[1]:
                return (
                    f"this would make {one} of tenant {tenants[0]} and {other} of tenant {tenants[1]} one, "
                    f"{_by([*to_one, *to_other])}, and two tenants never merge; `personas review undo` takes "
                    "such a line out"
                )
    return None


def _by(lines: Iterable[int]) -> str:
    numbers = sorted(set(lines))
    if not numbers:
        return "by their equal values"
    return f"by line{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))} of {PLACE}"


# --- all of them ------------------------------------------------------------------------------------------


def _problem(old: Decision, verdicts: Mapping[str, int], rows: Rows) -> str | None:
    """What is wrong with a line by itself, or with its pair, of which `verdicts` are the lines."""
    if old.verdict not in VERDICTS:
        return f"the verdict {visible(old.verdict) or '(blank)'} is neither same nor different"
    for key in (old.left_key, old.right_key):
        if key not in rows:
            return f"there is no legacy row {visible(key)}"
    if old.left_key == old.right_key:
        return "a row with itself is no pair"
    if not old.decided_by.strip() or not old.reason.strip():
        return "it does not say who decided, or why"
    if old.decided_at.strip() and iso_time(old.decided_at) is None:
        return (
            f"decided_at is {visible(old.decided_at)}, which is no date in ISO 8601, such as 2026-11-29 or "
            "2026-11-29T10:00:00Z"
        )
    for verdict in VERDICTS:
        if verdict != old.verdict and verdict in verdicts:
            return f"line {verdicts[verdict]} says the contrary of the same pair"
    if _tenants(old, rows):
        return "its rows are two tenants', which never merge"
    for key in (old.left_key, old.right_key):
        gone = rows[key].deleted_at
        if gone and (iso_time(old.decided_at) or _NEVER) < datetime.fromisoformat(gone):
            return (
                f"since {gone} there is no legacy row {key}; the decision still counts. "
                "`personas review undo` takes it out, `decide … --replace` confirms it"
            )
    return None


def _ties(decided: Sequence[Numbered], rows: Rows, new: Decision | None = None) -> _Ties:
    """The ties that the build will make of these lines, unusable ones aside, before a new one ties."""
    ties = _Ties()
    usable = [
        (number, old)
        for number, old in decided
        if old.verdict in VERDICTS and old.left_key in rows and old.right_key in rows
    ]
    disputing = [old for _, old in usable] + ([new] if new else [])
    # Equal rows that a line keeps apart prove nothing for the others of their group either.
    disputed = {
        rows[old.left_key].equals
        for old in disputing
        if old.verdict == "different" and rows[old.left_key].equals == rows[old.right_key].equals
    }
    named = {key for old in disputing for key in (old.left_key, old.right_key)}
    for key in sorted(named):
        leader = rows[key].equals
        if leader and leader != key and leader not in disputed:
            ties.tie(0, key, leader)
    for number, old in usable:
        if old.verdict == "same" and not _tenants(old, rows):
            ties.tie(number, old.left_key, old.right_key)
    return ties
