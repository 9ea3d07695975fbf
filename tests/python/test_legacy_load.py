"""The legacy tables are those of the live database, and CSV files come in whole or not at all."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from personas import legacy_load
from personas.cli import main
from personas.errors import PersonasError
from personas.legacy.tables import LEGACY_TABLES

Connection = psycopg.Connection[Any]

# Not on record, but there: foreign keys that are on record refer to these columns.
KEYS_THAT_FOREIGN_KEYS_NEED = {
    ("tenants", "tenants_pkey", "PRIMARY KEY (id)"),
    ("jtbd_library", "jtbd_library_pkey", "PRIMARY KEY (id)"),
}


def connect_to(environment: dict[str, str]) -> Connection:
    return psycopg.connect(
        host=environment["PGHOST"],
        port=environment["PGPORT"],
        user=environment["PGUSER"],
        password=environment.get("PGPASSWORD"),
        dbname=environment["PGDATABASE"],
        autocommit=True,
    )


@pytest.fixture
def connection(fresh_database: dict[str, str]) -> Iterator[Connection]:
    """To a new, empty database, once on each supported version."""
    with connect_to(fresh_database) as opened:
        yield opened


@pytest.fixture
def connection_18(fresh_database_18: dict[str, str]) -> Iterator[Connection]:
    """To a new, empty database, for tests that do not depend on the version."""
    with connect_to(fresh_database_18) as opened:
        yield opened


def records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(directory: Path, **files: str) -> Path:
    """A directory of CSV files; the two that must be there are empty unless given."""
    files = {"dh_personas": "id\n", "org_personas": "id\n"} | files
    for table, text in files.items():
        (directory / f"{table}.csv").write_bytes(text.encode())
    return directory


# --- the tables -------------------------------------------------------------------------------------------


@pytest.fixture(params=["public", "old Data"])
def schema_with_tables(
    request: pytest.FixtureRequest, connection: Connection, tmp_path: Path
) -> tuple[Connection, str]:
    schema: str = request.param
    legacy_load.load_directory(connection, write(tmp_path), schema=schema)
    # Names come without a schema where the schema leads the path.
    connection.execute("select set_config('search_path', quote_ident(%s), false)", [schema])
    return connection, schema


def test_columns_are_those_on_record(schema_with_tables: tuple[Connection, str], shared_legacy: Path) -> None:
    connection, schema = schema_with_tables
    recorded = [
        (
            row["table_name"],
            row["column_name"],
            row["data_type"],
            row["nullable"] == "NO",
            row["column_default"] or None,
            row["generated_as"] or None,
        )
        for row in sorted(
            records(shared_legacy / "columns.csv"), key=lambda row: (row["table_name"], int(row["position"]))
        )
    ]
    found = connection.execute(
        """
        select
            relname, attname, format_type(atttypid, atttypmod), attnotnull,
            case attgenerated when '' then pg_get_expr(adbin, adrelid) end,
            case attgenerated when 's' then pg_get_expr(adbin, adrelid) when 'v' then 'virtual' end
        from pg_attribute
        join pg_class on pg_class.oid = attrelid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where relnamespace = (select oid from pg_namespace where nspname = %s) and relkind = 'r' and attnum > 0
        order by relname collate "C", attnum
        """,
        [schema],
    ).fetchall()
    assert found == recorded


def test_constraints_are_those_on_record(
    schema_with_tables: tuple[Connection, str], shared_legacy: Path
) -> None:
    connection, schema = schema_with_tables
    recorded = {
        (row["table_name"], row["constraint_name"], row["definition"])
        for row in records(shared_legacy / "constraints.csv")
    }
    found = connection.execute(
        """
        select conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
        from pg_constraint
        where connamespace = (select oid from pg_namespace where nspname = %s) and contype in ('p', 'u', 'f', 'c', 'x')
        """,
        [schema],
    ).fetchall()
    assert len(found) == len(set(found))
    assert set(found) == recorded | KEYS_THAT_FOREIGN_KEYS_NEED


def test_indexes_are_those_on_record(schema_with_tables: tuple[Connection, str], shared_legacy: Path) -> None:
    connection, schema = schema_with_tables
    recorded = {
        (row["table_name"], row["index_name"], row["definition"])
        for row in records(shared_legacy / "indexes.csv")
    }
    found = connection.execute(
        """
        select tablename::text, indexname::text, regexp_replace(indexdef, '^.* USING ', '')
        from pg_indexes
        where schemaname = %s and tablename in ('dh_personas', 'org_personas')
        """,
        [schema],
    ).fetchall()
    assert set(found) == recorded
    assert len(found) == len(recorded)
