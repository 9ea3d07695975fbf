"""What waits for a person's decision: the likeliest pairs of `match_review_queue`, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from personas.proof.json_text import as_text, parsed
from personas.proof.places import PERSONA_TABLES, Places, in_database

Connection = psycopg.Connection[Any]

QUEUE = "match_review_queue"
PAIRS_SHOWN = 50
LOSSES_SHOWN = 5
KEY = "left_table || ':' || left_id || ' ' || right_table || ':' || right_id"
_ROLE = (
    "select coalesce(role_title, org_role) from {old}.org_roles where org_roles.id = old_row.primary_role_id"
)
LIKELIEST_FIRST = "order by match_probability desc, left_table, left_id, right_table, right_id"

# What the two tables call by two names, as linkage and the mapping take it for one.
_ONE_FIELD = {
    "department": "department or function",
    "function": "department or function",
    "persona_code": "code",
}
# What tells people apart; always shown, if only one of the two has it.
_FIRST = ("name", "title", "organization", "department or function", "industry", "primary role")
_NEXT = ("typical_titles", "description", "decision_authority", "responsibilities", "goals", "pain_points")
_LAST = ("code", "unique_id")


@dataclass(frozen=True)
class Step:
    """One step of a waterfall. Weights are log2 of the Bayes factor; `rarity` is the part of `weight` that
    comes from how rare the value is, negative for a common one."""

    comparison: str
    label: str
    weight: float
    rarity: float = 0.0


@dataclass(frozen=True)
class Field:
    """A field of both rows; None where a row has none, `differs` where both have one, and not the same."""

    name: str
    left: str | None
    right: str | None
    differs: bool

    @property
    def is_of_both(self) -> bool:
        """Whether both rows have a value."""
        return self.left is not None and self.right is not None


@dataclass(frozen=True)
class Row:
    """A legacy row of a pair: where it is from, whose it is (None: shared), and what it is called."""

    source_table: str
    source_id: str
    tenant_id: str | None
    name: str
    title: str


@dataclass(frozen=True)
class Change:
    """A field that merging would change: the value that stays, and those that would go to the residual."""

    field: str
    stays: str | None
    loses: tuple[str | None, ...]
    more_losses: int
    is_gained: bool


@dataclass(frozen=True)
class Pair:
    """Two rows that may be one persona. `weight` is log2 of the odds; `more_fields` are of one row only,
    `sentences` what merging would do besides `changes`."""

    probability: float
    weight: float
    brought_by: str
    left: Row
    right: Row
    fields: tuple[Field, ...]
    more_fields: tuple[Field, ...]
    steps: tuple[Step, ...]
    sentences: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Queue:
    """How many pairs wait, and the likeliest of them."""

    count: int
    shown: tuple[Pair, ...]


def read(connection: Connection, places: Places) -> Queue | None:
    """The queue; None where the database was built before there was one. Raises psycopg.Error."""
    if not in_database(connection, places.audit, [QUEUE]):
        return None

    def rows(query: str, *parameters: object) -> list[tuple[Any, ...]]:
        names = {**places.names(), "key": sql.SQL(KEY), "likeliest_first": sql.SQL(LIKELIEST_FIRST)}
        return connection.execute(sql.SQL(query).format(**names), parameters or None).fetchall()

    # Two queries: in one, the view works out what merging would change for every pair, the limit comes after.
    likeliest = rows(
        "select {key}, count(*) over () from {audit}.match_review_queue {likeliest_first} limit %s",
        PAIRS_SHOWN,
    )
    pairs = rows(
        "select match_probability, match_weight, blocking_rule,"
        " left_table, left_id::text, left_tenant_id::text,"
        " right_table, right_id::text, right_tenant_id::text,"
        " left_record::text, right_record::text, waterfall, merging_would, changes::text"
        " from {audit}.match_review_queue where {key} = any(%s) {likeliest_first}",
        [key for key, _ in likeliest],
    )
    pointed_at = _pointed_at(connection, places, pairs)
    count = likeliest[0][1] if likeliest else 0
    return Queue(count, tuple(_pair(pair, pointed_at) for pair in pairs))


def _pointed_at(
    connection: Connection, places: Places, pairs: Sequence[tuple[Any, ...]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """(table, id) → the names of the industry and the primary role that the legacy row points at."""
    has_roles = in_database(connection, places.old, ["org_roles"])
    role = sql.SQL(_ROLE if has_roles else "select null").format(**places.names())
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for table in PERSONA_TABLES:
        ids = [key for pair in pairs for name, key in (pair[3:5], pair[6:8]) if name == table]
        query = sql.SQL(
            "select old_row.id::text,"
            " (select industry_name from {old}.industries where industries.id = old_row.industry_id),"
            " ({role}) from {old}.{table} as old_row where old_row.id = any(%s::uuid[])"
        ).format(role=role, table=sql.Identifier(table), **places.names())
        for key, industry, role_title in connection.execute(query, [ids]).fetchall():
            found[table, key] = {"industry": industry, "primary role": role_title}
    return found


def _pair(row: tuple[Any, ...], pointed_at: Mapping[tuple[str, str], dict[str, Any]]) -> Pair:
    probability, weight, brought_by, *identities, left, right, waterfall, sentences, changes = row
    left_table, left_id, left_tenant, right_table, right_id, right_tenant = identities
    left_values = _values(parsed(left), pointed_at.get((left_table, left_id), {}))
    right_values = _values(parsed(right), pointed_at.get((right_table, right_id), {}))
    fields = side_by_side(left_values, right_values)
    changed = tuple(_change(change) for change in parsed(f'{{"changes": {changes}}}')["changes"])
    told = [(change.field, change.is_gained) for change in changed]
    return Pair(
        probability,
        weight,
        brought_by,
        _row(left_table, left_id, left_tenant, left_values),
        _row(right_table, right_id, right_tenant, right_values),
        tuple(field for field in fields if field.is_of_both or field.name in _FIRST),
        tuple(field for field in fields if not field.is_of_both and field.name not in _FIRST),
        tuple(
            Step(step["comparison"], step["label"], step["weight"], step["rarity_weight"])
            for step in waterfall
        ),
        tuple(sentences_besides(told, sentences)),
        changed,
    )


def sentences_besides(changes: Iterable[tuple[str, bool]], sentences: Sequence[str]) -> list[str]:
    """What `merging_would` says besides the changed fields, each with its name and whether it is gained."""
    starts = tuple(f"{field} {'is gained' if is_gained else 'stays'}: " for field, is_gained in changes)
    return [sentence for sentence in sentences if not sentence.startswith(starts)]


def _values(record: Mapping[str, Any], pointed_at: Mapping[str, Any]) -> dict[str, Any]:
    """Field → value, under one name where the tables have two; what is empty is left out."""
    named = {_ONE_FIELD.get(name, name): value for name, value in (*record.items(), *pointed_at.items())}
    return {name: value for name, value in named.items() if value not in (None, "", [], {})}


def _row(table: str, key: str, tenant: str | None, values: Mapping[str, Any]) -> Row:
    return Row(table, key, tenant, as_text(values.get("name")) or "", as_text(values.get("title")) or "")


def side_by_side(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Field]:
    """The fields of two rows, those that tell people apart first, codes last."""
    order = {name: place for place, name in enumerate((*_FIRST, *_NEXT))}
    last = {name: place for place, name in enumerate(_LAST, start=1)}
    names = sorted(
        left.keys() | right.keys(), key=lambda name: (last.get(name, 0), order.get(name, len(order)), name)
    )
    return [
        Field(
            name,
            as_text(left.get(name)),
            as_text(right.get(name)),
            name in left and name in right and _differ(left[name], right[name]),
        )
        for name in names
    ]


def _differ(left: Any, right: Any) -> bool:
    # A number keeps its digits as text, and is not the text.
    return bool(left != right or type(left) is not type(right))


def _change(change: Mapping[str, Any]) -> Change:
    loses = change["loses"]
    return Change(
        change["field"],
        as_text(change["stays"]),
        tuple(as_text(value) for value in loses[:LOSSES_SHOWN]),
        max(len(loses) - LOSSES_SHOWN, 0),
        change["is_gained"],
    )
