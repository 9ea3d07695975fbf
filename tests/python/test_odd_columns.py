"""A legacy column may have any name and any type: it is kept, rebuilt byte for byte, versions too."""

import itertools

import psycopg
import pytest
from psycopg import sql

from dbt_project import WITHOUT_TESTS, Project

# Type → two different values of it. The second one differs in bytes, and not always by `=`.
TYPES = {
    "mood": ("calm", "busy"),
    '"odd types"."mood type"': ("a", "b'c"),
    "text[]": ("{a,NULL}", '{"a b",""}'),
    "integer[]": ("{{1,2},{3,4}}", "[0:1]={1,2}"),
    "json": ('{"a": 1,  "a": 2}', '{"a":1,"a":2}'),
    "jsonb": ("null", '{"a": 1.0}'),
    "bit(3)": ("101", "111"),
    "bit varying": ("1", "10"),
    "int4range": ("[1,5)", "empty"),
    "money": ("$1.50", "-$2,000.00"),
    "place": ('("a, b",)', "(,1)"),
    "short_text": ("a", "b"),
    "double precision": ("0.1", "-0"),
    "real": ("0.1", "NaN"),
    "numeric": ("1.10", "1.1"),
    "interval": ("1 mon", "30 days"),
    "point": ("(1,2)", "(1,2.0000000001)"),
    "inet": ("10.0.0.1", "10.0.0.1/8"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    "bytea": ("\\x00ff", "\\x"),
    "character(5)": ("ab", "b"),
    "character varying(7)": ("ab ", ""),
    "timestamp": ("2020-01-01 12:00:00.123456", "infinity"),
    "time with time zone": ("12:00:00+02", "10:00:00+00"),
    "tsvector": ("'a':1 'b':2", "'a' 'b'"),
}
NAMES = (
    "select",
    "table",
    'quo"te',
    "it's",
    "Ü mläut",
    "with space",
    "percent%s",
    "brace{{ x }}",
    "dollar$$",
    "back\\slash",
    "persona_id",
    "residual",
    "profile",
    "source_table",
    "row",
    "old_row",
    "keys",
    "new",
    "(json null)x",
    "UPPER",
    "a" * 63,
)
MAKE = """
create schema "odd types";
create type mood as enum ('calm', 'busy');
create type "odd types"."mood type" as enum ('a', 'b''c');
create type place as (town text, zip integer);
create domain short_text as varchar(20) check (value <> '');
"""
# Kinds of columns: without default, with one, and not null with one.
KINDS = ("", " default ", " not null default ")


def columns(sample: bool) -> list[tuple[str, str, str]]:
    """(name, type, kind) of each column: every type and every name once, or every kind of every type."""
    if sample:
        names = itertools.chain(NAMES, (f"extra {number}" for number in itertools.count()))
        return list(zip(names, TYPES, itertools.cycle(KINDS), strict=False))
    return [
        (f"{NAMES[number % len(NAMES)][:50]} {number}", data_type, kind)
        for number, (data_type, kind) in enumerate(itertools.product(TYPES, KINDS))
    ]


@pytest.mark.parametrize("sample", [True, pytest.param(False, marks=pytest.mark.long)])
@pytest.mark.parametrize("table", ["dh_personas", pytest.param("org_personas", marks=pytest.mark.long)])
def test_a_column_of_any_name_and_type_goes_the_whole_way(
    project_18: Project, table: str, sample: bool
) -> None:
    added = columns(sample)
    project_18.execute(*MAKE.strip().split("\n"))
    with project_18.connect() as connection:
        for name, data_type, kind in added:
            default = sql.Literal(TYPES[data_type][0]) if kind else sql.SQL("")
            connection.execute(
                sql.SQL("alter table {} add column {} {}{}{}").format(
                    sql.Identifier(table),
                    sql.Identifier(name),
                    sql.SQL(data_type),
                    sql.SQL(kind),
                    default,
                )
            )
        (key,) = connection.execute(f"select min(id::text) from {table}").fetchone() or ("",)
        project_18.build(*WITHOUT_TESTS)
        found = [set_all(connection, table, key, added, place) for place in (0, 1)]
        assert found[0] != found[1]
    project_18.build(*WITHOUT_TESTS)

    gaps = "select * from personas_audit.audit_table_shapes where problem <> ''"
    assert project_18.query(gaps) == []
    assert project_18.query("select * from personas_audit.audit_round_trip") == []
    with project_18.connect() as connection:
        snapshot = f"personas_audit.snapshot_{table}"
        last = values(connection, snapshot, key, added, "dbt_valid_to is null")
        assert last == found[1]
        # as it was first seen, with the new columns, and with other values
        versions = f"select count(*) from {snapshot} where id = %s"
        assert project_18.value(versions, key) == 3


def set_all(
    connection: psycopg.Connection[object],
    table: str,
    key: str,
    added: list[tuple[str, str, str]],
    place: int,
) -> object:
    """Writes the first or the second value into each column of one row; what then stands there, as text."""
    for name, data_type, _ in added:
        value = sql.Literal(TYPES[data_type][place])
        statement = sql.SQL("update {} set {} = {} where id = {}")
        connection.execute(
            statement.format(sql.Identifier(table), sql.Identifier(name), value, sql.Literal(key))
        )
    return values(connection, table, key, added, "true")


def values(
    connection: psycopg.Connection[object],
    relation: str,
    key: str,
    added: list[tuple[str, str, str]],
    condition: str,
) -> object:
    """The columns of one row, as text."""
    listed = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name, _, _ in added)
    query = sql.SQL("select {} from " + relation + " where id = {} and " + condition)
    return connection.execute(query.format(listed, sql.Literal(key))).fetchone()
