"""Builds after a build: nothing changed, one row changed, rows gone and back (design, laws 4 and 6)."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dbt_project import MARTS, WITHOUT_TESTS, Project

Row = dict[str, Any]


def rows_that_differ(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, int]:
    """Relation → how many of its rows are new or written anew; relations without any are left out."""
    counts = {name: len(set(after[name]) - set(before[name])) for name in before}
    return {name: count for name, count in counts.items() if count}


def persona(project: Project, key: str) -> Row:
    """The columns of a persona."""
    found = project.value("select to_jsonb(personas) from personas.personas where id = %s", key)
    assert isinstance(found, dict)
    return found


def take_away(project: Project, table: str, condition: str) -> Callable[[], None]:
    """Deletes legacy rows; returns a function that puts them back, byte for byte."""
    columns = project.value(
        "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute "
        "where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
        f"public.{table}",
    )
    project.execute(
        f"create table public.kept_{table} as select {columns} from {table} where {condition}",
        f"delete from {table} where {condition}",
    )
    return lambda: project.execute(
        f"insert into {table} ({columns}) select {columns} from public.kept_{table}",
        f"drop table public.kept_{table}",
    )


@pytest.mark.each_version
def test_building_again_writes_nothing(project: Project) -> None:
    dump, versions = project.dump(), project.row_versions()
    snapshots = "select count(*) from personas_audit.snapshot_dh_personas"
    count = project.value(snapshots)
    project.build(*WITHOUT_TESTS)
    assert project.dump() == dump
    assert project.row_versions() == versions
    assert project.value(snapshots) == count
    assert all(dump[mart] for mart in MARTS if mart != "persona_overrides")


def test_the_time_zone_of_a_build_changes_nothing(project_18: Project) -> None:
    versions = project_18.row_versions()
    project_18.dbt("run", environment={"PGTZ": "Asia/Kolkata"}).succeeded()
    assert project_18.row_versions() == versions


@pytest.mark.each_version
def test_one_changed_row_changes_its_persona_alone(project: Project) -> None:
    shared, private = (
        project.value(f"select id from {table} where name is not null order by id limit 1")
        for table in ("dh_personas", "org_personas")
    )
    dump, versions = project.dump(), project.row_versions()
    project.execute(
        f"update dh_personas set background = 'told anew' where id = '{shared}'",
        f"update org_personas set description = 'told anew' where id = '{private}'",
    )
    project.build()
    assert persona(project, shared)["description"] == "told anew"
    assert persona(project, private)["description"] == "told anew"
    assert rows_that_differ(versions, project.row_versions()) == {"personas": 2}
    assert rows_that_differ(dump, project.dump()) == {"personas": 2}


def test_the_second_of_two_builds_reads_after_the_first_has_written(project_18: Project) -> None:
    changed = project_18.value("select id from dh_personas where name is not null order by id limit 1")
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    lock = """select pg_advisory_xact_lock(hashtextextended('"personas"."personas"', 0))"""
    with project_18.connect() as first, ThreadPoolExecutor() as second:
        with first.transaction():
            first.execute(lock)
            run = second.submit(project_18.build, "run", "--select", "personas")
            ends = time.monotonic() + 120
            while not project_18.value(waiting):
                assert time.monotonic() < ends
                assert not run.done()
                time.sleep(0.05)
            project_18.execute(f"update dh_personas set background = 'meanwhile' where id = '{changed}'")
        run.result(timeout=120)
    assert persona(project_18, changed)["description"] == "meanwhile"


def test_two_rows_that_swap_their_unique_id_build(project: Project) -> None:
    swapped = []
    for table, same_tenant in (("dh_personas", "true"), ("org_personas", "a.tenant_id = b.tenant_id")):
        pair = project.query(
            f"select a.id, a.unique_id, b.id, b.unique_id from {table} as a join {table} as b "
            f"on a.id < b.id and {same_tenant} order by a.id, b.id limit 1"
        )[0]
        swapped.append(pair)
        first, first_name, second, second_name = pair
        project.execute(
            f"update {table} set unique_id = 'in between' where id = '{first}'",
            f"update {table} set unique_id = '{first_name}' where id = '{second}'",
            f"update {table} set unique_id = '{second_name}' where id = '{first}'",
        )
    project.build()
    for first, first_name, second, second_name in swapped:
        assert persona(project, first)["unique_id"] == second_name
        assert persona(project, second)["unique_id"] == first_name


def test_a_deleted_row_leaves_a_soft_deleted_persona_and_comes_back_whole(project: Project) -> None:
    """With one row of each table that has an industry, roles and jobs, as far as there are any."""
    shared = project.value(
        "select persona_dh_id from jtbd_org_persona_mapping "
        "join dh_personas on persona_dh_id = dh_personas.id where industry_id is not null order by 1 limit 1"
    )
    private = project.value("select persona_id from persona_role_mapping order by persona_id limit 1")
    gone = {"dh_personas": shared, "org_personas": private}
    dump = project.dump()
    before = {table: persona(project, key) for table, key in gone.items()}

    # In the order of their foreign keys: links first.
    put_back = [
        take_away(
            project, "jtbd_org_persona_mapping", f"persona_dh_id = '{shared}' or persona_id = '{private}'"
        ),
        take_away(project, "persona_role_mapping", f"persona_id = '{private}'"),
        *(take_away(project, table, f"id = '{key}'") for table, key in gone.items()),
    ]
    project.build()

    mapped = "select persona_id, source_deleted_at is not null from personas.persona_source_mapping "
    for table, key in gone.items():
        after = persona(project, key)
        assert after.pop("deleted_at") is not None
        assert before[table].pop("deleted_at") is None
        assert after == before[table]
        ids = "select persona_id from personas.persona_ids where source_table = %s and old_id = %s"
        assert project.value(ids, table, key) == key
        assert project.query(mapped + "where source_table = %s and source_id = %s", table, key) == [
            (key, True)
        ]
    now = project.dump()
    for mapping in ("persona_industry_mapping", "persona_role_mapping", "persona_jtbd_mapping"):
        assert now[mapping] == dump[mapping], "a soft-deleted persona keeps its mappings"
    links = "select count(*) from personas.persona_link_source_mapping"
    assert project.value(links) == len(dump["persona_link_source_mapping"])
    assert project.value(f"{links} where source_deleted_at is not null") > 1
    assert rows_that_differ(dump, now).keys() == {
        "personas",
        "persona_source_mapping",
        "persona_link_source_mapping",
        "int_persona_clusters",
    }

    versions = project.row_versions()
    project.build()
    assert project.row_versions() == versions, "the time first seen gone stays"

    for put in reversed(put_back):
        put()
    project.build()
    assert project.dump() == dump


@pytest.mark.parametrize("flag", ["false", "null"])
def test_an_inactive_row_is_a_soft_deleted_persona_and_an_unknown_one_is_not(
    project_18: Project, flag: str
) -> None:
    key = project_18.value("select id from dh_personas where is_active order by id limit 1")
    project_18.execute(f"update dh_personas set is_active = {flag} where id = '{key}'")
    project_18.build()
    found = project_18.query(
        "select personas.deleted_at, dh_personas.updated_at "
        "from personas.personas join dh_personas using (id) where id = %s",
        key,
    )
    ((deleted_at, updated_at),) = found
    assert deleted_at == (updated_at if flag == "false" else None)


def test_a_soft_deleted_persona_keeps_one_primary_industry(project_18: Project) -> None:
    rare = "select id from industries where industry_code = 'research_institutions'"
    key = project_18.value("select min(id::text) from dh_personas where meddev_id is null and dx_id is null")
    project_18.execute(
        f"update dh_personas set industry_id = ({rare}), pharma_id = 'X1', digital_health_id = null,"
        f" biotech_id = null where id = '{key}'",
        f"update dh_personas set industry_id = null where industry_id = ({rare}) and id <> '{key}'",
        f"update org_personas set industry_id = null where industry_id = ({rare})",
    )
    project_18.build()
    take_away(project_18, "dh_personas", f"id = '{key}'")
    project_18.build()
    mapped = (
        "select industry_code, is_primary from personas.persona_industry_mapping"
        " inner join industries on industries.id = industry_id where persona_id = %s order by is_primary desc"
    )
    assert project_18.query(mapped, key)[:2] == [
        ("research_institutions", True),
        ("pharmaceuticals", False),
    ]
    project_18.execute(f"delete from industries where id = ({rare})")
    project_18.build()
    assert project_18.query(mapped, key)[0] == ("pharmaceuticals", True)
    assert [primary for _, primary in project_18.query(mapped, key)].count(True) == 1


def test_an_industry_of_the_new_world_becomes_primary_when_no_other_remains(project_18: Project) -> None:
    key = project_18.value(
        "select persona_id::text from personas.persona_industry_mapping join dh_personas on id = persona_id"
        " group by persona_id having count(*) = 1 order by persona_id limit 1"
    )
    project_18.execute(
        "insert into personas.persona_industry_mapping (persona_id, industry_id)"
        f" select '{key}', id from industries where industry_code = 'payers'",
        "update dh_personas set industry_id = null, pharma_id = null, dx_id = null, meddev_id = null,"
        f" biotech_id = null, digital_health_id = null where id = '{key}'",
    )
    project_18.build()
    mapped = "select is_primary, origin from personas.persona_industry_mapping where persona_id = %s"
    assert project_18.query(mapped, key) == [(True, "new")]


def test_a_changed_constraint_arrives_together_with_swapped_values(project_18: Project) -> None:
    (one, other) = project_18.query("select id::text, unique_id from dh_personas order by id limit 2")
    project_18.execute(
        f"update dh_personas set unique_id = 'meanwhile' where id = '{one[0]}'",
        f"update dh_personas set unique_id = '{one[1]}' where id = '{other[0]}'",
        f"update dh_personas set unique_id = '{other[1]}' where id = '{one[0]}'",
    )
    project_18.replace(
        "models/marts/_marts.yml",
        "expression: \"jsonb_typeof(profile) = 'object'\"",
        "expression: \"jsonb_typeof(profile) = 'object' and name is not null\"",
    )
    project_18.build()
    check = "select pg_get_constraintdef(oid) from pg_constraint where conname = 'personas_profile_check'"
    assert "name IS NOT NULL" in project_18.value(check)
