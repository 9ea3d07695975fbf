"""What a database, a role or PGOPTIONS set neither changes a result nor ends a command."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from dbt_project import DATABASE, MARTS, Project, Workshop, build_demo
from personas.demo.load import load_demo
from verified import WHOLE, Console

# The worst that a database has: another text for a value, another meaning of a name, an end in the middle.
WORST = {
    "datestyle": "'SQL, DMY'",
    "intervalstyle": "'sql_standard'",
    "timezone": "'Asia/Kathmandu'",
    "search_path": "shadow, pg_catalog",
    "extra_float_digits": "-15",
    "bytea_output": "'escape'",
    "quote_all_identifiers": "on",
    "standard_conforming_strings": "off",
    "transform_null_equals": "on",
    "default_transaction_isolation": "'serializable'",
    "statement_timeout": "'300ms'",
    "lock_timeout": "'1ms'",
    "idle_in_transaction_session_timeout": "'2s'",
    "idle_session_timeout": "'3s'",
    "row_security": "off",
    "exit_on_error": "on",
    "session_replication_role": "'replica'",
    "client_encoding": "'LATIN1'",
    "array_nulls": "off",
    "xmloption": "'document'",
}
# Hides what everybody calls without a schema.
SHADOW = [
    f"create or replace function shadow.{name}(text) returns text language sql as $$ select 'shadowed' $$"
    for name in ("lower", "btrim", "md5")
]


def set_worst(project: Project) -> None:
    """Sets all of it for the database under test."""
    settings = [f"alter database {DATABASE} set {name} = {value}" for name, value in WORST.items()]
    project.execute("create schema if not exists shadow", *SHADOW, *settings)


@contextmanager
def application(project: Project) -> Iterator[psycopg.Connection[object]]:
    """A session with the database's settings, less those that would end it or keep its triggers off."""
    options = "-c session_replication_role=origin -c statement_timeout=0 -c lock_timeout=0"
    with psycopg.connect(
        host=project.environment["PGHOST"],
        port=project.environment["PGPORT"],
        user="postgres",
        dbname=DATABASE,
        options=options,
        client_encoding="utf8",
        autocommit=True,
    ) as connection:
        yield connection


def marts(project: Project) -> dict[str, list[str]]:
    """The rows of the marts, as a session without any of these settings sees them."""
    project.execute(f"alter database {DATABASE} reset all")
    dump = project.dump()
    # less the time of the build, which two of them keep
    return {name: [re.sub(r',"[^"]*[.]\d+[+]00"(,?)', r"\1", row) for row in dump[name]] for name in MARTS}


def load(project: Project) -> None:
    """The legacy tables alone."""
    with project.connect() as connection:
        load_demo(connection)


@pytest.mark.long
def test_the_core_under_the_worst_of_every_setting(
    workshop_18: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workshop_18.project("demo", build_demo) as project:
        as_usual = marts(project)
    with workshop_18.project("legacy_demo", load) as project:
        set_worst(project)
        project.build(*WHOLE)
        assert marts(project) == as_usual
        set_worst(project)
        console = Console(project, monkeypatch)
        verdict = console.verify()
        assert verdict["verdict"] == "GO", verdict["reason"]
        (old,), (new,) = project.query(
            "select source_id from personas.persona_source_mapping where match_rule = 'own'"
            " and source_table = 'dh_personas' and source_deleted_at is null order by source_id limit 2"
        )
        for command in (("review", "list"), ("dual-write", "on"), ("dual-write", "status")):
            done = console.run(*command)
            assert done.exit_code == 0, done.output
        with application(project) as session:
            session.execute("update public.dh_personas set name = 'Written There' where id = %s", [old])
            session.execute("update personas.personas set name = 'Written Here' where id = %s", [new])
        assert project.value("select name from personas.personas where id = %s", old) == "Written There"
        assert project.value("select name from public.dh_personas where id = %s", new) == "Written Here"
        status = console.run("dual-write", "status")
        assert status.exit_code == 0, status.output


def test_no_plan_is_compiled(project_18: Project) -> None:
    # On a server that does, two tests took a minute each instead of a second.
    project_18.execute(f"alter database {DATABASE} set jit = on")
    shown = project_18.build("show", "--inline", "select 'jit is ' || current_setting('jit') as told")
    assert "jit is off" in shown.output
