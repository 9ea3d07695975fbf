"""Families: a few legacy rows that belong together, what is decided of them, and what becomes of them."""

import csv
import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from generated.values import (
    PEOPLE,
    Draw,
    Texts,
    blanks,
    booleans,
    cut,
    integers,
    json_values,
    noise,
    short_texts,
    texts,
    times,
    told_another_way,
)
from generated.world import JOBS, ROLES, TENANTS, World

DH, ORG = "dh_personas", "org_personas"
ROLE_LINKS, JOB_LINKS = "persona_role_mapping", "jtbd_org_persona_mapping"
# In load order.
TABLES = (DH, ORG, ROLE_LINKS, JOB_LINKS)

Row = dict[str, str | None]
"""Column → its text; what is not there is null."""


@dataclass(frozen=True)
class Family:
    """Legacy rows with links, decisions and edits among themselves; ids are uuids once it is `named`."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    decisions: list[list[str]] = field(default_factory=list)
    """Lines of seeds/match_decisions.csv: left table, left id, right table, right id, verdict."""
    edits: list[tuple[str, str, Row | None]] = field(default_factory=list)
    """What happens after the first build: table, id, and the new values, or none when the row is deleted."""

    def count(self) -> int:
        """Legacy rows."""
        return sum(map(len, self.rows.values()))


# --- the columns ------------------------------------------------------------------------------------------

NOT_NULL = {
    DH: ("id", "unique_id", "persona_code", "name", "title", "created_at", "updated_at"),
    ORG: ("id", "tenant_id", "code", "name", "unique_id", "created_at", "updated_at"),
    ROLE_LINKS: ("id", "persona_id", "org_role_id", "match_type", "match_confidence"),
    JOB_LINKS: ("id", "jtbd_id", "created_at", "updated_at"),
}
UNIQUE = {
    DH: (("unique_id",), ("persona_code",)),
    ORG: (("tenant_id", "unique_id"), ("tenant_id", "code")),
    ROLE_LINKS: (("persona_id", "org_role_id"),),
    JOB_LINKS: (("jtbd_id", "persona_id"),),
}
# What a key in a btree index may take, in bytes, beside the tuple's header and a tenant's uuid.
LONGEST = {DH: 2692, ORG: 2676}
OTHER_KEYS = ("tenant_id", "persona_id", "persona_dh_id", "org_role_id", "jtbd_id", "priority_score")
# No index forbids texts that are longer than a page.
UNBOUNDED = (
    *(
        "name",
        "title",
        "organization",
        "background",
        "description",
        "notes",
        "experience",
        "years_experience",
    ),
    *("role_context", "use_case_examples", "expected_benefit", "category_code", "decision_authority"),
)
ENUMERATIONS = {
    (ORG, "decision_authority"): ("VERY_HIGH", "HIGH", "MEDIUM", "LOW", "ADVISORY"),
    (ORG, "expertise_level"): ("EXPERT", "ADVANCED", "INTERMEDIATE", "BEGINNER"),
}


def _data_types() -> dict[str, dict[str, str]]:
    """Table → column → type, by the seed, which a test of the project compares with the catalog."""
    seed = Path(__file__).resolve().parents[3] / "seeds" / "column_mapping.csv"
    types: dict[str, dict[str, str]] = {table: {} for table in TABLES}
    with seed.open(newline="", encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            types[line["source_table"]][line["column_name"]] = line["data_type"]
    return types


DATA_TYPES = _data_types()


def _values_of(table: str, column: str, world: World) -> Texts:
    """The values that a column accepts, but for null and for what makes it unique."""
    data_type = DATA_TYPES[table][column]
    if (table, column) in ENUMERATIONS:
        return st.sampled_from(ENUMERATIONS[table, column])
    if column == "tier":
        return st.integers(1, 5).map(str)
    if column == "relevance_score" or (table == DH and column.endswith("_score")):
        return st.integers(1, 10).map(str)
    if column == "industry_id":
        return st.sampled_from(list(world.industries))
    if column == "primary_role_id":
        return st.sampled_from(ROLES)
    if data_type == "character varying(50)":
        return short_texts.map(cut(50))
    by_type: dict[str, Texts] = {
        "jsonb": json_values(),
        "integer": integers,
        "boolean": booleans,
        "timestamp with time zone": times,
    }
    return by_type.get(data_type, texts if column in UNBOUNDED else short_texts)


def _free_columns(table: str, world: World) -> dict[str, Texts]:
    keys = {"id", *OTHER_KEYS, *(column for columns in UNIQUE[table] for column in columns)}
    strategies = {name: _values_of(table, name, world) for name in DATA_TYPES[table] if name not in keys}
    return {
        name: values
        if name in NOT_NULL[table]
        else st.one_of(values, values, values, blanks_or_null(table, name))
        for name, values in strategies.items()
    }


def blanks_or_null(table: str, column: str) -> st.SearchStrategy[str | None]:
    """Null, and for free text also what shows nothing."""
    is_text = DATA_TYPES[table][column].startswith(("text", "character"))
    return st.none() if not is_text or (table, column) in ENUMERATIONS else st.one_of(st.none(), blanks)


# --- drawing ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Columns:
    """The strategies of one world, made once."""

    world: World
    of: dict[str, dict[str, Texts]]


def columns_of(world: World) -> Columns:
    """The columns that are drawn freely, table by table."""
    return Columns(world, {table: _free_columns(table, world) for table in TABLES})


def _code(draw: Draw, table: str) -> str:
    if draw(st.integers(0, 60)) == 7:
        longest = LONGEST[table] - draw(st.integers(0, 40))
        return str(draw(st.sampled_from((noise(longest), "x" * 100_000, noise(longest - 2) + "\u00a0"))))
    return str(draw(short_texts))


def _drawn_values(draw: Draw, columns: dict[str, Texts], most: int = 8) -> Row:
    """Values of no, some, or all columns."""
    names = list(columns)
    if draw(st.integers(0, 5)) < 5:
        names = draw(st.lists(st.sampled_from(names), max_size=most, unique=True))
    return {name: draw(columns[name]) for name in names}


def _persona(draw: Draw, table: str, columns: Columns, earlier: list[Row], who: Row) -> Row:
    """A new persona row: one of the family by another way of telling, or somebody else."""
    row: Row = {"name": "", "created_at": "2024-01-01 00:00:00+00", "updated_at": "2024-01-01 00:00:00+00"}
    row |= {"title": ""} if table == DH else {}
    if earlier and draw(st.booleans()):
        row |= draw(st.sampled_from(earlier))
    if draw(st.integers(0, 3)):
        for name in who.keys() & DATA_TYPES[table].keys():
            value = who[name]
            row[name] = draw(told_another_way(value)) if value and name != "industry_id" else value
    return row | _drawn_values(draw, columns.of[table])


def _links(draw: Draw, table: str, columns: Columns, personas: dict[str, list[Row]]) -> list[Row]:
    """Rows of an old link table that point at the family's personas."""
    rows: list[Row] = []
    taken = set()
    people = {name: [row["id"] for row in personas.get(name, [])] for name in (DH, ORG)}
    if not people[ORG] and (table == ROLE_LINKS or not people[DH]):
        return rows
    for _ in range(draw(st.integers(0, 3))):
        row: Row = {}
        if table == ROLE_LINKS:
            row |= {
                "persona_id": draw(st.sampled_from(people[ORG])),
                "org_role_id": draw(st.sampled_from(ROLES)),
            }
            row |= {"match_type": draw(short_texts), "match_confidence": draw(short_texts)}
        else:
            row |= {
                "jtbd_id": draw(st.sampled_from(JOBS)),
                "created_at": draw(times),
                "updated_at": draw(times),
            }
            row["persona_id"] = draw(st.sampled_from((*people[ORG], None)))
            row["persona_dh_id"] = draw(st.sampled_from((*people[DH], None)))
            if row["persona_id"] is row["persona_dh_id"] is None:
                continue
        key = tuple(row[name] for name in UNIQUE[table][0])
        if key in taken and row["persona_id"] is not None:
            continue
        taken.add(key)
        row |= {
            name: value for name, value in _drawn_values(draw, columns.of[table]).items() if name not in row
        }
        rows.append(row | {"id": f"{table} {len(rows)}"})
    return rows


def _decisions(draw: Draw, personas: list[tuple[str, str]]) -> list[list[str]]:
    """Pairs that are the same; or one pair that is not, so that decisions never contradict each other."""
    pairs = st.tuples(st.sampled_from(personas), st.sampled_from(personas)).filter(
        lambda pair: pair[0] != pair[1]
    )
    if len(personas) < 2 or draw(st.booleans()):
        return []
    if draw(st.integers(0, 7)) == 0:
        left, right = draw(pairs)
        return [[*left, *right, "different"]]
    chosen = draw(st.lists(pairs, min_size=1, max_size=3, unique_by=lambda pair: frozenset(pair)))
    return [[*left, *right, "same"] for left, right in chosen]


def _edits(draw: Draw, columns: Columns, rows: dict[str, list[Row]]) -> list[tuple[str, str, Row | None]]:
    """Later values for some of the rows; seldom the end of one."""
    if draw(st.integers(0, 3)):
        return []
    everyone = [(table, str(row["id"])) for table, members in rows.items() for row in members]
    chosen = draw(st.lists(st.sampled_from(everyone), max_size=2, unique=True))
    return [
        (table, key, None if draw(st.integers(0, 5)) == 0 else _drawn_values(draw, columns.of[table], most=4))
        for table, key in chosen
    ]


@st.composite
def families(draw: Draw, columns: Columns) -> Family:
    """One to five persona rows with their links; most often of one tenant, so that they may be merged."""
    free = columns.of[DH]
    who: Row = {
        "name": draw(st.one_of(st.sampled_from(PEOPLE), free["name"])),
        "title": draw(st.one_of(st.sampled_from(PEOPLE), free["title"])),
        "organization": draw(st.one_of(st.sampled_from(PEOPLE), free["organization"])),
        "industry_id": draw(free["industry_id"]),
    }
    tenants = [draw(st.sampled_from(TENANTS))] if draw(st.integers(0, 5)) else list(TENANTS)
    rows: dict[str, list[Row]] = {DH: [], ORG: []}
    for number in range(draw(st.sampled_from((1, 2, 3, 3, 4, 5)))):
        table = draw(st.sampled_from((DH, DH, ORG)))
        row = _persona(draw, table, columns, rows[table], who)
        twins = [other["id"] for other in rows[DH]] if table == ORG else []
        free_twins = [key for key in twins if key not in [other["id"] for other in rows[ORG]]]
        row["id"] = free_twins[0] if free_twins and draw(st.integers(0, 3)) == 0 else f"persona {number}"
        row["unique_id"] = _code(draw, table)
        row["persona_code" if table == DH else "code"] = _code(draw, table)
        if table == ORG:
            row["tenant_id"] = draw(st.sampled_from(tenants))
        rows[table].append(row)
    decisions = (
        []
        if len(tenants) > 1
        else _decisions(draw, [(table, str(row["id"])) for table, members in rows.items() for row in members])
    )
    for table in (ROLE_LINKS, JOB_LINKS):
        rows[table] = _links(draw, table, columns, rows)
    return Family(rows, decisions, _edits(draw, columns, rows))


# --- among others -----------------------------------------------------------------------------------------


class Names:
    """Gives the families of one database ids, and codes that no other row has."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._families = 0
        self._taken: set[tuple[str, ...]] = set()
        self._kept_ids: set[str | None] = set()

    def named(self, family: Family) -> Family:
        """The family with uuids for its ids, and with codes that are its own."""
        self._families += 1
        mark = f"{self._seed}.{self._families}"
        # A kept family may well be one of the same seed.
        everyone = [str(row["id"]) for members in family.rows.values() for row in members]
        while not self._kept_ids.isdisjoint(_uuid(mark, key) for key in everyone):
            mark += "+"
        rows = {
            table: [self._row(table, row, mark, bool(family.decisions)) for row in members]
            for table, members in family.rows.items()
        }
        return replace(
            family,
            rows=rows,
            decisions=[
                [left, _uuid(mark, left_id), right, _uuid(mark, right_id), verdict]
                for left, left_id, right, right_id, verdict in family.decisions
            ],
            edits=[
                (
                    table,
                    _uuid(mark, key),
                    None if values is None else _own(values, mark, bool(family.decisions)),
                )
                for table, key, values in family.edits
            ],
        )

    def keep(self, family: Family) -> Family:
        """A family that has its ids already, as it is unless its codes are taken."""
        self._kept_ids |= {row["id"] for members in family.rows.values() for row in members}
        self._families += 1
        mark = f"{self._seed}.{self._families}"
        rows = {
            table: [self._with_own_codes(table, row, mark) for row in members]
            for table, members in family.rows.items()
        }
        return replace(family, rows=rows)

    def _row(self, table: str, row: Row, mark: str, is_decided: bool) -> Row:
        named: Row = {}
        named |= {name: value for name, value in _own(row, mark, is_decided).items() if value is not None}
        for name in ("id", "persona_id", "persona_dh_id"):
            value = row.get(name)
            if value is not None:
                named[name] = _uuid(mark, value)
        return self._with_own_codes(table, named, mark)

    def _with_own_codes(self, table: str, row: Row, mark: str) -> Row:
        own = dict(row)
        for columns in UNIQUE[table] if table in LONGEST else ():
            number = 0
            name, original = columns[-1], row[columns[-1]]
            assert original is not None
            while _key(table, columns, own) in self._taken:
                number += 1
                ending = f" {mark}.{number}"
                own[name] = (original[: -len(ending)] if len(original) > 100 else original) + ending
            self._taken.add(_key(table, columns, own))
        return own


def _own(row: Row, mark: str, is_decided: bool) -> Row:
    """Keeps decided rows from merging by themselves with another family's, perhaps another tenant's."""
    organization = row.get("organization")
    if is_decided and organization is not None:
        return row | {"organization": f"{organization} {mark} " if organization.strip() else organization}
    return dict(row)


def _key(table: str, columns: Iterable[str], row: Row) -> tuple[str, ...]:
    return (table, *columns, *(str(row.get(name)) for name in columns))


def _uuid(mark: str, name: str) -> str:
    return str(uuid.UUID(bytes=hashlib.sha256(f"{mark} {name}".encode()).digest()[:16], version=4))


# --- as JSON ----------------------------------------------------------------------------------------------


def as_json(family: Family) -> dict[str, Any]:
    """A family as it stands in a file of regressions/."""
    return {
        "rows": {table: members for table, members in family.rows.items() if members},
        "decisions": family.decisions,
        "edits": [list(edit) for edit in family.edits],
    }


def from_json(found: dict[str, Any]) -> Family:
    """The reverse."""
    rows: dict[str, list[Row]] = {table: found["rows"].get(table, []) for table in TABLES}
    return Family(rows, found["decisions"], [(table, key, values) for table, key, values in found["edits"]])
