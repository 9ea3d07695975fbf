"""The legacy tables are those of the live database, and CSV files come in whole or not at all."""

import csv
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

# The messages of COPY and the catalog differ between versions; each test takes a moment.
pytestmark = pytest.mark.each_version

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
        where relnamespace = (select oid from pg_namespace where nspname = %s)
        and relkind = 'r' and attnum > 0
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
        where connamespace = (select oid from pg_namespace where nspname = %s)
        and contype in ('p', 'u', 'f', 'c', 'x')
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


def test_only_the_ten_tables_are_made(schema_with_tables: tuple[Connection, str]) -> None:
    connection, schema = schema_with_tables
    found = connection.execute("select tablename from pg_tables where schemaname = %s", [schema]).fetchall()
    assert {name for (name,) in found} == set(LEGACY_TABLES)


@pytest.mark.parametrize("table", ["dh_personas", "org_personas"])
def test_an_update_overwrites_updated_at(connection: Connection, tmp_path: Path, table: str) -> None:
    legacy_load.load_directory(connection, write(tmp_path, **ONE_OF_EACH))
    connection.execute(f"update {table} set updated_at = '2001-01-01'")
    assert connection.execute(f"select updated_at > now() - interval '1 hour' from {table}").fetchone() == (
        True,
    )


def test_ids_come_by_default_without_an_extension(connection: Connection, tmp_path: Path) -> None:
    legacy_load.load_directory(
        connection, write(tmp_path, dh_personas="unique_id,persona_code,name,title\na,b,c,d\n")
    )
    assert connection.execute("select uuid_generate_v4() <> id from dh_personas").fetchone() == (True,)
    assert connection.execute("select count(*) from pg_extension where extname = 'uuid-ossp'").fetchone() == (
        0,
    )


def test_ids_come_from_the_extension_where_it_is_installed(connection: Connection, tmp_path: Path) -> None:
    available = connection.execute("select from pg_available_extensions where name = 'uuid-ossp'").fetchone()
    if available is None:
        pytest.skip("this server has no extension uuid-ossp; PostgreSQL 15 with contrib does")
    connection.execute('create schema "Ext"; create extension "uuid-ossp" schema "Ext"')
    legacy_load.load_directory(connection, write(tmp_path))
    functions = connection.execute(
        "select pronamespace::regnamespace::text from pg_proc where proname = 'uuid_generate_v4'"
    ).fetchall()
    assert functions == [('"Ext"',)]
    default = connection.execute(
        "select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = 'tenants'::regclass and adnum = 1"
    ).fetchone()
    assert default == ('"Ext".uuid_generate_v4()',)


def test_a_trigger_function_of_the_user_stays(connection: Connection, tmp_path: Path) -> None:
    connection.execute(
        "create function update_updated_at_column() returns trigger"
        " language plpgsql as 'begin return new; end'"
    )
    legacy_load.load_directory(connection, write(tmp_path, **ONE_OF_EACH))
    connection.execute("update dh_personas set updated_at = '2001-01-01Z'")
    assert connection.execute("select updated_at = '2001-01-01Z' from dh_personas").fetchone() == (True,)


@pytest.fixture
def supabase_roles(connection: Connection) -> Iterator[tuple[str, ...]]:
    """Roles belong to the whole server: made for one test, then dropped."""
    names = ("anon", "authenticated", "service_role", "plain_owner", "plain_reader")
    for name in names:
        connection.execute(f"create role {name}")
    try:
        yield names
    finally:
        connection.execute("reset role")
        for name in names:
            connection.execute(f"drop owned by {name}; drop role {name}")


def test_row_level_security_hides_rows_but_not_from_the_owner(
    connection: Connection, supabase_roles: tuple[str, ...], tmp_path: Path
) -> None:
    connection.execute("grant create, usage on schema public to plain_owner")
    connection.execute("set role plain_owner")
    legacy_load.load_directory(connection, write(tmp_path, **ONE_OF_EACH))
    connection.execute("grant select on all tables in schema public to public")
    for table in ("dh_personas", "org_personas"):
        seen = {}
        for role in ("plain_owner", "plain_reader", "anon", "authenticated", "service_role"):
            connection.execute("reset role")
            connection.execute(f"set role {role}")
            rows = connection.execute(
                f"select count(*), row_security_active('{table}') from {table}"
            ).fetchone()
            seen[role] = rows
        assert seen == {
            "plain_owner": (1, False),
            "plain_reader": (0, True),
            "anon": (1, True),
            "authenticated": (1, True),
            "service_role": (1, True),
        }


# --- files that are good ----------------------------------------------------------------------------------

TENANT = "11111111-1111-4111-8111-111111111111"
INDUSTRY = "22222222-2222-4222-8222-222222222222"
ONE_OF_EACH = {
    "tenants": f"id,name,slug,type\n{TENANT},One,one,client\n",
    "org_personas": f"tenant_id,code,name,unique_id\n{TENANT},O-1,Nurse,org_1\n",
    "dh_personas": "unique_id,persona_code,name,title\ndh_1,D-1,Surgeon,Surgeon\n",
}


def test_the_real_rows_come_in_as_they_are(connection: Connection, shared_legacy: Path) -> None:
    report = legacy_load.load_directory(connection, shared_legacy)
    assert list(report.rows) == list(LEGACY_TABLES)
    types = {
        (row["table_name"], row["column_name"]): row["data_type"]
        for row in records(shared_legacy / "columns.csv")
    }
    for table in LEGACY_TABLES:
        recorded = records(shared_legacy / f"{table}.csv")
        texts = [column for column in recorded[0] if types[table, column].startswith(("text", "character"))]
        texts = [column for column in texts if not types[table, column].endswith("[]")]
        found = connection.execute(
            f"select {', '.join(f'{column}::text' for column in ['id', *texts])} from {table}"
        )
        assert report.rows[table] == len(recorded)
        assert sorted(found, key=str) == sorted(
            (tuple(row[column] or None for column in ["id", *texts]) for row in recorded), key=str
        )


def test_empty_is_null_and_quoted_empty_is_not(connection_18: Connection, tmp_path: Path) -> None:
    text = 'unique_id,persona_code,name,title,notes,team\na,b,c,d,,""\n'
    legacy_load.load_directory(connection_18, write(tmp_path, dh_personas=text))
    assert connection_18.execute("select notes, team from dh_personas").fetchone() == (None, "")


def test_a_column_that_is_not_in_the_file_has_its_default(connection_18: Connection, tmp_path: Path) -> None:
    legacy_load.load_directory(connection_18, write(tmp_path, **ONE_OF_EACH))
    row = connection_18.execute(
        "select tier, value_score, priority_score, is_active, tags from dh_personas"
    ).fetchone()
    assert row is not None
    assert (row[0], row[1], float(row[2]), row[3], row[4]) == (3, 5, 5.0, True, [])


def test_line_ends_byte_order_mark_and_order_of_columns_do_not_matter(
    connection_18: Connection, tmp_path: Path
) -> None:
    text = '\ufeff"title",name,"persona_code",unique_id\r\n"Sur\r\ngeon",Zoë,P,a\r\n'
    legacy_load.load_directory(connection_18, write(tmp_path, dh_personas=text))
    assert connection_18.execute("select name, title, unique_id from dh_personas").fetchone() == (
        "Zoë",
        "Sur\r\ngeon",
        "a",
    )


def test_a_header_in_other_letters_names_the_same_columns(connection_18: Connection, tmp_path: Path) -> None:
    files = {"dh_personas": 'Unique_ID, PERSONA_CODE ,name,"Title"\na,b,"c ""d"", e","f\ng"\n'}
    assert legacy_load.load_directory(connection_18, write(tmp_path, **files)).rows["dh_personas"] == 1
    assert connection_18.execute(
        "select unique_id, persona_code, name, title from dh_personas"
    ).fetchall() == [("a", "b", 'c "d", e', "f\ng")]


def test_times_without_a_zone_are_utc(connection_18: Connection, tmp_path: Path) -> None:
    connection_18.execute("set time zone 'Asia/Tokyo'")
    text = "unique_id,persona_code,name,title,created_at\na,b,c,d,2025-11-09\n"
    legacy_load.load_directory(connection_18, write(tmp_path, dh_personas=text))
    assert connection_18.execute("select created_at = '2025-11-09Z' from dh_personas").fetchone() == (True,)
    assert connection_18.execute("show time zone").fetchone() == ("Asia/Tokyo",)


def test_loads_within_a_transaction_of_the_caller(connection_18: Connection, tmp_path: Path) -> None:
    directory = write(tmp_path, **ONE_OF_EACH)
    with connection_18.transaction(force_rollback=True):
        connection_18.execute("set local search_path to pg_catalog; set local time zone 'Asia/Tokyo'")
        legacy_load.load_directory(connection_18, directory)
        assert connection_18.execute("show search_path").fetchone() == ("pg_catalog",)
        assert connection_18.execute("show time zone").fetchone() == ("Asia/Tokyo",)
        assert legacy_load.holds_legacy_tables(connection_18)
    assert not legacy_load.holds_legacy_tables(connection_18)


def test_absent_files_are_named(connection_18: Connection, tmp_path: Path) -> None:
    report = legacy_load.load_directory(connection_18, write(tmp_path, **ONE_OF_EACH))
    assert report.rows == {table: int(table in ONE_OF_EACH) for table in LEGACY_TABLES}
    (remark,) = report.remarks
    assert all(f"{table}.csv" in remark for table in set(LEGACY_TABLES) - set(ONE_OF_EACH))
    assert "dh_personas.csv" not in remark


# --- files that are bad -----------------------------------------------------------------------------------

BAD_FILES = {
    "unknown column": (
        {"dh_personas": "unique_id,persona_name\n"},
        r"dh_personas\.csv line 1, column 'persona_name': no such column.*persona_code",
    ),
    "generated column": (
        {"dh_personas": "unique_id,priority_score\n"},
        r"dh_personas\.csv line 1, column 'priority_score': .*generates it: leave it out",
    ),
    "generated search vector": (
        {"org_roles": "unique_id,search_vector\n"},
        r"org_roles\.csv line 1, column 'search_vector': .*generates it",
    ),
    "a column twice": (
        {"dh_personas": "name,title,name\n"},
        r"dh_personas\.csv line 1, column 'name': named twice",
    ),
    "no header": ({"org_personas": ""}, r"org_personas\.csv line 1: no header"),
    "wrong separator": (
        {"dh_personas": "unique_id;name\n"},
        r"dh_personas\.csv line 1, column 'unique_id;name': no such column",
    ),
    "a broken header": ({"dh_personas": '"unique_id\n'}, r"dh_personas\.csv line 1: .*header"),
    "not a number": (
        {"dh_personas": "unique_id,persona_code,name,title,tier\na,b,c,d,1\ne,f,g,h,one\n"},
        r'dh_personas\.csv line 3, column tier: .*"one".*: correct the value',
    ),
    "not JSON": (
        {"dh_personas": "unique_id,persona_code,name,title,tags\na,b,c,d,[oops\n"},
        r"dh_personas\.csv line 2, column tags: invalid input syntax for type json.*: correct the value",
    ),
    "lines within a value are counted": (
        {"dh_personas": 'unique_id,persona_code,name,title,tier\na,"b\n\nc",c,d,1\ne,f,g,h,one\n'},
        r"dh_personas\.csv line 5, column tier: ",
    ),
    "too long": (
        {"dh_personas": f"unique_id,persona_code,name,title,pharma_id\na,b,c,d,{'x' * 51}\n"},
        r"dh_personas\.csv line 2, column pharma_id: value too long .*: shorten the value",
    ),
    "out of range": (
        {"dh_personas": "unique_id,persona_code,name,title,tier\na,b,c,d,6\n"},
        r"dh_personas\.csv line 2: .*dh_personas_tier_check.*: correct the value",
    ),
    "not in the enumeration": (
        ONE_OF_EACH
        | {"org_personas": f"tenant_id,code,name,unique_id,decision_authority\n{TENANT},O,N,o,high\n"},
        r"org_personas\.csv line 2: .*chk_persona_decision_authority",
    ),
    "null where a value must be": (
        {"dh_personas": "unique_id,persona_code,name,title\na,b,,d\n"},
        r"dh_personas\.csv line 2, column name: null value.*: give every row a value",
    ),
    "a column that must be there is not": (
        {"dh_personas": "unique_id,persona_code,title\na,b,d\n"},
        r"dh_personas\.csv line 2, column name: null value",
    ),
    "a key twice": (
        {"dh_personas": "unique_id,persona_code,name,title\na,b,c,d\na,e,f,g\n"},
        r"dh_personas\.csv line 3: .*dh_personas_unique_id_key.*\(unique_id\)=\(a\).*: keep one",
    ),
    "a row that is not there": (
        {"dh_personas": f"unique_id,persona_code,name,title,industry_id\na,b,c,d,{INDUSTRY}\n"},
        rf"dh_personas\.csv: .*\(industry_id\)=\({INDUSTRY}\).*industries.*: add the row",
    ),
    "too few fields": (
        {"dh_personas": "unique_id,persona_code,name,title\na,b,c\n"},
        r'dh_personas\.csv line 2: missing data for column "title": give every line',
    ),
    "too many fields": (
        {"dh_personas": "unique_id,persona_code,name,title\na,b,c,d,e\n"},
        r"dh_personas\.csv line 2: extra data after last expected column: give every line",
    ),
    "a quote within a field": (
        {"dh_personas": 'unique_id,persona_code,name,title\na,b,5"10,d\ne,f,g,h"\n'},
        r"dh_personas\.csv line 2: a quote that opens no field.*double each quote",
    ),
    "a quote that only a later row closes": (
        {"dh_personas": 'unique_id,persona_code,name,title\na,b,"c",d\ne,f,"g,h\ni,j,"k",l\n'},
        r"dh_personas\.csv line 3: a quote that opens no field",
    ),
    "a quote that nothing closes": (
        {"dh_personas": 'unique_id,persona_code,name,title\na,b,"c,d\n'},
        r"dh_personas\.csv line 2: a quote .* that none closes",
    ),
    "what ends a COPY": (
        {"dh_personas": "unique_id,persona_code,name,title\na,b,c,d\n\\.\ne,f,g,h\n"},
        r"dh_personas\.csv line 3: \\\. alone on a line",
    ),
    "what ends a COPY, within a field": (
        {"dh_personas": 'unique_id,persona_code,name,title\na,b,c,"d\n\\.\n"\n'},
        r"dh_personas\.csv line 3: \\\. alone on a line",
    ),
    "a blank line": (
        {"dh_personas": "unique_id,persona_code,name,title\na,b,c,d\n\ne,f,g,h\n"},
        r'dh_personas\.csv line 3: missing data for column "persona_code"',
    ),
    "the last of the files": (
        {"jtbd_org_persona_mapping": "jtbd_id,relevance_score\nX,1\n"},
        r"jtbd_org_persona_mapping\.csv line 2: .*persona_reference_required",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_is_named_and_leaves_nothing(connection: Connection, tmp_path: Path, case: str) -> None:
    files, message = BAD_FILES[case]
    with pytest.raises(PersonasError, match=message) as caught:
        legacy_load.load_directory(connection, write(tmp_path, **files), schema="fresh")
    assert "\n" not in caught.value.message
    assert caught.value.message.endswith("Nothing was changed.")
    assert connection.execute("select from pg_namespace where nspname = 'fresh'").fetchone() is None


def test_another_encoding_is_named(connection_18: Connection, tmp_path: Path) -> None:
    directory = write(tmp_path)
    (directory / "dh_personas.csv").write_bytes(
        "unique_id,persona_code,name,title\na,b,Zoë,d\n".encode("latin-1")
    )
    with pytest.raises(
        PersonasError, match=r"dh_personas\.csv line 2: invalid byte sequence.*: save the file as UTF-8"
    ):
        legacy_load.load_directory(connection_18, directory)


@pytest.mark.parametrize("table", ["dh_personas", "org_personas"])
def test_a_persona_file_must_be_there(connection_18: Connection, tmp_path: Path, table: str) -> None:
    directory = write(tmp_path)
    (directory / f"{table}.csv").unlink()
    with pytest.raises(PersonasError, match=rf"{table}\.csv is missing"):
        legacy_load.load_directory(connection_18, directory)


def test_a_directory_must_be_there(connection_18: Connection, tmp_path: Path) -> None:
    with pytest.raises(PersonasError, match="nowhere is not a directory"):
        legacy_load.load_directory(connection_18, tmp_path / "nowhere")


def test_a_role_that_may_not_create_is_told_so(
    connection: Connection, supabase_roles: tuple[str, ...], tmp_path: Path
) -> None:
    connection.execute("set role plain_reader")
    with pytest.raises(PersonasError, match="permission denied for schema public"):
        legacy_load.load_directory(connection, write(tmp_path))


# --- what is there already --------------------------------------------------------------------------------


@pytest.fixture
def loaded(connection_18: Connection, tmp_path: Path) -> tuple[Connection, Path]:
    """A database that holds one persona in each table, and files that hold none."""
    full, empty = tmp_path / "full", tmp_path / "empty"
    full.mkdir()
    empty.mkdir()
    legacy_load.load_directory(connection_18, write(full, **ONE_OF_EACH))
    return connection_18, write(empty)


def personas_in(connection: Connection) -> int:
    row = connection.execute("select count(*) from dh_personas").fetchone()
    assert row
    return int(row[0])


def schemas(connection: Connection) -> set[str]:
    return {
        name for (name,) in connection.execute("select nspname from pg_namespace where nspname !~ '^pg_'")
    }


def build_marts(connection: Connection, target: str = "personas") -> None:
    """What the project leaves behind, as far as it matters here."""
    connection.execute(
        f"""
        create schema {target};
        create schema {target}_staging;
        create schema {target}_audit;
        create table {target}.personas (id uuid primary key, industry_id uuid references public.industries);
        create view {target}_staging.stg_dh_personas as select * from public.dh_personas;
        create table {target}_audit.snapshots (id uuid);
        create function {target}.forward() returns trigger language plpgsql as 'begin return null; end';
        create trigger forward after insert on public.dh_personas execute function {target}.forward();
        """
    )


def test_holds_legacy_tables(connection_18: Connection) -> None:
    assert not legacy_load.holds_legacy_tables(connection_18)
    connection_18.execute("create schema other; create table other.jtbd_library (id text)")
    assert not legacy_load.holds_legacy_tables(connection_18)
    assert legacy_load.holds_legacy_tables(connection_18, "other")
    connection_18.execute("create view tenants as select 1 as id")
    assert not legacy_load.holds_legacy_tables(connection_18)


def test_one_table_is_enough_to_refuse(connection_18: Connection, tmp_path: Path) -> None:
    connection_18.execute("create table org_roles (mine int)")
    with pytest.raises(PersonasError, match="already holds org_roles: --replace"):
        legacy_load.load_directory(connection_18, write(tmp_path))
    legacy_load.load_directory(connection_18, write(tmp_path), replace=True)


def test_replace_drops_and_says_so(loaded: tuple[Connection, Path]) -> None:
    connection, empty = loaded
    connection.execute("create table bystander (id int)")
    report = legacy_load.load_directory(connection, empty, replace=True)
    assert personas_in(connection) == 0
    (dropped,) = report.dropped
    assert dropped == f"10 tables of schema public: {', '.join(LEGACY_TABLES)}"
    connection.execute("select from bystander")


def test_a_bad_file_leaves_the_old_rows(loaded: tuple[Connection, Path]) -> None:
    connection, directory = loaded
    write(directory, dh_personas="unique_id,persona_code,name,title,tier\na,b,c,d,oops\n")
    with pytest.raises(PersonasError, match="line 2, column tier"):
        legacy_load.load_directory(connection, directory, replace=True)
    assert personas_in(connection) == 1


@pytest.mark.parametrize("target", ["personas", "merged"])
def test_replace_is_refused_where_marts_stand(
    loaded: tuple[Connection, Path], monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    connection, empty = loaded
    monkeypatch.setenv("PERSONAS_SCHEMA", target)
    build_marts(connection, target)
    with pytest.raises(
        PersonasError, match=f"schema {target}, {target}_audit, {target}_staging.*--with-target"
    ):
        legacy_load.load_directory(connection, empty, replace=True)
    assert personas_in(connection) == 1


def test_with_target_drops_the_projects_schemas_and_no_others(loaded: tuple[Connection, Path]) -> None:
    connection, empty = loaded
    build_marts(connection)
    for other in ("neighbour", "neighbour_staging", "personas_backup"):
        connection.execute(f"create schema {other}; create table {other}.personas (id uuid)")
    report = legacy_load.load_directory(connection, empty, replace=True, with_target=True)
    assert report.dropped[:3] == (
        "schema personas (1 tables and views)",
        "schema personas_audit (1 tables and views)",
        "schema personas_staging (1 tables and views)",
    )
    assert personas_in(connection) == 0
    kept = {
        "public",
        "information_schema",
        "neighbour",
        "neighbour_staging",
        "personas_backup",
    }
    assert schemas(connection) == kept


def test_empty_schemas_of_the_project_do_not_forbid_replace(loaded: tuple[Connection, Path]) -> None:
    connection, empty = loaded
    connection.execute("create schema personas; create schema personas_audit")
    report = legacy_load.load_directory(connection, empty, replace=True)
    assert len(report.dropped) == 1
    assert {"personas", "personas_audit"} <= schemas(connection)


STRANGERS = {
    "a view on a legacy table": (
        "create view mine.report as select name from dh_personas",
        "view mine.report",
    ),
    "a foreign key to a legacy table": (
        "create table mine.notes (persona uuid references dh_personas)",
        "constraint notes_persona_fkey on table mine.notes",
    ),
    "a view on a mart": ("create view mine.report as select * from personas.personas", "view mine.report"),
    "a foreign key to a mart": (
        "create table mine.notes (persona uuid references personas.personas)",
        "constraint notes_persona_fkey on table mine.notes",
    ),
    "a function on a mart": (
        "create function mine.read(personas.personas) returns int language sql as 'select 1'",
        "function mine.read",
    ),
    "a column of a mart's type": (
        "create table mine.copy (one personas.personas)",
        "column one of table mine.copy",
    ),
    "a trigger by the project's function": (
        "create table mine.notes (id int);"
        " create trigger t after insert on mine.notes execute function personas.forward()",
        "trigger t on table mine.notes",
    ),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_nothing_of_the_users_is_dropped(loaded: tuple[Connection, Path], stranger: str) -> None:
    connection, empty = loaded
    statement, name = STRANGERS[stranger]
    build_marts(connection)
    connection.execute(f"create schema mine; {statement}")
    with pytest.raises(PersonasError, match=name) as caught:
        legacy_load.load_directory(connection, empty, replace=True, with_target=True)
    assert "\n" not in caught.value.message
    assert personas_in(connection) == 1
    assert {"personas", "personas_staging", "personas_audit"} <= schemas(connection)


def test_a_view_named_like_a_legacy_table_is_not_dropped(loaded: tuple[Connection, Path]) -> None:
    connection, empty = loaded
    connection.execute("drop table persona_role_mapping; create view persona_role_mapping as select 1 as id")
    with pytest.raises(PersonasError, match=r"public\.persona_role_mapping exists and is not a table"):
        legacy_load.load_directory(connection, empty, replace=True)
    assert personas_in(connection) == 1


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        ("personas", {"with_target": True}, "--with-target only goes with --replace"),
        ("personas", {"schema": "personas_staging"}, "schema personas_staging is the project's own"),
        ("merged", {"schema": "merged"}, r"project's own \(PERSONAS_SCHEMA=merged\)"),
        ("public", {"schema": "old", "replace": True, "with_target": True}, "public, which is never dropped"),
    ],
)
def test_options_that_cannot_be(
    connection_18: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    options: dict[str, Any],
    message: str,
) -> None:
    monkeypatch.setenv("PERSONAS_SCHEMA", target)
    with pytest.raises(PersonasError, match=message):
        legacy_load.load_directory(connection_18, write(tmp_path), **options)


# --- command line -----------------------------------------------------------------------------------------


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["legacy", "load", *arguments])


def test_command_line(
    fresh_database_18: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in fresh_database_18.items():
        monkeypatch.setenv(name, value)
    directory = str(write(tmp_path, **ONE_OF_EACH))
    first = run(directory, "--schema", "old")
    assert first.exit_code == 0, first.output
    assert "Loaded old.dh_personas: 1 rows" in first.stdout
    second = run(directory, "--schema", "old")
    assert second.exit_code == 1
    assert second.stderr.startswith("Error: schema old already holds tenants, ")
    assert second.stderr.count("\n") == 1
    third = run(directory, "--schema", "old", "--replace", "--with-target")
    assert third.exit_code == 0, third.output
    assert "Dropped 10 tables of schema old" in third.stdout
