"""What came out: the findings of the checks, and the one word that they add up to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """What one check found."""

    GREEN = "green"
    RED = "red"
    UNKNOWN = "unknown"

    @property
    def weight(self) -> int:
        """Where it stands in a list that has the worst first."""
        return (Status.RED, Status.UNKNOWN, Status.GREEN).index(self)


class Word(StrEnum):
    """The verdict."""

    GO = "GO"
    NO_GO = "NO-GO"
    CANNOT_TELL = "CANNOT TELL"


EXIT_CODES: Mapping[Word, int] = {Word.GO: 0, Word.NO_GO: 1, Word.CANNOT_TELL: 2}


@dataclass(frozen=True)
class Finding:
    """What a check found.

    `figure` is one line; `rows` are the first offenders, as texts in the order of `columns`.
    """

    name: str
    law: str
    relation: str
    status: Status
    figure: str
    seconds: float
    query: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    problems: int = 0
    sums: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Build:
    """The last full build; see `audit_builds`."""

    invocation_id: str
    started_at: datetime
    finished_at: datetime | None
    models_ok: int | None
    tests_passed: int | None
    tests_failed: int | None
    errors: int | None
    valid_until: datetime | None


@dataclass(frozen=True)
class Verdict:
    """All findings, on which database and when (UTC)."""

    findings: tuple[Finding, ...]
    checked_at: datetime
    database: str
    role: str
    schema: str
    build: Build | None = None
    obstacle: str = ""

    @property
    def word(self) -> Word:
        """Red wins over unknown: what is known to be wrong stays wrong."""
        if self.obstacle:
            return Word.CANNOT_TELL
        found = {finding.status for finding in self.findings}
        if Status.RED in found:
            return Word.NO_GO
        return Word.GO if found == {Status.GREEN} else Word.CANNOT_TELL

    @property
    def reason(self) -> str:
        """Why, in one line."""
        if self.obstacle:
            return self.obstacle
        wanted = {Word.NO_GO: Status.RED, Word.CANNOT_TELL: Status.UNKNOWN}.get(self.word)
        if wanted is None:
            until = self.build.valid_until if self.build else None
            return f"all {len(self.findings)} checks hold" + (
                f", until {until:%Y-%m-%d %H:%M} UTC" if until else ""
            )
        return first_and_how_many([f"{f.name}: {f.figure}" for f in self.findings if f.status == wanted])

    @property
    def exit_code(self) -> int:
        """0 GO, 1 NO-GO, 2 cannot tell."""
        return EXIT_CODES[self.word]

    def is_of(self, invocation_id: str) -> bool:
        """Whether the evidence is that of this very build."""
        return self.build is not None and self.build.invocation_id == invocation_id

    def as_json(self) -> dict[str, Any]:
        """For machines; `docs/verify.md` lists the keys."""
        build = None
        if self.build is not None:
            build = {**vars(self.build), **_times(self.build)}
        return {
            "verdict": str(self.word),
            "exit_code": self.exit_code,
            "reason": self.reason,
            "checked_at": self.checked_at.isoformat(),
            "database": self.database,
            "role": self.role,
            "schema": self.schema,
            "build": build,
            "checks": [
                {**vars(finding), "status": str(finding.status), "sums": dict(finding.sums)}
                for finding in self.findings
            ],
        }


def _times(build: Build) -> dict[str, str | None]:
    times = {
        "started_at": build.started_at,
        "finished_at": build.finished_at,
        "valid_until": build.valid_until,
    }
    return {name: time.isoformat() if time else None for name, time in times.items()}


def first_and_how_many(reasons: Sequence[str]) -> str:
    """The first of them, and how many there are besides."""
    return f"{reasons[0]}; and {len(reasons) - 1} more" if len(reasons) > 1 else "".join(reasons)
