"""Dual-write needs the owner's rights and no more, lends them to nobody, and works with any schema names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from dbt_project import DATABASE, WITHOUT_TESTS, Project, Workshop
from personas.demo.load import load_demo
from torture.agreement import LEGACY_TABLES, disagreements

# No superuser, and nothing that goes beyond its own tables.
OWNER = "owner_of_tables"
# Each has select, insert, update and delete on the tables of its side, and no right beyond.
WRITES_OLD = "writes_old"
WRITES_NEW = "writes_new"
OLD = "Alte Größen-1"
NEW = "Neue Welt-Ö"
VARIABLES = {"legacy_schema": OLD}

LIBRARY = "00000000-0000-4000-8000-0000000000b1"
PRIVATE = "00000000-0000-4000-8000-0000000000b2"
BORN_OLD = "00000000-0000-4000-8000-0000000000c1"
BORN_NEW = "00000000-0000-4000-8000-0000000000c2"

OLD_TABLES = (*LEGACY_TABLES, "industries", "org_roles", "jtbd_library", "tenants")
NEW_TABLES = (
    *("personas", "persona_industry_mapping", "persona_role_mapping", "persona_jtbd_mapping"),
    "persona_overrides",
)
DEMO_ROWS = (
    f"""insert into {{old}}.dh_personas (id, unique_id, persona_code, name, title, background)
    values ('{LIBRARY}', 'library', 'LIB', 'Ada', 'Data Manager', 'As found')""",
    f"""insert into {{old}}.org_personas (id, tenant_id, code, unique_id, name)
    select '{PRIVATE}', min(id::text)::uuid, 'PRI', 'private', 'Otto' from {{old}}.tenants""",
)
# What applications have on the tables of either side. Their functions name things without a schema.
TRIGGERS = (
    "create table {old}.app_log (said text)",
    """create function {old}.app_tell() returns trigger language plpgsql as
    'begin insert into app_log (said) values (new.name || '' at '' || now()); return null; end'""",
    """create trigger app_tell after update of name on {old}.dh_personas
    for each row execute function {old}.app_tell()""",
    "create table {new}.new_log (said text)",
    """create function {new}.new_tell() returns trigger language plpgsql as
    'begin insert into new_log (said) values (new.name || '' at '' || now()); return null; end'""",
    """create trigger new_tell after update of name on {new}.personas
    for each row execute function {new}.new_tell()""",
)
# As their triggers need it; neither knows of the other side.
PATHS = {WRITES_OLD: "set search_path = {old}", WRITES_NEW: "set search_path = {new}"}


@dataclass
class Owned:
    """A database that an ordinary role owns, with dual-write on."""

    project: Project
    before: dict[str, list[Any]]
    """What the catalogs said of the legacy tables before it was on."""

    def run(self, user: str, *statements: str) -> list[tuple[Any, ...]]:
        """Runs statements with {old} and {new} in them as a role; the rows of the last one."""
        with self.project.connect(user=user) as connection:
            for statement in (PATHS.get(user, "select"), *statements):
                cursor = connection.execute(named(statement))
            return cursor.fetchall() if cursor.description else []

    def read(self, query: str) -> list[tuple[Any, ...]]:
        """What the owner reads."""
        return self.run(OWNER, query)

    def disagreements(self) -> list[str]:
        """Where the sides do not agree."""
        with self.project.connect() as connection:
            return disagreements(connection, NEW, OLD)


def named(statement: str) -> sql.Composed:
    """A statement with the names of the schemas in it, quoted."""
    return sql.SQL(statement).format(old=sql.Identifier(OLD), new=sql.Identifier(NEW))


def as_owner(project: Project) -> Project:
    """The project, connecting as the owner from now on; a copy of a database knows none of its grants."""
    project.execute(f'grant create on database "{DATABASE}" to {OWNER}')
    project.environment["PGUSER"] = OWNER
    project.schema = NEW
    return project


def build_as_owner(project: Project) -> None:
    """The demo, loaded and built by the owner of everything."""
    roles = project.query("select rolname from pg_roles")
    for role in (OWNER, WRITES_OLD, WRITES_NEW):
        if (role,) not in roles:
            project.execute(f"create role {role} login nosuperuser nocreaterole nocreatedb nobypassrls")
    with as_owner(project).connect() as connection:
        load_demo(connection, schema=OLD)
        for statement in DEMO_ROWS:
            connection.execute(named(statement))
        project.build(*WITHOUT_TESTS, variables=VARIABLES)
        for schema, tables, role in (("old", OLD_TABLES, WRITES_OLD), ("new", NEW_TABLES, WRITES_NEW)):
            connection.execute(named(f"grant usage on schema {{{schema}}} to {role}"))
            for table in tables:
                connection.execute(
                    named(f"grant select, insert, update, delete on {{{schema}}}.{table} to {role}")
                )
        for table in ("dh_personas", "org_personas"):
            connection.execute(
                named(f"create policy app on {{old}}.{table} to {WRITES_OLD} using (true) with check (true)")
            )
        for statement in TRIGGERS:
            connection.execute(named(statement))
        connection.execute(named(f"grant insert on {{old}}.app_log to {WRITES_OLD}"))
        connection.execute(named(f"grant insert on {{new}}.new_log to {WRITES_NEW}"))


@pytest.fixture(scope="module")
def owned_once(workshop_18: Workshop) -> Iterator[Owned]:
    """The database of this module."""
    with workshop_18.project("owned", build_as_owner) as project:
        project.environment["PGUSER"] = "postgres"
        before = catalogs(as_owner(project))
        switch(project, "dual_write_on")
        yield Owned(project, before)


@pytest.fixture
def owned(owned_once: Owned) -> Iterator[Owned]:
    """The database of this module; both sides agree afterwards."""
    yield owned_once
    assert owned_once.disagreements() == []


def switch(project: Project, operation: str, *arguments: str) -> None:
    """Switches dual-write, as the owner."""
    project.build("run-operation", operation, *arguments, variables=VARIABLES)


def catalogs(project: Project) -> dict[str, list[Any]]:
    """All that the catalogs say of the legacy tables, and of the functions beside them."""
    tables = (
        "select pg_class.oid from pg_class"
        f" where relnamespace = quote_ident('{OLD}')::regnamespace and relkind = 'r'"
    )
    queries = {
        "triggers": f"select pg_get_triggerdef(oid), tgenabled from pg_trigger where tgrelid in ({tables})",
        "functions": "select oid::regprocedure::text, proacl::text, md5(prosrc), proconfig from pg_proc"
        f" where pronamespace = quote_ident('{OLD}')::regnamespace",
        "tables": "select relname, relacl::text, relowner, relrowsecurity, relforcerowsecurity, reloptions,"
        f" relreplident from pg_class where oid in ({tables})",
        "columns": "select attrelid::regclass::text, attnum, attname, atttypid, attnotnull, attisdropped,"
        f" attacl::text, attoptions, attstattarget from pg_attribute where attrelid in ({tables})",
        "constraints": "select conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated"
        f" from pg_constraint where conrelid in ({tables})",
        "indexes": f"select pg_get_indexdef(indexrelid) from pg_index where indrelid in ({tables})",
        "rules": f"select pg_get_ruledef(oid) from pg_rewrite where ev_class in ({tables})",
        "policies": "select polrelid::regclass::text, polname, polroles from pg_policy"
        f" where polrelid in ({tables})",
        "publications": "select count(*) from pg_publication",
        "schemas": f"select nspacl::text, nspowner from pg_namespace where nspname = '{OLD}'",
        "default rights": "select * from pg_default_acl",
    }
    return {what: sorted(map(str, project.query(query))) for what, query in queries.items()}


# --- rights and names ---------------------------------------------------------------------------------------


def test_the_owner_of_the_tables_is_an_ordinary_role(owned: Owned) -> None:
    assert owned.read(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,"
        " (select count(*) from pg_auth_members where member = pg_roles.oid)"
        " from pg_roles where rolname = current_user"
    ) == [(False, False, False, False, False, 0)]
    owners = f"""
        select distinct pg_get_userbyid(relowner) from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where nspname in ('{OLD}', '{NEW}', '{NEW}_sync')
    """
    assert owned.read(owners) == [(OWNER,)]
    status = owned.project.build("run-operation", "dual_write_status", variables=VARIABLES)
    assert "both sides agree; nothing waits" in status.output


def test_who_writes_the_old_tables_needs_no_right_on_the_new_ones(owned: Owned) -> None:
    owned.run(
        WRITES_OLD,
        f"update {{old}}.dh_personas set name = ' Ada  Old ', notes = 'n' where id = '{LIBRARY}'",
        f"""insert into {{old}}.org_personas (id, tenant_id, code, unique_id, name, dx_id)
        select '{BORN_OLD}', min(id::text)::uuid, 'BORN', 'born old', 'Born old', 'D9'
        from {{old}}.tenants""",
        f"""insert into {{old}}.persona_role_mapping
        (id, persona_id, org_role_id, match_type, match_confidence, role_context)
        select gen_random_uuid(), '{BORN_OLD}', min(id::text)::uuid, 'm', 'high', 'leads'
        from {{old}}.org_roles""",
        f"""insert into {{old}}.jtbd_org_persona_mapping (id, jtbd_id, persona_id, relevance_score)
        select gen_random_uuid(), min(id), '{BORN_OLD}', 7 from {{old}}.jtbd_library""",
        f"delete from {{old}}.org_personas where id = '{PRIVATE}'",
    )
    assert owned.read(f"select name, profile ->> 'notes' from {{new}}.personas where id = '{LIBRARY}'") == [
        ("Ada Old", "n")
    ]
    assert owned.read(
        "select name, (select array_agg(industry_specific_id) from {new}.persona_industry_mapping"
        " where persona_id = personas.id), (select array_agg(responsibilities) from"
        " {new}.persona_role_mapping where persona_id = personas.id), (select array_agg(relevance_score)"
        f" from {{new}}.persona_jtbd_mapping where persona_id = personas.id)"
        f" from {{new}}.personas where id = '{BORN_OLD}'"
    ) == [("Born old", ["D9"], [["leads"]], [7])]
    assert owned.read(f"select deleted_at is null from {{new}}.personas where id = '{PRIVATE}'") == [(False,)]


def test_who_writes_the_new_tables_needs_no_right_on_the_old_ones(owned: Owned) -> None:
    tenant = owned.read("select min(id::text) from {old}.tenants")[0][0]
    industry = owned.read("select max(id::text) from {old}.industries where industry_code = 'cro'")[0][0]
    role = owned.read("select min(id::text) from {old}.org_roles")[0][0]
    job = owned.read("select min(id) from {old}.jtbd_library")[0][0]
    owned.run(
        WRITES_NEW,
        f"""update {{new}}.personas
        set description = 'By the new one', seniority_level = 'Mid', profile = profile || '{{{{"tier": 2}}}}'
        where id = '{LIBRARY}'""",
        f"""insert into {{new}}.personas (id, unique_id, name, persona_type, is_public, tenant_id)
        values ('{BORN_NEW}', 'born new', 'Born new', 'individual', false, '{tenant}')""",
        "insert into {new}.persona_industry_mapping (persona_id, industry_id, is_primary)"
        f" values ('{BORN_NEW}', '{industry}', true)",
        "insert into {new}.persona_role_mapping (persona_id, role_id, responsibilities)"
        f" values ('{BORN_NEW}', '{role}', '[\"leads\"]')",
        "insert into {new}.persona_jtbd_mapping (persona_id, jtbd_id, relevance_score)"
        f" values ('{BORN_NEW}', '{job}', 3)",
    )
    assert owned.read(f"select background, tier from {{old}}.dh_personas where id = '{LIBRARY}'") == [
        ("By the new one", 2)
    ]
    assert owned.read(
        f"select name, code, tenant_id::text, industry_id::text from {{old}}.org_personas"
        f" where id = '{BORN_NEW}'"
    ) == [("Born new", "born new", tenant, industry)]
    assert owned.read(
        "select org_role_id::text, role_context, (select array_agg(relevance_score)"
        f" from {{old}}.jtbd_org_persona_mapping where persona_id = '{BORN_NEW}')"
        f" from {{old}}.persona_role_mapping where persona_id = '{BORN_NEW}'"
    ) == [(role, "leads", [3])]
    owned.run(WRITES_NEW, f"delete from {{new}}.personas where id = '{BORN_NEW}'")
    assert owned.read(f"select count(*) from {{old}}.org_personas where id = '{BORN_NEW}'") == [(0,)]


# --- whoever writes lends nothing, and is lent nothing ------------------------------------------------------


# Schema `evil`, to come first: what is named as PostgreSQL's own operators and functions, does the same, and
# writes down with whose rights. The functions are those that a body of ours names.
SPIES = f"""
    create schema evil;
    grant usage on schema evil to public;
    create table evil.caught (who text, what text);
    grant insert on evil.caught to public;
    do $make$
    declare
        statement text;
    begin
        for statement in
            with kinds (general, special) as (
                select oid, oid from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype = 'b'
                union
                select general::regtype, special::regtype
                from (
                    values
                    ('record', 'record'), ('anyarray', 'uuid[]'), ('anyarray', 'text[]'),
                    ('anycompatiblearray', 'uuid[]')
                ) as pseudo (general, special)
            )
            select format(
                'create function evil.%1$I(%2$s, %3$s) returns %4$s language plpgsql as $spy$ begin'
                ' insert into evil.caught values (current_user, %5$L);'
                ' return $1 operator(pg_catalog.%5$s) $2; end $spy$;'
                ' create operator evil.%5$s (leftarg = %2$s, rightarg = %3$s, function = evil.%1$I)',
                'spy_' || row_number() over (), lefts.special::regtype, rights.special::regtype,
                results.special::regtype, oprname
            )
            from pg_operator
            inner join kinds as lefts on oprleft = lefts.general
            inner join kinds as rights on oprright = rights.general
            inner join kinds as results on oprresult = results.general
            where
                oprleft::regtype::text in (
                    'uuid', 'text', 'jsonb', 'integer', 'bigint', 'boolean', 'record', 'anyarray',
                    'anycompatiblearray'
                )
                and (lefts.special = rights.special or lefts.general = lefts.special)
                and (results.general = results.special or results.special = lefts.special)
            union all
            select format(
                'create function evil.%1$I(%2$s) returns %3$s language plpgsql as $spy$ begin'
                ' insert into evil.caught values (current_user, %1$L);'
                ' return pg_catalog.%1$I(%4$s); end $spy$',
                proname, pg_get_function_identity_arguments(oid), prorettype::regtype,
                (select string_agg('$' || i, ', ' order by i) from generate_series(1, pronargs) as i)
            )
            from pg_proc
            where
                pronamespace = 'pg_catalog'::regnamespace and prokind = 'f' and not proretset
                and provariadic = 0 and prorettype in (select special from kinds)
                and not exists (
                    select from unnest(proargtypes) as kind where kind not in (select special from kinds)
                )
                and exists (
                    select from pg_proc as ours
                    where
                        pg_get_userbyid(ours.proowner) = '{OWNER}'
                        and ours.prosrc like '%' || pg_proc.proname || '(%'
                )
        loop
            execute statement;
        end loop;
    end
    $make$
"""


def test_whoever_has_a_schema_of_his_own_first_runs_nothing_with_the_owners_rights(owned: Owned) -> None:
    with owned.project.connect(user="postgres") as connection:
        connection.execute(SPIES.encode())
    # Also before pg_catalog, which otherwise comes first by itself.
    path = "set search_path = evil, pg_catalog, {old}, {new}"
    owned.run(
        WRITES_OLD,
        path,
        f"update {{old}}.dh_personas set name = 'Bea', notes = 'seen' where id = '{LIBRARY}'",
        "update {old}.persona_role_mapping set role_context = 'seen'",
        "update {old}.jtbd_org_persona_mapping set use_case_examples = 'seen'",
        "update {old}.org_roles set seniority_level = 'Mid'"
        " where id = (select min(id::text)::uuid from {old}.org_roles)",
        "delete from {old}.dh_personas where id = (select max(id::text)::uuid from {old}.dh_personas)",
    )
    owned.run(
        WRITES_NEW,
        path,
        f"""update {{new}}.personas
        set name = 'Eva', seniority_level = 'Senior', profile = profile || '{{{{"tier": 1, "unheard": 1}}}}'
        where id = '{LIBRARY}'""",
        "update {new}.persona_industry_mapping set is_primary = not is_primary",
        "update {new}.persona_role_mapping set responsibilities = '[\"seen\"]'",
        "delete from {new}.persona_jtbd_mapping",
    )
    assert owned.read(f"select name, notes, tier from {{old}}.dh_personas where id = '{LIBRARY}'") == [
        ("Eva", "seen", 1)
    ]
    found = owned.run("postgres", "select who, array_agg(distinct what) from evil.caught group by who")
    caught = dict(found)
    assert OWNER not in caught, f"run with the owner's rights: {caught[OWNER]}"
    # They are found, by the applications' own triggers when these write themselves.
    assert all("now" in caught[role] for role in (WRITES_OLD, WRITES_NEW))


def test_an_applications_trigger_writes_to_its_own_tables_whoever_fires_it(owned: Owned) -> None:
    for role, schema, table, other, log in (
        (WRITES_NEW, "new", "personas", "old", "app_log"),
        (WRITES_OLD, "old", "dh_personas", "new", "new_log"),
    ):
        owned.run(
            role,
            # Of a name that is not qualified PostgreSQL looks among the temporary tables first.
            f"create temporary table {log} (said text)",
            f"update {{{schema}}}.{table} set name = 'Through {schema}' where id = '{LIBRARY}'",
        )
        found = owned.read(f"select count(*) from {{{other}}}.{log} where said like 'Through {schema} at %'")
        assert found == [(1,)]


# How an application may have set its session; none of it may show in what is carried over.
SETTINGS = {
    "timezone": "Asia/Kolkata",
    "datestyle": "SQL, DMY",
    "intervalstyle": "sql_standard",
    "bytea_output": "escape",
    "extra_float_digits": "-15",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "standard_conforming_strings": "off",
    "quote_all_identifiers": "on",
    "row_security": "off",
    "plan_cache_mode": "force_custom_plan",
    "enable_indexscan": "off",
    "default_transaction_isolation": "serializable",
    "search_path": "",
}


def test_an_applications_settings_do_not_show_in_what_is_carried_over(owned: Owned) -> None:
    settings = [f"select set_config('{name}', '{value}', false)" for name, value in SETTINGS.items()]
    owned.run(
        WRITES_NEW,
        *settings,
        "set search_path = {new}",
        f"""update {{new}}.personas set created_at = '2024-01-31 23:30:00.123456+00', goals = '[1.50, null]',
            profile = profile || $json${{{{"value_score": 3, "focus": "a\\\\b"}}}}$json$
        where id = '{LIBRARY}'""",
    )
    settings.remove("select set_config('row_security', 'off', false)")
    owned.run(
        WRITES_OLD,
        *settings,
        "set search_path = {old}",
        "update {old}.dh_personas set notes = $text$c\\d$text$, needs = '[2.50, null]'"
        f" where id = '{LIBRARY}'",
        # Of links, times are kept inside JSON.
        "update {old}.persona_role_mapping set role_context = 'again', created_at = now()",
    )
    row = f"""
        select created_at::text, goals::text, needs::text, notes, focus
        from {{old}}.dh_personas where id = '{LIBRARY}'
    """
    persona = f"""
        select created_at::text, goals::text, (profile -> 'needs')::text, profile ->> 'notes',
            profile ->> 'focus'
        from {{new}}.personas where id = '{LIBRARY}'
    """
    assert owned.read(row) == [
        ("2024-01-31 23:30:00.123456+00", "[1.50, null]", "[2.50, null]", "c\\d", "a\\b")
    ]
    assert owned.read(persona) == owned.read(row)


@pytest.mark.parametrize("role", [WRITES_OLD, WRITES_NEW])
def test_what_it_is_made_of_is_out_of_reach(owned: Owned, role: str) -> None:
    for deed in (
        "select * from {}.pending_keys",
        "delete from {}.touched_personas",
        "select {}.lock_personas('{{}}')",
        "create temporary table own (id uuid); create trigger own after insert on own"
        " referencing new table as new_rows for each statement execute function {}.from_personas()",
    ):
        statement = sql.SQL(deed).format(sql.Identifier(f"{NEW}_sync"))
        with (
            owned.project.connect(user=role) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied for schema"),
        ):
            connection.execute(statement)


@pytest.mark.parametrize("role", [WRITES_OLD, WRITES_NEW])
def test_nobody_else_may_execute_a_function_of_it(owned: Owned, role: str) -> None:
    # Even where the schema is open to all.
    may = owned.project.query(
        "select oid::regprocedure::text from pg_proc where pronamespace = quote_ident(%s)::regnamespace"
        " and has_function_privilege(%s, oid, 'execute')",
        f"{NEW}_sync",
        role,
    )
    assert may == []
    takes_a_path = owned.project.query(
        "select proname from pg_proc where pronamespace = quote_ident(%s)::regnamespace"
        " and 'path' = any(proargnames)",
        f"{NEW}_sync",
    )
    assert takes_a_path == []


def test_an_applications_trigger_finds_the_table_of_its_own_side_first(owned: Owned) -> None:
    owner = "set search_path = pg_catalog"
    for schema, table in (("old", "dh_personas"), ("new", "personas")):
        owned.run(
            OWNER,
            owner,
            f"create table {{{schema}}}.app_saw (seen oid)",
            f"""create function {{{schema}}}.app_look() returns trigger language plpgsql as
            'begin insert into app_saw values (''persona_role_mapping''::regclass); return null; end'""",
            f"create trigger app_look after update of name on {{{schema}}}.{table}"
            f" for each row execute function {{{schema}}}.app_look()",
        )
    # The writer's own trigger, too, and so each with its schema first.
    for schema, table in (("new", "personas"), ("old", "dh_personas")):
        owned.run(
            OWNER,
            f"set search_path = {{{schema}}}",
            f"update {{{schema}}}.{table} set name = 'Seen from {schema}' where id = '{LIBRARY}'",
        )
    for schema, name in (("old", OLD), ("new", NEW)):
        found = owned.read(
            f"select distinct relnamespace::regnamespace::text from {{{schema}}}.app_saw"
            " inner join pg_class on pg_class.oid = seen"
        )
        owned.run(
            OWNER, owner, f"drop function {{{schema}}}.app_look cascade", f"drop table {{{schema}}}.app_saw"
        )
        assert found == [(f'"{name}"',)]


def test_only_the_one_owner_of_all_tables_switches_it_on(owned: Owned) -> None:
    before = catalogs(owned.project)
    owned.project.environment["PGUSER"] = "postgres"
    refused = owned.project.dbt("run-operation", "dual_write_on", variables=VARIABLES)
    owned.project.environment["PGUSER"] = OWNER
    assert refused.exit_code != 0
    assert f"belongs to {OWNER}, not to postgres" in refused.output
    assert catalogs(owned.project) == before


def test_the_path_of_triggers_is_that_of_the_owner_not_of_a_session(owned: Owned) -> None:
    said = owned.project.dbt(
        "run-operation",
        "dual_write_status",
        variables=VARIABLES,
        environment={"PGOPTIONS": "-c search_path=pg_catalog"},
    )
    assert said.exit_code == 0, said.output
    owned.project.execute(f"alter role {OWNER} set search_path = elsewhere")
    try:
        said = owned.project.dbt("run-operation", "dual_write_status", variables=VARIABLES)
        assert "out of date" in said.output
    finally:
        owned.project.execute(f"alter role {OWNER} reset search_path")


# --- off ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("writable", ["legacy", "new"])
def test_off_leaves_the_legacy_tables_as_on_found_them(owned: Owned, writable: str) -> None:
    assert catalogs(owned.project) != owned.before
    switch(owned.project, "dual_write_off", "--args", f"{{writable: {writable}}}")
    found = catalogs(owned.project)
    if writable == "new":
        guards = [line for line in found["triggers"] if "personas_guard_write" in line]
        assert len(guards) == len(LEGACY_TABLES)
        found["triggers"] = [line for line in found["triggers"] if line not in guards]
    assert found == owned.before
    left = "select proname from pg_proc where pronamespace = {}::regnamespace"
    schema = sql.Literal(f'"{NEW}_sync"').as_string()
    assert owned.project.query(left.format(schema)) == [("refuse_writes",)]
    switch(owned.project, "dual_write_on")
