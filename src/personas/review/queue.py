"""What the last build left to decide, and what the database knows of legacy rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from personas.errors import PersonasError
from personas.proof.json_text import loads
from personas.proof.places import Places, in_database
from personas.proof.review_queue import KEY, LIKELIEST_FIRST, QUEUE
from personas.review.rows import is_key
from personas.review.rules import Row

_RECORDS, _CLUSTERS, _EQUALS = "int_persona_records", "int_persona_clusters", "int_exact_matches"


@dataclass(frozen=True)
class Waiting:
    """A pair that waits: the keys of its rows, its probability, and the personas that they belong to."""

    left: str
    right: str
    probability: float
    left_persona_id: str
    right_persona_id: str


Details = Mapping[str, Any]
"""A row of the queue, column → value; JSON as Python has it, uuids as text."""


def waiting(connection: psycopg.Connection[Any], places: Places) -> list[Waiting]:
    """The queue, the most probable first. Raises PersonasError: it was never built."""
    _require(connection, places.audit, [QUEUE])
    query = """
        select
            left_table || ':' || left_id,
            right_table || ':' || right_id,
            match_probability,
            left_persona_id::text,
            right_persona_id::text
        from {queue} {likeliest_first}
    """
    found = connection.execute(_about_queue(query, places))
    return [Waiting(*row) for row in found]


def details_of(
    connection: psycopg.Connection[Any], places: Places, pairs: Sequence[Waiting]
) -> dict[tuple[str, str], Details]:
    """All that the queue says of some pairs, by their keys; one that has left it meanwhile is not there."""
    _require(connection, places.audit, [QUEUE])
    query = """
        select
            left_table || ':' || left_id as left_key,
            right_table || ':' || right_id as right_key,
            match_probability,
            match_weight,
            reasons,
            waterfall,
            left_record::text,
            right_record::text,
            left_tenant_id::text,
            right_tenant_id::text,
            left_persona_id::text,
            right_persona_id::text,
            surviving_persona_id::text,
            merging_would,
            changes::text
        from {queue}
        -- As a list, not as a join, which would work out what merging would change for all pairs first.
        where {key} = any(%s)
    """
    keys = [f"{pair.left} {pair.right}" for pair in pairs]
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_about_queue(query, places), [keys])
        return {(row["left_key"], row["right_key"]): _with_exact_values(row) for row in cursor}


def _with_exact_values(row: dict[str, Any]) -> Details:
    """With the values of both rows in their own digits, which Python's numbers do not keep."""
    return {**row, **{name: loads(row[name]) for name in ("left_record", "right_record", "changes")}}


def _about_queue(query: str, places: Places) -> sql.Composed:
    return sql.SQL(query).format(
        queue=sql.Identifier(places.audit, QUEUE),
        key=sql.SQL(KEY),
        likeliest_first=sql.SQL(LIKELIEST_FIRST),
    )


def rows_of(connection: psycopg.Connection[Any], places: Places, keys: Iterable[str]) -> dict[str, Row]:
    """What is known of legacy rows; one that never was there is left out.

    Raises PersonasError: nothing was ever built.
    """
    wanted = sorted({key for key in keys if is_key(key)})
    schema = places.intermediate
    _require(connection, schema, [_RECORDS, _CLUSTERS, _EQUALS])
    rows: dict[str, Row] = {}
    ids = [[key.partition(":")[2] for key in wanted]]
    query = (
        "select source_table || ':' || source_id, persona_id::text,"
        " to_char(source_deleted_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        " from {} where source_id = any(%s::uuid[])"
    )
    stored = connection.execute(sql.SQL(query).format(sql.Identifier(schema, _CLUSTERS)), ids)
    for key, persona_id, deleted_at in stored:
        # Deleted, unless it turns up among the living.
        rows[key] = Row(persona_id=persona_id, is_deleted=True, deleted_at=deleted_at)
    query = (
        "select source_table || ':' || source_id, tenant_id::text from {} where source_id = any(%s::uuid[])"
    )
    for key, tenant_id in connection.execute(sql.SQL(query).format(sql.Identifier(schema, _RECORDS)), ids):
        rows[key] = replace(rows.get(key, Row()), tenant_id=tenant_id, is_deleted=False, deleted_at=None)
    query = "select record_key, leader_key from {} where record_key = any(%s)"
    for key, leader in connection.execute(sql.SQL(query).format(sql.Identifier(schema, _EQUALS)), [wanted]):
        if key in rows:
            rows[key] = replace(rows[key], equals=leader)
    return {key: rows[key] for key in wanted if key in rows}


def _require(connection: psycopg.Connection[Any], schema: str, names: Sequence[str]) -> None:
    missing = set(names) - in_database(connection, schema, names)
    if missing:
        raise PersonasError(
            f"there is no relation {schema}.{min(missing)}: nothing is built here yet; run `personas build` "
            "first, or set PERSONAS_SCHEMA to the schema of the build"
        )
