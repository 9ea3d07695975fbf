"""`seeds/match_decisions.csv` as bytes: lines are added, replaced or taken out, and no other byte changes.

Read as dbt reads it (agate: UTF-8, a byte order mark or none, any line ends, `null` and blanks are no value),
but strictly: what dbt would fill up or guess is an error here.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass

from personas.errors import PersonasError
from personas.review.rows import Pair
from personas.review.text import visible

PLACE = "seeds/match_decisions.csv"
COLUMNS = (
    "left_table",
    "left_id",
    "right_table",
    "right_id",
    "verdict",
    "decided_by",
    "decided_at",
    "reason",
)
VERDICTS = ("same", "different")

# Control characters but tab and newline, what turns text around, line separators, halves of characters.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PHYSICAL_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


class BrokenFileError(PersonasError):
    """The file is no list of decisions; nothing was written."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"{PLACE}, line {line}: {what}; nothing was changed, mend the line first")


@dataclass(frozen=True)
class Decision:
    """The fields of one line; what is blank is ''."""

    left_table: str
    left_id: str
    right_table: str
    right_id: str
    verdict: str
    decided_by: str
    decided_at: str
    reason: str

    @property
    def left_key(self) -> str:
        """The one row as the build reads it."""
        return f"{self.left_table}:{self.left_id.strip(' ').lower()}"

    @property
    def right_key(self) -> str:
        """The other row as the build reads it."""
        return f"{self.right_table}:{self.right_id.strip(' ').lower()}"

    @property
    def pair(self) -> Pair:
        """The two rows, as whoever wrote them meant them."""
        left = f"{self.left_table.strip()}:{self.left_id.strip()}"
        right = f"{self.right_table.strip()}:{self.right_id.strip()}"
        return frozenset((left.lower(), right.lower()))


@dataclass(frozen=True)
class Line:
    """A decision (a blank line has none), all of its bytes, and the number of its first line."""

    number: int
    raw: bytes
    decision: Decision | None


@dataclass(frozen=True)
class DecisionsFile:
    """The whole file: `head` (byte order mark and header) and lines."""

    head: bytes
    lines: tuple[Line, ...]

    @property
    def newline(self) -> bytes:
        """How lines end here, by the header's."""
        ending = re.search(rb"(?:\r\n|\r|\n)\Z", self.head)
        return ending.group() if ending else b"\n"

    def decided(self) -> Iterator[tuple[int, Decision]]:
        """Line numbers and decisions."""
        return ((line.number, line.decision) for line in self.lines if line.decision)

    def lines_of(self, pair: Pair) -> list[tuple[int, Decision]]:
        """The lines that decide a pair."""
        return [(number, decision) for number, decision in self.decided() if decision.pair == pair]

    def with_decision(self, decision: Decision) -> bytes:
        """The bytes with a decision: in the place of its pair's line, if there is one, else at the end."""
        new = encoded(decision, self.newline)
        raws: list[bytes] = []
        for line in self.lines:
            if line.decision is None or line.decision.pair != decision.pair:
                raws.append(line.raw)
            elif new not in raws:
                raws.append(new)
        if new in raws:
            return self.head + b"".join(raws)
        before = self.head + b"".join(raws)
        return before + (b"" if before.endswith((b"\n", b"\r")) else self.newline) + new

    def without(self, pair: Pair) -> bytes:
        """The bytes without the lines of a pair."""
        kept = (line.raw for line in self.lines if line.decision is None or line.decision.pair != pair)
        return self.head + b"".join(kept)


def encoded(decision: Decision, newline: bytes) -> bytes:
    """A decision as a line."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(astuple(decision))
    return text.getvalue().encode().replace(b"\n", newline)


EMPTY = DecisionsFile(",".join(COLUMNS).encode() + b"\n", ())
"""What a file that is not there yet begins with."""


def parse(content: bytes | None) -> DecisionsFile:
    """The file; None stands for one that is not there.

    Raises BrokenFileError: it is not UTF-8, has another header, or a line has too many or too few fields or
    quotes that do not match.
    """
    if content is None:
        return EMPTY
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    records = _records(content[len(mark) :])
    _, header, names = next(records, (1, b"", []))
    if tuple(names) != COLUMNS:
        raise BrokenFileError(1, f"the header is not {','.join(COLUMNS)}")
    lines = tuple(Line(number, raw, _decision(number, fields)) for number, raw, fields in records)
    return DecisionsFile(mark + header, lines)


def _records(body: bytes) -> Iterator[tuple[int, bytes, list[str]]]:
    """Line number, bytes and fields of each record; the fields of a blank line are []."""
    physical = _PHYSICAL_LINE.findall(body)
    reader = csv.reader((_text(number, raw) for number, raw in enumerate(physical, start=1)), strict=True)
    done = 0
    while done < len(physical):
        try:
            fields = next(reader)
        except csv.Error as error:
            raise BrokenFileError(done + 1, f"its quotes do not match ({error})") from error
        yield done + 1, b"".join(physical[done : reader.line_num]), fields
        done = reader.line_num


def _text(number: int, raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise BrokenFileError(number, "it is not UTF-8") from error
    if "\0" in text:
        raise BrokenFileError(number, "it holds a null character")
    stripped = text.rstrip("\r\n")
    return stripped if stripped == text else f"{stripped}\n"


def _decision(number: int, fields: list[str]) -> Decision | None:
    if not fields:
        return None
    if len(fields) != len(COLUMNS):
        raise BrokenFileError(number, f"it has {len(fields)} fields, not {len(COLUMNS)}")
    values = ["" if field.strip().lower() in ("", "null") else field for field in fields]
    return Decision(*values) if any(values) else None


def checked_text(text: str, what: str) -> str:
    """A name or reason as it can be written: trimmed, lines parted by \\n alone.

    Raises PersonasError: it is blank, the build would read it as blank, or it holds control characters.
    """
    clean = re.sub(r"\r\n?", "\n", text.strip())
    if clean.lower() in ("", "null"):
        raise PersonasError(
            f"the {what} is {'blank' if not clean else 'read as blank'}; the build asks for one"
        )
    if _STEERING.search(clean):
        raise PersonasError(f"the {what} holds control characters: {visible(clean)}; leave them out")
    return clean
