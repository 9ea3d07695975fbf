"""The demo shows every defect of the real database, and the same seed gives the same rows."""

import hashlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from conftest import new_database
from demo_defects import DEFECTS, VIEWS
from personas.cli import main
from personas.demo import load_demo
from personas.errors import PersonasError
from personas.legacy.tables import LEGACY_TABLES
from personas.legacy_load import load_directory
from personas.server import EmbeddedServer
from test_legacy_load import connect_to, records

Connection = psycopg.Connection[Any]

# No defect at all, in as few rows as that takes.
CLEAN = {
    "tenants": "id,name,slug,type\n11111111-1111-4111-8111-111111111111,One,one,client\n",
    "industries": "id,industry_code\n22222222-2222-4222-8222-222222222222,pharmaceuticals\n",
    "org_roles": "id,unique_id,org_role\n33333333-3333-4333-8333-333333333333,ROLE-1,Nurse\n",
    "org_personas": (
        "id,tenant_id,code,name,unique_id,metadata,primary_role_id,industry_id,pharma_id\n"
        "44444444-4444-4444-8444-444444444444,11111111-1111-4111-8111-111111111111,O-1,Nurse,org_1,{},"
        "33333333-3333-4333-8333-333333333333,22222222-2222-4222-8222-222222222222,PH-1\n"
    ),
    "persona_role_mapping": (
        "persona_id,org_role_id,match_type,match_confidence,is_primary_role\n"
        "44444444-4444-4444-8444-444444444444,33333333-3333-4333-8333-333333333333,direct,high,true\n"
    ),
    "dh_personas": (
        "unique_id,persona_code,name,title,responsibilities,organization,background,"
        "industry_id,pharma_id\n"
        'dh_1,D-1,Surgeon,Surgeon,"[""Operate""]",Hospital,Long in the trade,'
        "22222222-2222-4222-8222-222222222222,PH-2\n"
        'dh_2,D-2,Midwife,Midwife,"[""Deliver""]",Clinic,Short in the trade,'
        "22222222-2222-4222-8222-222222222222,PH-3\n"
    ),
    "jtbd_library": "id,title\nJ1,Heal\n",
    "jtbd_org_persona_mapping": (
        "jtbd_id,persona_id,relevance_score\nJ1,44444444-4444-4444-8444-444444444444,5\n"
    ),
}


@pytest.fixture
def connection_18(fresh_database_18: dict[str, str]) -> Iterator[Connection]:
    with connect_to(fresh_database_18) as opened:
        yield opened


def shown(connection: Connection) -> set[str]:
    """The defects that the database has."""
    connection.execute(VIEWS)
    return {defect for defect, query in DEFECTS.items() if connection.execute(query).fetchone() is not None}


def contents(connection: Connection) -> dict[str, str]:
    """A hash of all rows of each table, but for what the server's own dictionaries generate."""
    return {
        table: hashlib.sha256("\n".join(_rows(connection, table)).encode()).hexdigest()
        for table in LEGACY_TABLES
    }


def _rows(connection: Connection, table: str) -> list[str]:
    return sorted(
        text
        for (text,) in connection.execute(f"select (to_jsonb({table}) - 'search_vector')::text from {table}")
    )


def counts(connection: Connection) -> dict[str, int]:
    return {table: _count(connection, table) for table in LEGACY_TABLES}


def _count(connection: Connection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row
    return int(row[0])


@pytest.mark.each_version
def test_the_default_demo_shows_every_defect(fresh_database: dict[str, str]) -> None:
    with connect_to(fresh_database) as connection:
        load_demo(connection)
        assert DEFECTS.keys() - shown(connection) == set()


@pytest.mark.parametrize(("rows", "seed"), [(182, 7), (100, 2), (2_000, 3)])
def test_other_sizes_and_seeds_show_every_defect(connection_18: Connection, rows: int, seed: int) -> None:
    load_demo(connection_18, rows=rows, seed=seed)
    assert DEFECTS.keys() - shown(connection_18) == set()


def test_a_clean_database_shows_none(
    connection_18: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    directory = tmp_path_factory.mktemp("clean")
    for table, text in CLEAN.items():
        (directory / f"{table}.csv").write_text(text, encoding="utf-8")
    load_directory(connection_18, directory)
    assert shown(connection_18) == set()


def test_the_default_has_182_and_35_personas(connection_18: Connection) -> None:
    report = load_demo(connection_18)
    assert report.rows == counts(connection_18)
    assert (report.rows["dh_personas"], report.rows["org_personas"]) == (182, 35)


@pytest.mark.parametrize(("rows", "org_rows"), [(0, 0), (1, 0), (7, 1), (1_000, 200)])
def test_org_personas_are_a_fifth(connection_18: Connection, rows: int, org_rows: int) -> None:
    load_demo(connection_18, rows=rows)
    found = counts(connection_18)
    assert (found["dh_personas"], found["org_personas"]) == (rows, org_rows)


def test_neighbours_grow_sensibly(connection_18: Connection) -> None:
    load_demo(connection_18, rows=20_000)
    found = counts(connection_18)
    assert 1.1 < found["persona_role_mapping"] / found["org_personas"] < 1.3
    assert 4 < found["tenants"] <= 20
    linked = connection_18.execute(
        "select count(distinct persona_id) + count(distinct persona_dh_id) from jtbd_org_persona_mapping"
    ).fetchone()
    assert linked is not None
    assert 0.10 < linked[0] / 24_000 < 0.20


def test_the_same_seed_gives_the_same_rows_on_every_version(
    pg15: EmbeddedServer, pg18: EmbeddedServer
) -> None:
    found = []
    for server in (pg15, pg18, pg18):
        with new_database(server) as environment, connect_to(environment) as connection:
            load_demo(connection, rows=400, seed=11)
            found.append(contents(connection))
    assert found[0] == found[1] == found[2]


def test_another_seed_gives_other_personas(connection_18: Connection) -> None:
    load_demo(connection_18, seed=1)
    before = contents(connection_18)
    load_demo(connection_18, seed=2, replace=True)
    after = contents(connection_18)
    assert {table for table in LEGACY_TABLES if before[table] == after[table]} == {
        "industries",
        "jtbd_library",
    }


def test_industries_have_the_keys_of_the_real_database(connection_18: Connection, shared_legacy: Any) -> None:
    load_demo(connection_18, rows=0)
    found = connection_18.execute(
        "select id::text, unique_id, industry_code, industry_name from industries"
    ).fetchall()
    assert set(found) == {
        (row["id"], row["unique_id"], row["industry_code"], row["industry_name"])
        for row in records(shared_legacy / "industries.csv")
    }


def test_progress_tells_rows_so_far(connection_18: Connection) -> None:
    told: list[tuple[str, int, bool]] = []
    load_demo(connection_18, rows=5_000, progress=lambda *step: told.append(step))
    assert [count for table, count, _ in told if table == "dh_personas"] == [2_000, 4_000, 5_000]
    assert [done for table, _, done in told if table == "dh_personas"] == [False, False, True]


def test_refuses_where_legacy_tables_are(connection_18: Connection) -> None:
    load_demo(connection_18, rows=1)
    with pytest.raises(PersonasError, match=r"already holds .*dh_personas.*--replace"):
        load_demo(connection_18)
    assert counts(connection_18)["dh_personas"] == 1


@pytest.mark.parametrize("rows", [-1, 10_000_001])
def test_refuses_impossible_sizes(connection_18: Connection, rows: int) -> None:
    with pytest.raises(PersonasError, match=f"--rows {rows}"):
        load_demo(connection_18, rows=rows)


def test_command_line(fresh_database_18: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in fresh_database_18.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(
        main, ["demo", "load", "--rows", "50", "--seed", "3", "--schema", "elsewhere"]
    )
    assert result.exit_code == 0, result.output
    assert "Loaded elsewhere.dh_personas: 50 rows" in result.stdout
    assert "Loaded elsewhere.org_personas: 10 rows" in result.stdout
    again = CliRunner().invoke(main, ["demo", "load", "--schema", "elsewhere"])
    assert again.exit_code == 1
    assert again.stderr.startswith("Error: schema elsewhere already holds")
    assert again.stderr.count("\n") == 1
