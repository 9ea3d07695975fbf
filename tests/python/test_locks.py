"""A build makes nobody wait: it takes strong locks only where it must, and never waits for one."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg

from dbt_project import WITHOUT_TESTS, Project, Workshop
from personas.demo.load import load_demo

# `int_persona_cluster_changes` is left out: builds alone read and write it, and each one makes it anew.
RELATIONS = (
    "select c.oid, format('%I.%I', n.nspname, c.relname), c.relkind from pg_class as c"
    " join pg_namespace as n on c.relnamespace = n.oid"
    " where c.relkind in ('r', 'v') and (n.nspname = 'public' or n.nspname like 'personas%')"
    " and c.relname <> 'int_persona_cluster_changes'"
)
# Recorded of each command that changes a definition: its locks on relations that were there before, as far as
# they hold up readers or writers.
WATCH = """
create table public.strong_locks (tag text, relation text, mode text);
create table public.there_before as {relations};
create function public.note_locks() returns event_trigger language plpgsql security definer as $$
begin
    insert into public.strong_locks
    select distinct tg_tag, there_before.format, pg_locks.mode
    from pg_locks inner join public.there_before on pg_locks.relation = there_before.oid
    where pid = pg_backend_pid() and granted
    and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock');
end $$;
create event trigger watch_locks on ddl_command_end execute function public.note_locks();
"""
NOTED = "select distinct tag, relation, mode from public.strong_locks order by 1, 2, 3"


def watch(project: Project) -> None:
    """Records the strong locks of every later command; `NOTED` asks for them."""
    project.execute(WATCH.format(relations=RELATIONS))


@contextmanager
def everything_in_use(project: Project) -> Iterator[psycopg.Connection]:
    """A transaction that has read every view and has written every table, and goes on."""
    with project.connect() as connection, connection.transaction():
        for _, name, kind in connection.execute(RELATIONS).fetchall():
            if kind == "v":
                connection.execute(f"select from {name} limit 0")
            else:
                connection.execute(f"lock table {name} in row exclusive mode")
        yield connection


@contextmanager
def nobody_waits(project: Project) -> Iterator[None]:
    """Ends whoever is seen waiting for a lock twice, half a second apart: our own attempts last 40 ms."""
    waiting = (
        "select pid, query_start from pg_stat_activity"
        " where wait_event_type = 'Lock' and datname = current_database()"
    )
    stop = threading.Event()

    def watch_waits() -> None:
        before: set[object] = set()
        with project.connect() as connection:
            while not stop.wait(0.5):
                now = set(connection.execute(waiting).fetchall())
                for pid, _ in now & before:
                    connection.execute("select pg_cancel_backend(%s)", [pid])
                before = now

    thread = threading.Thread(target=watch_waits)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_an_unchanged_build_waits_for_nobody(project: Project) -> None:
    watch(project)
    with everything_in_use(project), nobody_waits(project):
        project.dbt(*WITHOUT_TESTS).succeeded()
    assert project.query(NOTED) == []


def test_the_first_build_locks_what_its_foreign_keys_point_at_and_nothing_else(workshop_18: Workshop) -> None:
    def load(project: Project) -> None:
        with project.connect() as connection:
            load_demo(connection)

    with workshop_18.project("legacy_only", load) as project:
        watch(project)
        project.build(*WITHOUT_TESTS)
        referenced = [f"public.{name}" for name in ("industries", "jtbd_library", "org_roles")]
        found = project.query(NOTED)
        assert {(tag, mode) for tag, _, mode in found} <= {
            ("ALTER TABLE", "ShareRowExclusiveLock"),
            ("COMMENT", "ShareRowExclusiveLock"),
        }
        assert sorted({relation for _, relation, _ in found}) == referenced


VIEW = "models/intermediate/int_persona_jobs.sql"
MARTS_YAML = "models/marts/_marts.yml"
CHECK = "      - {name: personas_profile_check,"
MART = "models/marts/persona_source_mapping.sql"
INDEX = "'index_definitions': {"


def test_what_has_changed_takes_these_locks_and_no_others(project_18: Project) -> None:
    watch(project_18)
    view = (project_18.root / VIEW).read_text()
    project_18.write(VIEW, f"select * from (\n{view}\n) as jobs where true")
    project_18.replace(
        MARTS_YAML,
        CHECK,
        "      - {name: personas_new_check, type: check, expression: length(unique_id) > 0}\n" + CHECK,
    )
    project_18.replace(MART, INDEX, f"{INDEX}'persona_source_mapping_rule_idx': '(match_rule)', ")
    project_18.build(*WITHOUT_TESTS)
    relations = {relation: mode for _, relation, mode in project_18.query(NOTED)}
    assert relations == {
        # which lists what is promised
        "personas_audit.audit_contract_gaps": "AccessExclusiveLock",
        "personas_intermediate.int_persona_jobs": "AccessExclusiveLock",
        "personas.personas": "AccessExclusiveLock",
        "personas.persona_source_mapping": "ShareLock",
    }


def test_a_view_that_must_change_waits_and_lets_readers_pass(project_18: Project) -> None:
    view = (project_18.root / VIEW).read_text()
    project_18.write(VIEW, f"select * from (\n{view}\n) as jobs where persona_id is not null")
    arguments = ("run", "--select", "int_persona_jobs")
    with ThreadPoolExecutor() as pool, project_18.connect() as reader, project_18.connect() as other:
        with reader.transaction():
            reader.execute("select from personas_intermediate.int_persona_jobs limit 1")
            building = pool.submit(project_18.dbt, *arguments)
            other.execute("set lock_timeout = '2s'")
            tried = "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'"
            # until the build has asked for the lock ten times, in vain; who reads meanwhile gets an answer
            waits = 0
            while waits < 10 and not building.done():
                waits += other.execute(tried).fetchone()[0]  # type: ignore[index]
                other.execute("select from personas_intermediate.int_persona_jobs limit 1")
            assert not building.done()
        building.result().succeeded()
    definition = project_18.value("select pg_get_viewdef('personas_intermediate.int_persona_jobs'::regclass)")
    assert "persona_id IS NOT NULL" in definition


def test_a_lock_that_nobody_gives_away_ends_in_one_line(project_18: Project) -> None:
    view = (project_18.root / VIEW).read_text()
    project_18.write(VIEW, f"select * from (\n{view}\n) as jobs where persona_id is not null")
    with project_18.connect() as reader, reader.transaction():
        reader.execute("select from personas_intermediate.int_persona_jobs limit 1")
        run = project_18.dbt("run", "--select", "int_persona_jobs", variables={"lock_patience_seconds": 0})
    assert run.exit_code == 1
    assert run.lines_with('the view "personas_intermediate"."int_persona_jobs" could not be changed')
