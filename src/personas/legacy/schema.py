"""The ten legacy tables: names, definitions, and the transaction in which they are made."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from typing import Any

import psycopg
from psycopg import sql

from personas.errors import PersonasError
from personas.legacy.room import Connection, make_room, refuse_impossible
from personas.legacy.tables import LEGACY_TABLES


@contextmanager
def legacy_transaction(
    connection: Connection, schema: str, replace: bool, with_target: bool
) -> Iterator[list[str]]:
    """A transaction in which `schema` leads the search path and holds no legacy table; times are UTC.

    Yields what was dropped. Database errors come out as PersonasError, and then nothing has changed.
    """
    refuse_impossible(schema, replace, with_target)
    try:
        with connection.transaction(), _settings_for(connection, schema):
            yield make_room(connection, schema, replace, with_target)
    except psycopg.Error as error:
        raise PersonasError(f"{one_line(error)}. Nothing was changed.") from error


def create_tables(connection: Connection) -> None:
    """Create the ten tables, without keys, in the schema that leads the search path."""
    connection.execute(_packaged_sql("tables.sql"))


def create_keys(connection: Connection) -> None:
    """Add keys, indexes, triggers and row level security to the tables of `create_tables`."""
    connection.execute(_packaged_sql("keys.sql"))


def analyze(connection: Connection) -> None:
    """Let the planner know the ten tables."""
    tables = sql.SQL(", ").join(map(sql.Identifier, LEGACY_TABLES))
    connection.execute(sql.SQL("analyze {}").format(tables))


def columns_of(connection: Connection, table: str) -> dict[str, bool]:
    """Column names in order, each with whether the database generates it."""
    rows = connection.execute(
        """
        select attname, attgenerated <> ''
        from pg_attribute
        where attrelid = %s::regclass and attnum > 0 and not attisdropped
        order by attnum
        """,
        [table],
    ).fetchall()
    return dict(rows)


def one_line(error: psycopg.Error) -> str:
    """What the server said, with its detail, without the statement that failed."""
    message = error.diag.message_primary or str(error)
    detail = error.diag.message_detail
    return " ".join((f"{message} ({detail.rstrip('.')})" if detail else message).split())


@contextmanager
def _settings_for(connection: Connection, schema: str) -> Iterator[None]:
    """Make the schema if need be, let it lead the search path, and read times without a zone as UTC."""
    if not connection.execute("select from pg_namespace where nspname = %s", [schema]).rowcount:
        connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    path = [schema, *(name for (name,) in _schema_of_uuid_ossp(connection) if name != schema)]
    wanted = {"search_path": ", ".join(map(_quoted, path)), "timezone": "UTC"}
    before = {name: _set(connection, name, value) for name, value in wanted.items()}
    yield
    for name, value in before.items():
        _set(connection, name, value)


def _schema_of_uuid_ossp(connection: Connection) -> Sequence[tuple[str]]:
    return connection.execute(
        """
        select nspname
        from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
        where extname = 'uuid-ossp'
        """
    ).fetchall()


def _set(connection: Connection, name: str, value: str) -> str:
    """Set for the rest of the transaction; returns what was set before."""
    row: Any = connection.execute("select current_setting(%s)", [name]).fetchone()
    connection.execute("select set_config(%s, %s, true)", [name, value])
    return str(row[0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _packaged_sql(name: str) -> bytes:
    return resources.files("personas").joinpath("legacy", name).read_bytes()
