"""Runs the checks: on one given connection, or on several that share one snapshot. Reads only."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
from psycopg import sql

from personas.connection import address, connect
from personas.proof import last_build
from personas.proof.checks import CHECKS, Check
from personas.proof.hidden_rows import hidden_rows
from personas.proof.places import Places, in_database, names_in_sql
from personas.proof.shares import EVERYTHING, bounds_of, conditions
from personas.proof.verdict import Build, Finding, Status, Verdict, first_and_how_many

Connection = psycopg.Connection[Any]
Names = Mapping[str, sql.Composable]
Queries = Mapping[str, Sequence[sql.Composed]]
Progress = Callable[[str], None]

EXAMPLES = 20
_TEXT_LIMIT = 300
_QUIET_SECONDS = 5.0

# Beside those of every session of ours.
# Whoever waits for a lock is told so: something else is at work on the tables.
_SETTINGS: Mapping[str, str] = {
    "work_mem": "128MB",
    # What is proved was just built, or is in use: mostly in memory, where an index costs little.
    "random_page_cost": "1.1",
    "jit": "off",
    "lock_timeout": "60s",
}
_NOT_AS_BUILT = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.WrongObjectType,
)


@dataclass
class _Tally:
    """What has been found of one check so far."""

    sums: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    fault: psycopg.Error | None = None


@contextmanager
def one_snapshot(count: int) -> Iterator[list[Connection]]:
    """Opens `count` read-only connections, or fewer where the server cannot share, that see one moment."""
    connections: list[Connection] = []
    try:
        for _ in range(count):
            connection: Connection = connect()
            connections.append(connection)
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connections if _share(connections) else connections[:1]
    finally:
        for connection in connections:
            connection.close()


def _share(connections: Sequence[Connection]) -> bool:
    """Begins a transaction on each, with the snapshot of the first."""
    first, *others = connections
    try:
        ((snapshot,),) = first.execute("select pg_export_snapshot()").fetchall()
    except psycopg.errors.DatabaseError:
        first.rollback()
        first.execute("select 1")
        return False
    for connection in others:
        connection.execute(sql.SQL("set transaction snapshot {}").format(sql.Literal(snapshot)))
    return True


def run_checks(
    connections: Sequence[Connection],
    places: Places,
    root: Path | None = None,
    checks: Sequence[Check] = CHECKS,
    progress: Progress = lambda line: None,
) -> Verdict:
    """Runs the checks and `last_build`, on connections in open transactions, which stay as they are.

    `root` is the project on disk, None where there is none. Only counts and the first offenders reach memory.
    A verdict comes back whatever the checks meet; only where they cannot begin, psycopg.Error is raised.
    """
    first = connections[0]
    with aside(first):
        ((now, role),) = first.execute("select now(), current_user").fetchall()
        blank = Verdict((), now, address(first), role, places.marts)
        if not in_database(first, places.marts, ["personas"]) and not in_database(
            first, places.audit, [*(check.relation for check in checks), last_build.RELATION]
        ):
            nothing = f"nothing is built in schema {places.marts} of {blank.database}: run personas build"
            return replace(blank, obstacle=nothing)
        hidden = hidden_rows(first, places, [check.relation for check in checks])
        if hidden:
            return replace(blank, obstacle="; ".join(hidden))
        names = names_in_sql(first, places)
        queries = {check.name: _queries_of(first, check, places, names) for check in checks}

    tallies = _count(connections, checks, queries, progress)
    findings = [_finding(first, check, tallies[check.name], places, names) for check in checks]
    age, build = _age_of_evidence(first, places, names, root)
    return Verdict((*findings, age), now, blank.database, role, places.marts, build)


def cannot_tell(reason: str, places: Places) -> Verdict:
    """The verdict where not even a connection was to be had."""
    return Verdict((), datetime.now(UTC), "", "", places.marts, obstacle=reason)


def one_line(error: BaseException) -> str:
    """The message of an error, without the statement that failed."""
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return " ".join(error.diag.message_primary.split())
    return " ".join(str(error).split()) or type(error).__name__


@contextmanager
def aside(connection: Connection) -> Iterator[None]:
    """A savepoint that is taken back: settings, locks and errors do not outlive what is done in it."""
    with connection.transaction(force_rollback=True):
        for name, value in _SETTINGS.items():
            connection.execute("select set_config(%s, %s, true)", [name, value])
        yield


def _count(
    connections: Sequence[Connection], checks: Sequence[Check], queries: Queries, progress: Progress
) -> dict[str, _Tally]:
    """Runs every part of every check, as many at a time as there are connections."""
    tallies = {check.name: _Tally() for check in checks}
    work: SimpleQueue[tuple[Check, sql.Composed]] = SimpleQueue()
    # The round trip, of which there are many small parts, comes last and fills the gaps.
    for check in reversed(checks):
        for query in queries[check.name]:
            work.put((check, query))
    running: dict[int, str] = {}

    def serve(number: int, connection: Connection) -> None:
        while True:
            try:
                check, query = work.get_nowait()
            except Empty:
                return
            running[number] = check.name
            _run_part(connection, query, tallies[check.name])
            del running[number]

    threads = [
        threading.Thread(target=serve, args=(number, connection), daemon=True)
        for number, connection in enumerate(connections)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(_QUIET_SECONDS)
            if thread.is_alive():
                at_work = ", ".join(sorted(set(running.copy().values())))
                seconds = time.monotonic() - began
                progress(f"{seconds:.0f} s: checking {at_work}; {work.qsize()} parts to come")
    return tallies


def _queries_of(connection: Connection, check: Check, places: Places, names: Names) -> list[sql.Composed]:
    """The queries of a check's parts, one for each share of the ids where a part is shared out."""
    queries = []
    for part in check.parts:
        bounds = bounds_of(connection, places, part.table, part.share_rows) if part.table else []
        for condition in conditions("id", bounds):
            queries.append(sql.SQL(part.query).format(**names, id_in_share=condition))
    return queries


def _run_part(connection: Connection, query: sql.Composed, tally: _Tally) -> None:
    began = time.monotonic()
    try:
        with aside(connection):
            cursor = connection.execute(query)
            ((*counts,),) = cursor.fetchall()
            sums = dict(zip((column.name for column in cursor.description or ()), counts, strict=True))
        tally.sums.update({name: int(count) for name, count in sums.items()})
    except psycopg.Error as error:
        tally.fault = tally.fault or error
    tally.seconds += time.monotonic() - began


def _finding(connection: Connection, check: Check, tally: _Tally, places: Places, names: Names) -> Finding:
    """Puts what was counted into words, and fetches the first offenders."""
    relation = f"{places.audit}.{check.relation}"
    query = ";\n".join(
        sql.SQL(part.query).format(**names, **EVERYTHING).as_string(connection) for part in check.parts
    )
    problems = tally.sums["problems"]
    if problems == 0 and tally.fault is None:
        # Counting needs no column: a view of another shape could count as nothing wrong.
        tally.fault = _fault_of_shape(connection, sql.SQL(check.offenders).format(**names))
    figures = {name: f"{count:,}" for name, count in tally.sums.items()}
    if problems == 0 and tally.fault is not None:
        status, figure = _meaning(tally.fault, connection, places, check.relation)
        return Finding(check.name, check.law, relation, status, figure, tally.seconds, query)
    if problems == 0:
        figure = check.green.format(**figures)
        return Finding(
            check.name, check.law, relation, Status.GREEN, figure, tally.seconds, query, sums=dict(tally.sums)
        )
    columns, rows = _offenders(connection, sql.SQL(check.offenders).format(**names))
    # Where a part failed, the figures are not whole; the problems that were found stand all the same.
    figure = check.red.format_map(_Partial(figures))
    return Finding(
        check.name,
        check.law,
        relation,
        Status.RED,
        figure,
        tally.seconds,
        query,
        columns,
        rows,
        problems,
        dict(tally.sums),
    )


def _fault_of_shape(connection: Connection, offenders: sql.Composed) -> psycopg.Error | None:
    try:
        with aside(connection):
            connection.execute(sql.SQL("select * from ({}) as offender limit 0").format(offenders))
    except psycopg.Error as error:
        return error
    return None


class _Partial(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def _meaning(
    error: psycopg.Error, connection: Connection, places: Places, relation: str
) -> tuple[Status, str]:
    """Red where the relation is not what a build leaves, else unknown, with the reason."""
    if not isinstance(error, _NOT_AS_BUILT):
        return Status.UNKNOWN, f"could not be checked: {one_line(error)}"
    name = f"{places.audit}.{relation}"
    try:
        with aside(connection):
            is_there = bool(in_database(connection, places.audit, [relation]))
    except psycopg.Error as lost:
        return Status.UNKNOWN, f"could not be checked: {one_line(lost)}"
    wrong = f"is not as a build leaves it ({one_line(error)})" if is_there else "is missing"
    return Status.RED, f"relation {name} {wrong}: run personas build"


def _offenders(
    connection: Connection, query: sql.Composed
) -> tuple[tuple[str, ...], tuple[tuple[str | None, ...], ...]]:
    """The first rows, every value as a text of bearable length; none where they cannot be had."""
    try:
        with aside(connection):
            limited = sql.SQL("{} limit {}").format(query, sql.Literal(EXAMPLES))
            named = connection.execute(sql.SQL("select * from ({}) as offender limit 0").format(limited))
            columns = tuple(column.name for column in named.description or ())
            texts = sql.SQL(", ").join(
                sql.SQL("left({}::text, {})").format(sql.Identifier(name), sql.Literal(_TEXT_LIMIT))
                for name in columns
            )
            listed = sql.SQL("select {} from ({}) as offender").format(texts, limited)
            rows = connection.execute(listed).fetchall()
        return columns, tuple(rows)
    except psycopg.Error:
        return (), ()


def _age_of_evidence(
    connection: Connection, places: Places, names: Names, root: Path | None
) -> tuple[Finding, Build | None]:
    began = time.monotonic()
    relation = f"{places.audit}.{last_build.RELATION}"
    query = sql.SQL(last_build.RECORDED).format(**names).as_string(connection)

    def finding(status: Status, figure: str, problems: tuple[str, ...] = ()) -> Finding:
        return Finding(
            last_build.NAME,
            last_build.LAW,
            relation,
            status,
            figure,
            time.monotonic() - began,
            query,
            ("problem",) if problems else (),
            tuple((problem,) for problem in problems),
            len(problems),
        )

    try:
        with aside(connection):
            judgement = last_build.judge(connection, places, names, root)
    except psycopg.Error as error:
        return finding(*_meaning(error, connection, places, last_build.RELATION)), None
    if judgement.problems:
        figure = first_and_how_many(judgement.problems)
        return finding(Status.RED, figure, judgement.problems), judgement.build
    return finding(Status.GREEN, judgement.figure), judgement.build
