"""Dual-write by every path that a write can take."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from dbt_project import Project, Workshop
from test_dual_write import LIBRARY, NEW, PRIVATE, agree, build_and_switch_on, objects, switch_on

BORN = "00000000-0000-4000-8000-0000000000b9"


def copied(connection: psycopg.Connection[Any]) -> None:
    """COPY, in one statement, a row of each."""
    with connection.cursor().copy(
        "copy dh_personas (id, unique_id, persona_code, name, title) from stdin"
    ) as copy:
        copy.write_row((NEW, "copied", "COP", " By copy ", "Owner"))
    with connection.cursor().copy(
        "copy personas.personas (id, unique_id, name, persona_type, is_public) from stdin"
    ) as copy:
        copy.write_row((BORN, "born", "Born by copy", "individual", True))


def merged(connection: psycopg.Connection[Any]) -> None:
    """MERGE, which inserts, updates and deletes in one statement, on either side."""
    connection.execute(
        f"""
        merge into dh_personas as old using (values
            ('{NEW}'::uuid, 'By merge', 'insert'), ({LIBRARY}, 'Edited by merge', 'update'),
            ((select id from dh_personas where unique_id = 'goes'), null, 'delete')
        ) as said (id, name, deed) on old.id = said.id
        when matched and said.deed = 'delete' then delete
        when matched then update set name = said.name
        when not matched then insert (id, unique_id, persona_code, name, title)
            values (said.id, 'merged', 'MER', said.name, 'Owner')
        """
    )
    connection.execute(
        f"""
        merge into personas.personas as new using (values
            ('{BORN}'::uuid, 'Born by merge'), ({PRIVATE}, 'Edited by merge')
        ) as said (id, name) on new.id = said.id
        when matched then update set name = said.name
        when not matched then insert (id, unique_id, name, persona_type, is_public)
            values (said.id, 'born', said.name, 'individual', true)
        """
    )


def upserted(connection: psycopg.Connection[Any]) -> None:
    """INSERT … ON CONFLICT DO UPDATE, of rows that are there and rows that are not, in one statement."""
    connection.execute(
        f"""
        insert into dh_personas (id, unique_id, persona_code, name, title)
        values
            ('{NEW}', 'upserted', 'UPS', 'By upsert', 'Owner'),
            ({LIBRARY}, 'library', 'LIB', 'Again', 'Owner')
        on conflict (id) do update set name = excluded.name
        """
    )
    connection.execute(
        f"""
        insert into personas.personas (id, unique_id, name, persona_type, is_public, tenant_id)
        select * from (values
            ('{BORN}'::uuid, 'born', 'Born by upsert', 'individual', true, null::uuid),
            ({PRIVATE}, 'private', 'Again', 'individual', false, (select min(id::text)::uuid from tenants))
        ) as rows on conflict (id) do update set name = excluded.name
        """
    )


def prepared_in_two_phases(connection: psycopg.Connection[Any]) -> None:
    """Two-phase commit: one that is committed by another session, one that is rolled back."""
    connection.autocommit = True
    for name, ending, edit in (("kept", "commit", "Prepared"), ("given up", "rollback", "Never there")):
        connection.execute("begin")
        connection.execute(f"update dh_personas set name = '{edit}' where id = {LIBRARY}")
        connection.execute(f"update personas.personas set name = '{edit}' where id = {PRIVATE}")
        connection.execute(f"prepare transaction '{name}'")
        connection.execute(f"{ending} prepared '{name}'")


def prepared_statements(connection: psycopg.Connection[Any]) -> None:
    """Statements that are planned once, from before the triggers' functions were made anew."""
    connection.prepare_threshold = 0
    for number in range(8):
        connection.execute(
            f"update dh_personas set name = %s where id = {LIBRARY}", [f"Prepared {number}"], prepare=True
        )
        connection.execute(
            f"update personas.personas set name = %s where id = {PRIVATE}",
            [f"Prepared {number}"],
            prepare=True,
        )


PATHS: dict[str, tuple[Callable[[psycopg.Connection[Any]], None], dict[str, str]]] = {
    "copy": (copied, {NEW: "By copy", BORN: "Born by copy"}),
    "merge": (
        merged,
        {NEW: "By merge", LIBRARY: "Edited by merge", BORN: "Born by merge", PRIVATE: "Edited by merge"},
    ),
    "upsert": (upserted, {NEW: "By upsert", LIBRARY: "Again", BORN: "Born by upsert", PRIVATE: "Again"}),
    "two-phase commit": (prepared_in_two_phases, {LIBRARY: "Prepared", PRIVATE: "Prepared"}),
    "prepared statements": (prepared_statements, {LIBRARY: "Prepared 7", PRIVATE: "Prepared 7"}),
}


@pytest.fixture
def live(workshop_18: Workshop) -> Iterator[Project]:
    """The demo with dual-write on."""
    with workshop_18.project("dual_write", build_and_switch_on) as project:
        yield project


@pytest.mark.parametrize("on_sync_error", ["fail", "queue"])
def test_a_write_by_any_path_is_read_on_both_sides(live: Project, on_sync_error: str) -> None:
    if on_sync_error != "fail":
        switch_on(live, on_sync_error=on_sync_error)
    names = " union all ".join(
        f"select id::text, btrim(name) from {table}" for table in ("dh_personas", "org_personas")
    )
    for path, (write, expected) in PATHS.items():
        live.execute(
            "delete from dh_personas where unique_id = 'goes'",
            "insert into dh_personas (id, unique_id, persona_code, name, title)"
            " values (gen_random_uuid(), 'goes', 'GOE', 'Goes', 'Owner')",
        )
        with live.connect() as connection:
            write(connection)
        old, new = dict(live.query(names)), dict(live.query("select id::text, name from personas.personas"))
        keys = [key.strip("'") for key in expected]
        assert [old[key] for key in keys] == [new[key] for key in keys] == [*expected.values()], path
        assert agree(live) == [], path
        live.execute(f"delete from personas.personas where id in ('{NEW}', '{BORN}')")
    assert live.query("select * from personas_sync.pending_keys") == []
    assert objects(live) == []


def is_red(project: Project) -> bool:
    """Whether status, the verdict and a plain comparison all say that the sides have parted."""
    said = (
        project.dbt("run-operation", "dual_write_status").exit_code != 0,
        objects(project) != [],
        agree(project) != [],
    )
    assert len(set(said)) == 1, said
    return said[0]


def test_what_a_subscription_writes_into_an_old_table_is_seen_and_carried_over_later(
    live: Project,
) -> None:
    # The apply process fires no statement trigger, whatever the trigger's setting: it cannot be supported.
    row = f"select btrim(name) from dh_personas where id = {LIBRARY}"
    here = {key: live.environment[key] for key in ("PGHOST", "PGPORT", "PGUSER")}
    source = "host={PGHOST} port={PGPORT} user={PGUSER} dbname=publisher".format(**here)
    live.execute("drop database if exists publisher with (force)", "create database publisher")
    try:
        with live.connect(dbname="publisher") as publisher:
            publisher.execute("create table dh_personas (id uuid primary key, name text)")
            publisher.execute(f"insert into dh_personas values ({LIBRARY}, 'before')")
            publisher.execute("create publication of_names for table dh_personas")
            publisher.execute("select pg_create_logical_replication_slot('of_names', 'pgoutput')")
            live.execute(
                f"create subscription of_names connection '{source}' publication of_names"
                " with (copy_data = false, create_slot = false)"
            )
            publisher.execute("update dh_personas set name = 'Replicated'")
        for _ in range(600):
            if live.value(row) == "Replicated":
                break
            time.sleep(0.1)
        assert live.value(row) == "Replicated"
    finally:
        live.execute("alter subscription of_names disable")
        live.execute("alter subscription of_names set (slot_name = none)", "drop subscription of_names")
        with live.connect(dbname="publisher") as publisher:
            for _ in range(600):
                if not publisher.execute("select from pg_replication_slots where active").fetchall():
                    break
                time.sleep(0.1)
            publisher.execute("select pg_drop_replication_slot('of_names')")
        live.execute("drop database publisher with (force)")
    assert is_red(live)
    switch_on(live)
    assert live.value(f"select name from personas.personas where id = {LIBRARY}") == "Replicated"
    assert not is_red(live)


def test_what_was_written_with_the_triggers_disabled_is_seen_and_carried_over_later(
    live: Project,
) -> None:
    live.execute(
        "alter table dh_personas disable trigger all",
        f"update dh_personas set name = 'Unseen' where id = {LIBRARY}",
        "alter table dh_personas enable trigger all",
    )
    assert is_red(live)
    switch_on(live)
    assert live.value(f"select name from personas.personas where id = {LIBRARY}") == "Unseen"
    assert not is_red(live)
