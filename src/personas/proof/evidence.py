"""What the page shows besides the checks, of the same snapshot: counts, and the first rows, never all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import psycopg
from psycopg import sql

from personas.proof import review_queue
from personas.proof.json_text import VALUE_LIMIT, as_json, as_text, parsed
from personas.proof.places import OLD_TABLES, Places, in_database
from personas.proof.review_queue import Queue
from personas.proof.verdict import Build, Verdict
from personas.proof.verify import aside, one_line
from personas.summary import FAILURES, read_artifact

Connection = psycopg.Connection[Any]
T = TypeVar("T")

TENANTS_SHOWN = 50
MERGES_SHOWN = 50
REVIEWS_SHOWN = 100
FAILURES_SHOWN = 50
HIGH_VALUE_TIER = 1
_TEXT_LIMIT = 200


@dataclass(frozen=True)
class Section(Generic[T]):
    """A part of the page, or why it could not be read."""

    value: T | None = None
    fault: str = ""


@dataclass(frozen=True)
class Flow:
    """Rows by stage: relation → rows."""

    old: Mapping[str, int]
    new: Mapping[str, int]
    merged_away: int
    deleted_at_source: int
    living: int
    soft_deleted: int


@dataclass(frozen=True)
class Account:
    """One line of the row accounting."""

    source_table: str
    tenant_id: str | None
    legacy_rows: int
    mapped_rows: int
    deleted_rows: int
    personas: int
    merged_rows: int
    problem: str | None


@dataclass(frozen=True)
class Column:
    """Where a legacy column goes."""

    source_table: str
    position: int | None
    name: str
    data_type: str | None
    goes_to: str | None
    how: str | None
    problem: str | None


@dataclass(frozen=True)
class Difference:
    """How often the values of a column are shown otherwise for one reason, with one example."""

    column: str
    count: int
    source_table: str
    source_id: str
    old_value: str | None
    shown_value: str | None


@dataclass(frozen=True)
class Reason:
    """All differences with one reason; columns with the most first."""

    name: str
    count: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Member:
    """A legacy row of a merged persona."""

    source_table: str
    source_id: str
    rule: str
    is_deleted: bool


@dataclass(frozen=True)
class Merge:
    """A persona that several legacy rows became."""

    persona_id: str
    name: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Merges:
    """How many personas are merged, the first of them, and what people decided (verdict → decisions)."""

    count: int
    shown: tuple[Merge, ...]
    decisions: Mapping[str, int]


@dataclass(frozen=True)
class TestRun:
    """What became of the tests of the last full build; `source` says how that is known."""

    source: str
    passed: int
    failed: int
    errors: int
    failures: tuple[tuple[str, str, str | None], ...] = ()
    duration: float | None = None


@dataclass(frozen=True)
class Value:
    """A column of a legacy row beside what the persona shows for it."""

    column: str
    old: str | None
    shown: str | None
    reason: str | None
    differs: bool


@dataclass(frozen=True)
class OldRow:
    """A legacy row of a persona under review."""

    source_table: str
    source_id: str
    rule: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Review:
    """A high-value persona, old beside new."""

    persona_id: str
    name: str
    facts: tuple[str, ...]
    rows: tuple[OldRow, ...]


@dataclass(frozen=True)
class Reviews:
    """How many there are in all, and the first of them."""

    count: int
    shown: tuple[Review, ...]


@dataclass(frozen=True)
class Evidence:
    """Everything that the page shows besides the checks."""

    flow: Section[Flow] = field(default_factory=Section)
    accounts: Section[list[Account]] = field(default_factory=Section)
    columns: Section[list[Column]] = field(default_factory=Section)
    reasons: Section[list[Reason]] = field(default_factory=Section)
    merges: Section[Merges] = field(default_factory=Section)
    queue: Section[Queue | None] = field(default_factory=Section)
    tests: TestRun | None = None
    reviews: Section[Reviews] = field(default_factory=Section)


def collect(connection: Connection, places: Places, root: Path | None, verdict: Verdict) -> Evidence:
    """Reads all sections; one that cannot be read says so, and leaves the others alone."""
    reader = _Reader(connection, places)
    return Evidence(
        flow=reader.section(reader.flow),
        accounts=reader.section(reader.accounts),
        columns=reader.section(reader.columns),
        reasons=reader.section(reader.reasons),
        merges=reader.section(reader.merges),
        queue=reader.section(lambda: review_queue.read(connection, places)),
        tests=outcome_of_tests(read_artifact(root, "run_results.json") if root else {}, verdict.build),
        reviews=reader.section(reader.reviews),
    )


def outcome_of_tests(run_results: Mapping[str, Any], build: Build | None) -> TestRun | None:
    """From dbt's artifacts, if they are those of the last full build, else from what that recorded."""
    if build is None:
        return None
    if run_results.get("metadata", {}).get("invocation_id") != build.invocation_id:
        source = (
            "counted by the build itself; target/run_results.json is not there or of another run, "
            "so the tests cannot be listed"
        )
        return TestRun(source, build.tests_passed or 0, build.tests_failed or 0, build.errors or 0)
    tests = [
        result
        for result in run_results.get("results", [])
        if str(result.get("unique_id", "")).startswith(("test.", "unit_test."))
    ]
    failed = [result for result in tests if result.get("status") in (*FAILURES, "skipped")]
    listed = tuple(
        (str(result["unique_id"]).split(".")[2], _flat(result.get("message")), result.get("relation_name"))
        for result in failed[:FAILURES_SHOWN]
    )
    counts = {
        status: sum(result.get("status") == status for result in tests) for status in ("pass", "warn", "fail")
    }
    return TestRun(
        "target/run_results.json of that build",
        counts["pass"] + counts["warn"],
        counts["fail"],
        len(failed) - counts["fail"],
        listed,
        run_results.get("elapsed_time"),
    )


def _flat(text: object) -> str:
    return " ".join(str(text or "").split())[:VALUE_LIMIT]


class _Reader:
    """Reads the sections on one connection, each behind a savepoint."""

    def __init__(self, connection: Connection, places: Places) -> None:
        self._connection = connection
        self._places = places

    def section(self, read: Callable[[], T]) -> Section[T]:
        try:
            with aside(self._connection):
                return Section(read())
        except psycopg.Error as error:
            return Section(fault=one_line(error))

    def _rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        # Without parameters, psycopg takes no percent sign for one.
        composed = sql.SQL(query).format(**self._places.names())
        return self._connection.execute(composed, parameters or None).fetchall()

    def _count(self, schema: str, relation: str) -> int:
        counted = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, relation))
        ((count,),) = self._connection.execute(counted).fetchall()
        return int(count)

    def flow(self) -> Flow:
        places = self._places
        old = {
            name: self._count(places.old, name)
            for name in in_database(self._connection, places.old, OLD_TABLES)
        }
        marts = (
            *("personas", "persona_source_mapping", "persona_link_source_mapping"),
            *("persona_industry_mapping", "persona_role_mapping", "persona_jtbd_mapping"),
        )
        new = {name: self._count(places.marts, name) for name in marts}
        ((soft_deleted, living),) = self._rows(
            "select count(deleted_at), count(*) - count(deleted_at) from {marts}.personas"
        )
        ((merged_away, deleted),) = self._rows(
            "select count(*) - count(distinct persona_id), count(source_deleted_at)"
            " from {marts}.persona_source_mapping"
        )
        return Flow(
            {name: old.get(name, 0) for name in OLD_TABLES}, new, merged_away, deleted, living, soft_deleted
        )

    def accounts(self) -> list[Account]:
        rows = self._rows(
            "select source_table, tenant_id::text, legacy_rows, mapped_rows, deleted_rows, personas,"
            " merged_rows, problem from {audit}.audit_row_accounting"
            " order by problem is null, source_table, legacy_rows desc, tenant_id limit %s",
            TENANTS_SHOWN,
        )
        return [Account(*row) for row in rows]

    def columns(self) -> list[Column]:
        rows = self._rows(
            "select source_table, position, column_name, data_type, goes_to, how, problem"
            " from {audit}.audit_column_coverage order by"
            " array_position(array['dh_personas', 'org_personas'], source_table), source_table, position"
            " limit 1000"
        )
        return [Column(*row) for row in rows]

    def reasons(self) -> list[Reason]:
        # Where only quotes tell the one value from the other (JSON within a string), they are shown.
        rows = self._rows(
            "select reason, column_name, count(*), min(array[source_table, source_id::text,"
            " left(case when is_same then legacy_value::text else legacy_value #>> '{{}}' end, %s),"
            " left(case when is_same then shown_value::text else shown_value #>> '{{}}' end, %s)])"
            " from {audit}.audit_fidelity cross join lateral ("
            "select legacy_value #>> '{{}}' is not distinct from shown_value #>> '{{}}' as is_same) as quotes"
            " where reason <> 'redundant' group by reason, column_name order by count(*) desc, column_name",
            _TEXT_LIMIT,
            _TEXT_LIMIT,
        )
        found: dict[str, list[Difference]] = {}
        for reason, column, count, example in rows:
            found.setdefault(str(reason), []).append(Difference(column, count, *example))
        reasons = [Reason(name, sum(d.count for d in each), tuple(each)) for name, each in found.items()]
        return sorted(reasons, key=lambda reason: -reason.count)

    def merges(self) -> Merges:
        merged = (
            "select persona_id from {marts}.persona_source_mapping group by persona_id having count(*) > 1"
        )
        ((count,),) = self._rows(f"select count(*) from ({merged}) as merged")
        rows = self._rows(
            f"with merged as ({merged} order by persona_id limit %s)"
            " select persona_id::text, personas.name, source_table, source_id::text, match_rule,"
            " source_deleted_at is not null"
            " from merged inner join {marts}.persona_source_mapping using (persona_id)"
            " left join {marts}.personas on personas.id = persona_id"
            " order by personas.name, persona_id, source_table, source_id",
            MERGES_SHOWN,
        )
        found: dict[tuple[str, str], list[Member]] = {}
        for persona_id, name, *member in rows:
            found.setdefault((persona_id, name or ""), []).append(Member(*member))
        shown = tuple(Merge(*key, tuple(members)) for key, members in found.items())
        decisions = self._rows("select verdict, count(*) from {staging}.match_decisions group by verdict")
        return Merges(count, shown, {str(verdict): number for verdict, number in decisions})

    def reviews(self) -> Reviews:
        wanted = (
            "from {marts}.persona_source_mapping as mapping"
            " inner join {old}.dh_personas as old_row on mapping.source_id = old_row.id"
            f" where mapping.source_table = 'dh_personas' and old_row.tier = {HIGH_VALUE_TIER}"
        )
        ((count,),) = self._rows(f"select count(distinct persona_id) {wanted}")
        chosen = self._rows(
            "select id::text, name, seniority_level, decision_authority, persona_type, deleted_at is not null"
            f" from {{marts}}.personas where id in (select persona_id {wanted}) order by name, id limit %s",
            REVIEWS_SHOWN,
        )
        keys = [row[0] for row in chosen]
        rows = self._old_rows(keys)
        return Reviews(
            count, tuple(Review(row[0], row[1], _facts(row), tuple(rows[row[0]])) for row in chosen)
        )

    def _old_rows(self, personas: Sequence[str]) -> dict[str, list[OldRow]]:
        """The legacy rows of these personas, each value beside the one that the persona shows."""
        found: dict[str, list[OldRow]] = {key: [] for key in personas}
        reasons = {
            (table, source, column): reason
            for table, source, column, reason in self._rows(
                "select source_table, source_id::text, column_name, reason from {audit}.audit_discrepancies"
                " where persona_id = any(%s::uuid[])",
                list(personas),
            )
        }
        for table in ("dh_personas", "org_personas"):
            rows = self._rows(
                "select mapping.persona_id::text, source_id::text, match_rule, row_to_json(old_row)::text,"
                " row_to_json(shown)::text"
                " from {marts}.persona_source_mapping as mapping"
                f" inner join {{old}}.{table} as old_row on mapping.source_id = old_row.id"
                f" left join {{legacy}}.shown_{table} as shown on shown.persona_id = mapping.persona_id"
                f" where mapping.source_table = '{table}' and mapping.persona_id = any(%s::uuid[])"
                " order by source_id",
                list(personas),
            )
            for persona, source, rule, old_row, shown in rows:
                new = parsed(shown)
                values = tuple(
                    _value(name, value, new.get(name), reasons.get((table, source, name)))
                    for name, value in parsed(old_row).items()
                    # The row's own id stands above it; a persona shows its own.
                    if name != "id" and (value is not None or new.get(name) is not None)
                )
                found[persona].append(OldRow(table, source, rule, values))
        return found


def _facts(row: tuple[Any, ...]) -> tuple[str, ...]:
    _, _, seniority, authority, persona_type, is_deleted = row
    labelled = (("seniority", seniority), ("decision authority", authority), ("type", persona_type))
    facts = tuple(f"{label}: {value or 'none'}" for label, value in labelled)
    return (*facts, "soft-deleted") if is_deleted else facts


def _value(column: str, old: Any, shown: Any, reason: str | None) -> Value:
    old_text, shown_text = as_text(old), as_text(shown)
    differs = old != shown or type(old) is not type(shown) or reason is not None
    if differs and old_text == shown_text:
        # JSON within a string, and the like: only quotes tell the one from the other.
        old_text, shown_text = (None if value is None else as_json(value) for value in (old, shown))
    return Value(column, old_text, shown_text, reason, differs)
