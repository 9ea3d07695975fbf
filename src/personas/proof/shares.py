"""Splits the work on a large legacy table into shares of ids, for several connections and for progress."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from personas.proof.places import Places

EVERYTHING: Mapping[str, sql.Composable] = {
    "id_in_share": sql.SQL("true"),
}
"""The condition of a part, when it is not shared out."""

_BOUNDS = """
    select id from (
        select id, row_number() over (order by id) as number, count(*) over () as rows
        from {table} where id is not null
    ) as numbered
    where number %% %(size)s = 0 and number < rows
    order by id
"""


def bounds_of(connection: psycopg.Connection[Any], places: Places, table: str, size: int) -> list[UUID]:
    """The ids between shares of `size` rows each; none where the table is small or absent.

    Whether it is small says the catalog's estimate, so that small tables cost nothing.
    """
    name = sql.Identifier(places.old, table)
    estimate = "select reltuples from pg_class where oid = to_regclass(format('%%I.%%I', %s::text, %s::text))"
    row = connection.execute(estimate, [places.old, table]).fetchone()
    if row is None or row[0] < size:
        return []
    query = sql.SQL(_BOUNDS).format(table=name)
    return [bound for (bound,) in connection.execute(query, {"size": size}).fetchall()]


def conditions(column: str, bounds: Sequence[UUID]) -> list[sql.Composable]:
    """Conditions of which every value of `column`, null included, meets exactly one."""
    name = sql.Identifier(column)
    if not bounds:
        return [sql.SQL("true")]
    first = sql.SQL("({0} < {1} or {0} is null)").format(name, bounds[0])
    last = sql.SQL("{0} >= {1}").format(name, bounds[-1])
    between = [sql.SQL("{0} >= {1} and {0} < {2}").format(name, low, high) for low, high in pairwise(bounds)]
    return [first, *between, last]
