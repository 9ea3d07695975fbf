"""What happens to tables, columns and triggers while dual-write is on: the old application always goes on.

Each event is followed by each command, then every kind of write is tried on both sides. Where status was
green, all of them work and it stays green. Where it was red, it has said what happened, and what it says
mends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
import pytest

from dbt_project import WITHOUT_TESTS, Project, Workshop
from personas.dual_write.status import ask
from test_dual_write import LIBRARY, PRIVATE, agree, build_and_switch_on, images, persona, switch_on
from torture.agreement import LEGACY_TABLES

BORN = "'00000000-0000-4000-8000-0000000000d1'"

OLD_WRITES = {
    "a field": f"update dh_personas set notes = 'by old' where id = {LIBRARY}",
    "a code": f"update org_personas set dx_id = 'D7' where id = {PRIVATE}",
    "a new row": "insert into dh_personas (id, unique_id, persona_code, name, title)"
    " values (gen_random_uuid(), 'old ' || random(), 'C' || random(), 'Born old', 'Dr')",
    "a deleted row": """delete from dh_personas where id = (
        select id from dh_personas
        where is_active and industry_id is not null and unique_id <> 'library'
            and not exists (select from jtbd_org_persona_mapping as j where j.persona_dh_id = dh_personas.id)
        order by id limit 1
    )""",
    "a role": f"update public.persona_role_mapping set role_context = 'by old' where persona_id = {PRIVATE}",
    "a job": f"update jtbd_org_persona_mapping set relevance_score = 3 where persona_id = {PRIVATE}",
    "a seniority": """update org_roles set seniority_level = 'Executive'
        where id = (select min(id::text)::uuid from org_roles)""",
    "an industry": """update industries set industry_code = 'other' where id = (
        select id from industries where industry_code = 'cro' order by id limit 1)""",
}
NEW_WRITES = {
    "a field": f"update personas.personas set description = 'by new ' || random() where id = {LIBRARY}",
    "a key of the profile": f"""update personas.personas
        set profile = profile || '{{"sector": "by new"}}' where id = {LIBRARY}""",
    "a new persona": f"""insert into personas.personas (id, unique_id, name, persona_type, is_public)
        values ({BORN}, 'born', 'Born new', 'individual', true)""",
    "a deleted persona": f"update personas.personas set deleted_at = now() where id in ({BORN}, {PRIVATE})",
    "a persona that returns": f"""update personas.personas set deleted_at = null
        where id in ({BORN}, {PRIVATE})""",
    "an industry": f"""insert into personas.persona_industry_mapping
        (persona_id, industry_id, industry_specific_id)
        select {LIBRARY}, id, 'Z' from industries where industry_code = 'payers'
        on conflict (persona_id, industry_id) do update set industry_specific_id = 'Z2'""",
    "a role": f"""update personas.persona_role_mapping set responsibilities = '["by new"]'
        where persona_id = {PRIVATE}""",
    "a job": f"update personas.persona_jtbd_mapping set relevance_score = 4 where persona_id = {PRIVATE}",
    "a persona that goes for good": f"delete from personas.personas where id = {BORN}",
}


@dataclass(frozen=True)
class Event:
    """Something that happens; what status says of it, and the way out."""

    statements: tuple[str, ...]
    says: str | None = None
    """None: nothing is red."""
    undo: tuple[str, ...] = ()
    """What status asks for, before a build and `on`."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """How the old application's own statements change."""
    off_first: bool = False
    """A build cannot mend it alone, because what it writes through reads what is missing."""
    build_is_refused: bool = False
    on_is_refused: bool = False


UNDER_VIEWS = """select personas_staging.alter_under_views(
    array['dh_personas'::regclass], 'alter table dh_personas alter column tier type {}'
)"""
EVENTS = {
    "nothing": Event(("select 1",)),
    "a column is added": Event(
        ("alter table dh_personas add column ids text",),
        "column ids of public.dh_personas was added",
        on_is_refused=True,
    ),
    "a column that must have a value": Event(
        (
            "alter table dh_personas add column keys text not null default 'x'",
            "alter table org_personas add column shown text not null default 'y'",
            "alter table public.persona_role_mapping add column new_row text not null default 'z'",
        ),
        "column keys of public.dh_personas was added",
        on_is_refused=True,
    ),
    "columns that the server fills": Event(
        (
            "alter table dh_personas add column number integer generated always as identity",
            "alter table dh_personas add column other_number serial",
            "alter table org_personas add column upper_name text generated always as (upper(name)) stored",
        ),
        "column number of public.dh_personas was added",
        on_is_refused=True,
    ),
    "a column gets another name": Event(
        ("alter table org_personas rename column dx_id to dx_code",),
        "column dx_id of public.org_personas is called dx_code now",
        ("alter table org_personas rename column dx_code to dx_id",),
        {"dx_id": "dx_code"},
        build_is_refused=True,
        on_is_refused=True,
    ),
    "a link column gets another name": Event(
        ("alter table public.persona_role_mapping rename column role_context to context",),
        "column role_context of public.persona_role_mapping is called context now",
        ("alter table public.persona_role_mapping rename column context to role_context",),
        {"role_context": "context"},
        build_is_refused=True,
        on_is_refused=True,
    ),
    "a role's column gets another name": Event(
        ("alter table org_roles rename column seniority_level to level",),
        "column seniority_level of public.org_roles is called level now",
        ("alter table org_roles rename column level to seniority_level",),
        {"set seniority_level": "set level"},
        build_is_refused=True,
    ),
    "the id gets another name": Event(
        ("alter table jtbd_org_persona_mapping rename column id to key",),
        "column id of public.jtbd_org_persona_mapping is called key now",
        ("alter table jtbd_org_persona_mapping rename column key to id",),
        build_is_refused=True,
        on_is_refused=True,
    ),
    "a table gets another name": Event(
        ("alter table dh_personas rename to dh_people",),
        "table public.dh_personas is called public.dh_people now",
        ("alter table dh_people rename to dh_personas",),
        {"dh_personas": "dh_people"},
        build_is_refused=True,
        on_is_refused=True,
    ),
    "a table gets another schema": Event(
        ("create schema elsewhere", "alter table org_personas set schema elsewhere"),
        "table public.org_personas is called elsewhere.org_personas now",
        ("alter table elsewhere.org_personas set schema public",),
        {"org_personas": "elsewhere.org_personas"},
        build_is_refused=True,
        on_is_refused=True,
    ),
    "a column gets another type": Event(
        (UNDER_VIEWS.format("bigint"),),
        "column tier of public.dh_personas is bigint now, and was integer",
        (UNDER_VIEWS.format("integer"),),
        build_is_refused=True,
    ),
    "a column is dropped with all that reads it": Event(
        ("alter table dh_personas drop column sector cascade",),
        "column sector of public.dh_personas is gone",
        ("alter table dh_personas add column sector text",),
        off_first=True,
        build_is_refused=True,
        on_is_refused=True,
    ),
    "the application adds columns to every new table": Event(
        tuple(
            f"alter table personas.{mart} add column {name} text not null default 'mine'"
            for mart, name in (
                ("personas", "present"),
                ("persona_industry_mapping", "living"),
                ("persona_role_mapping", "new_row"),
                ("persona_jtbd_mapping", "ids"),
                ("persona_source_mapping", "sources"),
                ("persona_link_source_mapping", "links"),
                ("persona_overrides", "fields"),
            )
        )
    ),
    "a trigger is dropped": Event(
        ("drop trigger personas_sync_update on dh_personas",), "43 of 44 triggers are there"
    ),
    "triggers are disabled and enabled": Event(
        (
            "alter table personas.personas disable trigger all",
            "alter table personas.personas enable trigger all",
        ),
        "of 44 triggers are there and as they were installed",
    ),
    "a view is dropped": Event(
        ("drop view personas_legacy.shown_dh_personas cascade",),
        "views have changed since dual-write was switched on",
        off_first=True,
        on_is_refused=True,
    ),
    "rows are written without a trigger": Event(
        (
            "alter table dh_personas disable trigger personas_sync_update",
            f"update dh_personas set name = 'Unseen' where id = {LIBRARY}",
            "alter table dh_personas enable always trigger personas_sync_update",
        ),
        "1 personas are not what the legacy tables say",
    ),
    "rows are written as a replica": Event(
        (
            f"""do $$ begin set local session_replication_role = replica;
            update personas.personas set description = 'by a replica' where id = {PRIVATE};
            update dh_personas set notes = 'by a replica' where id = {LIBRARY}; end $$""",
        )
    ),
    "the primary key goes": Event(
        ("alter table jtbd_org_persona_mapping drop constraint jtbd_org_persona_mapping_pkey cascade",),
        "jtbd_org_persona_mapping has no primary key on id any more",
        ("alter table jtbd_org_persona_mapping add primary key (id)",),
    ),
}
COMMANDS = ("nothing", "build", "second build", "on")
# A sample of both: the rest takes most of an hour.
SAMPLE = (
    ("nothing", "second build"),
    ("a column gets another name", "nothing"),
    ("a column is dropped with all that reads it", "nothing"),
    ("the application adds columns to every new table", "build"),
    ("rows are written as a replica", "nothing"),
)
ALL = tuple((event, command) for event in EVENTS for command in COMMANDS if (event, command) not in SAMPLE)


def red(project: Project) -> list[str]:
    """The red lines of status, as the command prints them."""
    with project.connect() as connection:
        return list(ask(connection, project.schema, project.root).red)


def run(project: Project, command: str, event: Event) -> None:
    """Runs a command, which may refuse."""
    if command in ("build", "second build"):
        for _ in range(1 if command == "build" else 2):
            assert (project.dbt(*WITHOUT_TESTS).exit_code != 0) == event.build_is_refused
    elif command == "on":
        assert (project.dbt("run-operation", "dual_write_on").exit_code != 0) == event.on_is_refused


def failures(project: Project, writes: Mapping[str, str], renamed: Mapping[str, str]) -> dict[str, str]:
    """Which writes fail, and how."""
    found = {}
    with project.connect() as connection:
        for what, statement in writes.items():
            for old, new in renamed.items():
                statement = statement.replace(old, new)
            try:
                connection.execute(statement)
            except psycopg.Error as error:
                found[what] = str(error)
    return found


def try_event(workshop: Workshop, event: Event, command: str) -> None:
    with workshop.project("dual_write", build_and_switch_on) as project:
        project.execute(*event.statements)
        run(project, command, event)
        before = red(project)
        refused = command != "nothing" and (
            event.build_is_refused if "build" in command else event.on_is_refused
        )
        if command == "nothing" or refused:
            assert (before == []) == (event.says is None), before
            assert event.says is None or any(event.says in line for line in before), before
        assert failures(project, OLD_WRITES, event.renamed) == {}
        of_new = failures(project, NEW_WRITES, {})
        if before == []:
            assert of_new == {}
            assert red(project) == []
            assert agree(project) == []
            return
        project.execute(*event.undo)
        if event.off_first:
            project.build("run-operation", "dual_write_off")
        project.build(*WITHOUT_TESTS)
        switch_on(project)
        assert red(project) == []
        assert agree(project) == []
        assert failures(project, OLD_WRITES, {}) == {}
        assert failures(project, NEW_WRITES, {}) == {}
        assert red(project) == []


@pytest.mark.parametrize(("event", "command"), SAMPLE)
def test_status_says_what_happened_and_what_it_says_mends_it(
    workshop_18: Workshop, event: str, command: str
) -> None:
    try_event(workshop_18, EVENTS[event], command)


@pytest.mark.long
@pytest.mark.parametrize(("event", "command"), ALL)
def test_each_event_before_each_command(workshop: Workshop, event: str, command: str) -> None:
    try_event(workshop, EVENTS[event], command)


# --- any name, any type -------------------------------------------------------------------------------------

TYPES = {
    "mood": "'sad'",
    "text[]": "array['a', null, '']",
    "pair": "row(1, 'x')",
    "positive": "7",
    "json": '\'{"b": 1,  "a":[1.50]}\'',
    "jsonb": "'null'",
    "bit(3)": "B'101'",
    "int4range": "'[1,5)'",
    "money": "'12.34'",
    "interval": "'1 mon 2 days 03:04:05.678901'",
    "double precision": "0.1::float8 + 0.2::float8",
    "real": "1.1",
    "bytea": "'\\xdeadbeef'",
    "timestamptz": "'2024-02-29 23:59:59.123456+05'",
    "date": "'2024-02-29'",
    "numeric": "1.500",
    "xid8": "'12'",
    "inet": "'10.0.0.1/8'",
    "tsvector": "'a:1 b:2'",
    "boolean": "true",
}
# Names of variables and aliases of the functions; keywords; quotes, braces and percent signs; 62 bytes.
NAMES = (
    *("ids", "keys", "shown", "legacy_rows", "new_row", "old_row", "rebuilt", "known", "sources"),
    "links",
    *(
        "base",
        "clusters",
        "edits",
        "user",
        "select",
        'a "quote"',
        "it's",
        "{0} %s %1$s",
        "ö" * 31,
        "Mixed Case",
    ),
)


def test_a_column_may_have_any_name_and_any_type(workshop_18: Workshop) -> None:
    assert len(TYPES) == len(NAMES)
    with workshop_18.project("dual_write", build_and_switch_on) as project:
        project.execute(
            "create type mood as enum ('sad', 'glad')",
            "create type pair as (number integer, word text)",
            "create domain positive as integer check (value > 0)",
        )
        for table, name_first in (
            ("dh_personas", 0),
            ("org_personas", 7),
            ("public.persona_role_mapping", 13),
        ):
            for at, (data_type, value) in enumerate(TYPES.items()):
                name = '"' + NAMES[(at + name_first) % len(NAMES)].replace('"', '""') + '"'
                # Half of them must have a value.
                rest = f"not null default {value}" if at % 2 else f"default {value}"
                project.execute(f"alter table {table} add column {name} {data_type} {rest}")
            project.execute(f"alter table {table} add column made integer generated always as identity")
        # Before the next build as well as after it.
        for again in (False, True):
            if again:
                project.build("run")
                switch_on(project)
            tables = {table: images(project, table) for table in LEGACY_TABLES}
            assert failures(project, {"soft": NEW_WRITES["a deleted persona"]}, {}) == {}
            assert images(project, "org_personas") != tables["org_personas"]
            assert failures(project, {"back": NEW_WRITES["a persona that returns"]}, {}) == {}
            assert {table: images(project, table) for table in LEGACY_TABLES} == tables
            assert failures(project, OLD_WRITES, {}) == {}
            assert failures(project, NEW_WRITES, {}) == {}
        assert red(project) == []
        assert agree(project) == []
        project.execute(
            f"""insert into personas.personas (id, unique_id, name, persona_type, is_public)
            values ({BORN}, 'born', 'Born new', 'individual', true)"""
        )
        # It takes the defaults, as a row of the old application would.
        project.execute(
            "insert into dh_personas (id, unique_id, persona_code, name, title)"
            " values (gen_random_uuid(), 'compare', 'compare', 'Compare', 'Compare')"
        )
        defaults = ", ".join(f'"{name}"::text'.replace('"a "quote""', '"a ""quote"""') for name in NAMES)
        read = f"select {defaults} from dh_personas where unique_id = "
        assert project.query(f"{read}'born'") == project.query(f"{read}'compare'")


def test_a_session_that_is_open_during_a_migration_goes_on(workshop_18: Workshop) -> None:
    with workshop_18.project("dual_write", build_and_switch_on) as project, project.connect() as connection:
        writes = (
            f"update dh_personas set notes = 'n' || random() where id = {LIBRARY}",
            f"update personas.personas set description = 'd' || random() where id = {LIBRARY}",
            f"""update personas.persona_role_mapping set responsibilities = '["x"]'
            where persona_id = {PRIVATE}""",
            f"update personas.personas set deleted_at = now() where id = {PRIVATE}",
            f"update personas.personas set deleted_at = null where id = {PRIVATE}",
        )
        for migration in (
            "select 1",
            "alter table dh_personas add column ids text not null default 'x'",
            "alter table org_personas add column ids text not null default 'x'",
            "alter table personas.personas add column ids text not null default 'x'",
            "alter table personas.persona_role_mapping add column ids text not null default 'x'",
            "alter table org_personas drop column ids",
            "alter table personas.personas drop column ids",
        ):
            project.execute(migration)
            for statement in writes * 7:
                connection.execute(statement)
        assert persona(project, LIBRARY, "description") == project.value(
            f"select background from dh_personas where id = {LIBRARY}"
        )
