"""Which PostgreSQL type travels how, and what Arrow makes of it.

Data travels in PostgreSQL's binary COPY format, which keeps every value exactly: null is no empty text, and
no setting of the session (DateStyle, TimeZone, extra_float_digits …) changes a byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

# A type is known by its receive function, so that enums, domains and extensions need no list of their own.
_BY_RECEIVE = {
    "boolrecv": "bool",
    "int2recv": "int2",
    "int4recv": "int4",
    "int8recv": "int8",
    "oidrecv": "oid",
    "float4recv": "float4",
    "float8recv": "float8",
    "numeric_recv": "numeric",
    "date_recv": "date",
    "timestamp_recv": "timestamp",
    "timestamptz_recv": "timestamptz",
    "uuid_recv": "uuid",
    "bytearecv": "bytea",
    "jsonb_recv": "jsonb",
    "json_recv": "json",
    "textrecv": "text",
    "varcharrecv": "text",
    "bpcharrecv": "text",
    "namerecv": "text",
    "enum_recv": "text",
    "citextrecv": "text",
    "xml_recv": "text",
}

ARROW = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "oid": pa.uint32(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
    "bytea": pa.binary(),
}
"""Kind → Arrow type; of every other kind the text."""


@dataclass(frozen=True)
class PgType:
    """A type of the database: as it is written in SQL, how it travels, and what an array of it holds.

    `kind` is a key of ARROW, `numeric`, `uuid`, `json`, `jsonb`, `text`, `array`, or `other`: carried as
    PostgreSQL writes it as text. `precision` and `scale` are those of numeric(p, s), else None.
    """

    name: str
    kind: str
    oid: int
    precision: int | None = None
    scale: int | None = None
    element: "PgType | None" = None

    @property
    def arrow(self) -> pa.DataType:
        """What it is read as."""
        if self.element is not None:
            return pa.list_(self.element.arrow)
        # More digits would fit into decimal256, which polars does not know; those come as text.
        if self.precision is not None and self.scale is not None and 0 <= self.scale <= self.precision <= 38:
            return pa.decimal128(self.precision, self.scale)
        return ARROW.get(self.kind, pa.string())


@dataclass(frozen=True)
class Column:
    """A column of a query or table."""

    name: str
    type: PgType

    @property
    def quoted(self) -> str:
        """Its name as SQL."""
        return quote(self.name)


def quote(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


_TYPES = """
with recursive base as (
    select oid as asked, oid, typtype, typbasetype, typtypmod from pg_type where oid = any(%(oids)s::oid[])
    union all
    select base.asked, t.oid, t.typtype, t.typbasetype,
        case when t.typtypmod >= 0 then t.typtypmod else base.typtypmod end
    from base join pg_type t on t.oid = base.typbasetype where base.typtype = 'd'
)
select base.asked, t.oid, t.typreceive::regproc::text, base.typtypmod,
    case when t.typreceive::regproc::text = 'array_recv' then t.typelem else 0 end
from base join pg_type t on t.oid = base.oid where base.typtype <> 'd'
"""


def look_up(cursor: Any, wanted: Sequence[tuple[int, int]]) -> list[PgType]:
    """The types with these (oid, type modifier) pairs."""
    if not wanted:
        return []
    cursor.execute(_TYPES, {"oids": [oid for oid, _ in wanted]})
    found = {asked: tuple(rest) for asked, *rest in cursor}
    elements = sorted({element for *_, element in found.values() if element})
    of_element = dict(zip(elements, look_up(cursor, [(oid, -1) for oid in elements]), strict=True))
    cursor.execute(
        "select format_type(oid, modifier)"
        " from unnest(%s::oid[], %s::int[]) with ordinality as t (oid, modifier, place) order by place",
        ([oid for oid, _ in wanted], [modifier for _, modifier in wanted]),
    )
    names = [name for (name,) in cursor]
    types = []
    for (asked, modifier), name in zip(wanted, names, strict=True):
        oid, receive, of_domain, element_oid = found[asked]
        kind = _BY_RECEIVE.get(receive.rpartition(".")[2], "other")
        element = of_element.get(element_oid)
        if element is None or element.kind in ("other", "array"):
            precision, scale = _precision(modifier if modifier >= 0 else of_domain)
            types.append(PgType(name, kind, oid, *((precision, scale) if kind == "numeric" else ())))
        else:
            types.append(PgType(name, "array", oid, element=element))
    return types


def columns_of_query(cursor: Any, query: str) -> list[Column]:
    """The columns of a query, in their order."""
    cursor.execute(f"select * from ({query}) as q limit 0")
    described = list(cursor.description)
    types = look_up(cursor, [(column.type_code, _modifier(column)) for column in described])
    return [Column(column.name, of) for column, of in zip(described, types, strict=True)]


def columns_of_table(cursor: Any, relation: str) -> list[Column]:
    """The columns of a table, in their order."""
    cursor.execute(
        "select attname, atttypid, atttypmod from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        (relation,),
    )
    described = cursor.fetchall()
    types = look_up(cursor, [(oid, modifier) for _, oid, modifier in described])
    return [Column(name, of) for (name, _, _), of in zip(described, types, strict=True)]


def _modifier(column: Any) -> int:
    """A numeric's type modifier, which psycopg2 shows as precision and scale; of other types none matters."""
    if column.precision is None or column.scale is None or column.precision > 1000:
        return -1
    return (int(column.precision) << 16 | int(column.scale) & 0x7FF) + 4


def _precision(modifier: int) -> tuple[int | None, int | None]:
    """Precision and scale of a numeric's type modifier; the scale is a signed number of 11 bits."""
    if modifier < 4:
        return None, None
    bits = modifier - 4
    return (bits >> 16) & 0xFFFF, ((bits & 0x7FF) ^ 1024) - 1024
