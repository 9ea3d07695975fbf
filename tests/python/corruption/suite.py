"""Does a corruption to a built database, asks the checks, and takes it back."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from corruption.corruption import Corruption
from personas.proof.places import Places
from personas.proof.verdict import Finding, Status, Verdict
from personas.proof.verify import run_checks

Connection = psycopg.Connection[Any]

_HERE = Path(__file__).parent
_CHOOSE = """\
create temporary table victim as
select * from ({victims}) as candidate
order by md5(candidate::text || {seed}) limit 1"""


@dataclass(frozen=True)
class Outcome:
    """What the checks said of a corruption; `fault` is why it was not caught, if it was not."""

    corruption: Corruption
    findings: Mapping[str, Finding]
    fault: str

    @property
    def red(self) -> tuple[str, ...]:
        """The names of the red checks."""
        return tuple(name for name, found in self.findings.items() if found.status == Status.RED)


@contextmanager
def prepared(connection: Connection) -> Iterator[Connection]:
    """The connection, with the tools of the corruptions, until the end of its session."""
    connection.execute("set time zone 'UTC'")
    connection.execute((_HERE / "tools.sql").read_text())
    connection.commit()
    yield connection


def try_out(connection: Connection, corruption: Corruption, seed: int) -> Outcome:
    """Corrupts, checks, and rolls back."""
    try:
        corrupt(connection, corruption, seed)
        return _judged(corruption, run_checks([connection], Places()))
    except (psycopg.Error, LookupError) as error:
        return Outcome(corruption, {}, f"could not be done: {error}".strip())
    finally:
        connection.rollback()


def corrupt(connection: Connection, corruption: Corruption, seed: int) -> None:
    """Does the damage in the open transaction. Raises LookupError where there is nothing to damage."""
    # Neither foreign keys nor triggers stand in the way, as in a restore.
    connection.execute("set local session_replication_role = replica")
    choose = sql.SQL(_CHOOSE).format(victims=sql.SQL(corruption.victims), seed=str(seed))
    if connection.execute(choose).rowcount == 0:
        raise LookupError("no row to corrupt")
    _execute_all(connection, corruption.sql)
    if corruption.hidden:
        connection.execute((_HERE / "hide.sql").read_text())


def _execute_all(connection: Connection, statements: str) -> None:
    """Runs the statements, which must change something."""
    cursor = connection.execute(statements)
    changed = []
    while True:
        if (cursor.statusmessage or "").startswith(("INSERT", "UPDATE", "DELETE")):
            changed.append(cursor.rowcount)
        if not cursor.nextset():
            break
    if changed and not any(changed):
        raise LookupError("nothing was changed")


def _judged(corruption: Corruption, verdict: Verdict) -> Outcome:
    findings = {finding.name: finding for finding in verdict.findings}
    red = {name for name, found in findings.items() if found.status == Status.RED}
    silent = [name for name in corruption.red if name not in red]
    said = _words(findings[name] for name in corruption.red if name in findings)
    if verdict.obstacle:
        fault = verdict.obstacle
    elif silent:
        fault = f"{', '.join(silent)} not red"
    elif corruption.says not in said:
        fault = f"not said: {corruption.says}"
    elif corruption.hidden and "round_trip" in red:
        fault = "not hidden from the round trip"
    elif not corruption.red and red:
        fault = "red without a cause"
    else:
        fault = ""
    return Outcome(corruption, findings, fault)


def _words(findings: Iterable[Finding]) -> str:
    lines = (" ".join(map(str, row)) for finding in findings for row in (*finding.rows, (finding.figure,)))
    return "\n".join(lines)
