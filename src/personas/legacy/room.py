"""Make room for the legacy tables without touching anything else of the user's."""

import os
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from personas.errors import PersonasError
from personas.legacy.tables import LEGACY_TABLES

Connection = psycopg.Connection[Any]

_RELATIONS_NAMED = """
    select relname, relkind::text
    from pg_class
    where relname = any(%s) and relnamespace = (select oid from pg_namespace where nspname = %s)
    order by relname
"""
_STANDING_SCHEMAS = """
    select nspname, count(pg_class.oid) filter (where relkind in ('r', 'p', 'v', 'm', 'f'))
    from pg_namespace left join pg_class on relnamespace = pg_namespace.oid
    where nspname = any(%s)
    group by nspname
    order by nspname
"""
# Whatever a cascade can reach outside of the given schemas, except what hangs on the legacy tables.
_OBJECTS_OUTSIDE = """
    with outside as (
        select oid from pg_namespace
        where nspname <> all(%(schemas)s) and nspname !~ '^(pg_|information_schema$)'
    ),
    relations as (
        select oid, relname = any(%(legacy)s) and relkind in ('r', 'p') as is_legacy
        from pg_class
        where relnamespace in (select oid from outside) and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    ),
    tables as (
        select oid from relations where not is_legacy
    ),
    objects (class, object, part) as (
        select 'pg_class'::regclass, oid, 0 from relations
        union all
        select 'pg_class'::regclass, attrelid, attnum from pg_attribute
        where attrelid in (select oid from tables) and attnum > 0 and not attisdropped
        union all
        select 'pg_constraint'::regclass, oid, 0 from pg_constraint
        where conrelid in (select oid from tables)
        union all
        select 'pg_trigger'::regclass, oid, 0 from pg_trigger where tgrelid in (select oid from tables)
        union all
        select 'pg_policy'::regclass, oid, 0 from pg_policy where polrelid in (select oid from tables)
        union all
        select 'pg_attrdef'::regclass, oid, 0 from pg_attrdef where adrelid in (select oid from tables)
        union all
        select 'pg_proc'::regclass, oid, 0 from pg_proc where pronamespace in (select oid from outside)
        union all
        select 'pg_type'::regclass, oid, 0 from pg_type
        where typnamespace in (select oid from outside) and typtype in ('d', 'e', 'r')
    )
    select class::oid::bigint, object::bigint, part, pg_describe_object(class, object, part) from objects
"""


def target_schemas() -> tuple[str, ...]:
    """The project's own schemas, the marts' first (its name is PERSONAS_SCHEMA, by default `personas`)."""
    target = os.environ.get("PERSONAS_SCHEMA") or "personas"
    return (target, *(f"{target}_{part}" for part in ("staging", "intermediate", "legacy", "audit")))


def legacy_tables_in(connection: Connection, schema: str) -> list[str]:
    """Those of the ten legacy tables that exist in the schema, in load order."""
    found = {name for name, kind in _relations_named(connection, schema) if kind in "rp"}
    return [table for table in LEGACY_TABLES if table in found]


def refuse_impossible(schema: str, replace: bool, with_target: bool) -> None:
    """Raise PersonasError for options that contradict each other or the project's own schemas."""
    if schema in target_schemas():
        raise PersonasError(
            f"schema {schema} is the project's own (PERSONAS_SCHEMA={target_schemas()[0]}):"
            " load the legacy tables into another --schema"
        )
    if with_target and not replace:
        raise PersonasError("--with-target only goes with --replace")
    if with_target and "public" in target_schemas():
        raise PersonasError(
            "PERSONAS_SCHEMA is public, which is never dropped: drop the project's tables there by hand"
        )


def make_room(connection: Connection, schema: str, replace: bool, with_target: bool) -> list[str]:
    """Drop what `replace` and `with_target` allow; returns what was dropped, a phrase each.

    Raises PersonasError where legacy tables, the project's marts or something of the user's stand in the way.
    """
    _refuse_other_kinds(connection, schema)
    existing = legacy_tables_in(connection, schema)
    if existing and not replace:
        raise PersonasError(
            f"schema {schema} already holds {', '.join(existing)}: --replace drops the legacy tables"
            " and loads anew, --schema loads into another schema"
        )
    standing = _standing_target_schemas(connection) if replace else {}
    filled = [name for name, count in standing.items() if count]
    if filled and not with_target:
        raise PersonasError(
            f"the project's tables stand in schema {', '.join(filled)}, built from the legacy tables:"
            " --replace --with-target drops these schemas as well"
        )
    dropped = _drop_target(connection, standing) if standing and with_target else []
    if existing:
        _drop_legacy_tables(connection, schema, existing)
        dropped.append(f"{len(existing)} tables of schema {schema}: {', '.join(existing)}")
    return dropped


def _relations_named(connection: Connection, schema: str) -> Sequence[tuple[str, str]]:
    return connection.execute(_RELATIONS_NAMED, [list(LEGACY_TABLES), schema]).fetchall()


def _refuse_other_kinds(connection: Connection, schema: str) -> None:
    for name, kind in _relations_named(connection, schema):
        if kind not in "rp":
            raise PersonasError(
                f"{schema}.{name} exists and is not a table: rename or drop it, or load into another --schema"
            )


def _standing_target_schemas(connection: Connection) -> dict[str, int]:
    """The project's schemas that exist, each with its number of tables and views."""
    return dict(connection.execute(_STANDING_SCHEMAS, [list(target_schemas())]).fetchall())


def _drop_target(connection: Connection, standing: dict[str, int]) -> list[str]:
    """Drop the project's schemas; refuse where the cascade takes along anything outside of them."""
    before = _objects_outside(connection, list(standing))
    names = sql.SQL(", ").join(map(sql.Identifier, standing))
    connection.execute(sql.SQL("drop schema {} cascade").format(names))
    after = _objects_outside(connection, list(standing))
    lost = sorted(before[key] for key in before.keys() - after.keys())
    if lost:
        raise PersonasError(
            f"outside of the project's schemas these depend on them: {_shortened(lost)}."
            " Drop or change them first. Nothing was changed."
        )
    return [f"schema {name} ({count} tables and views)" for name, count in standing.items()]


def _objects_outside(connection: Connection, schemas: Sequence[str]) -> dict[tuple[int, int, int], str]:
    """Descriptions of the objects by class, object and sub-object id."""
    parameters = {"schemas": list(schemas), "legacy": list(LEGACY_TABLES)}
    rows = connection.execute(_OBJECTS_OUTSIDE, parameters).fetchall()
    return {(class_id, object_id, part): name for class_id, object_id, part, name in rows}


def _drop_legacy_tables(connection: Connection, schema: str, tables: Sequence[str]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(schema, table) for table in tables)
    try:
        connection.execute(sql.SQL("drop table {}").format(names))
    except psycopg.errors.DependentObjectsStillExist as error:
        dependents = (error.diag.message_detail or "").splitlines()
        raise PersonasError(
            f"the legacy tables cannot be dropped: {_shortened(dependents)}."
            " Drop or change what depends on them first. Nothing was changed."
        ) from error


def _shortened(items: Sequence[str], most: int = 5) -> str:
    rest = f" and {len(items) - most} more" if len(items) > most else ""
    return "; ".join(items[:most]) + rest
