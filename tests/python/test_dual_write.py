"""Dual-write: what is written on either side is read back on both; what was not edited keeps its bytes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from dbt_project import DATABASE, WITHOUT_TESTS, Project, Workshop
from personas.demo.load import load_demo
from torture.agreement import disagreements
from torture.proof import objections
from verified import WHOLE

NEW = "00000000-0000-4000-8000-0000000000a1"
LEGACY_TABLES = ("dh_personas", "org_personas", "persona_role_mapping", "jtbd_org_persona_mapping")
# A persona of one row of either table, the same in each test.
LIBRARY = "'00000000-0000-4000-8000-0000000000b1'"
PRIVATE = "'00000000-0000-4000-8000-0000000000b2'"


def with_rows_of_tests(project: Project) -> None:
    """The demo, and a row of either table with all that belongs to it."""
    with project.connect() as connection:
        load_demo(connection)
        connection.execute(
            f"""insert into dh_personas
            (id, unique_id, persona_code, name, title, background, goals, pharma_id,
            industry_id, primary_role_id)
            values ({LIBRARY}, 'library', 'LIB', ' Ada  Library ', 'Data Manager', 'As found ', '"[1]"',
                'P001',
                (select max(id::text)::uuid from industries), (select min(id::text)::uuid from org_roles))"""
        )
        connection.execute(
            f"""insert into org_personas (id, tenant_id, code, unique_id, name, description, dx_id, goals)
            values ({PRIVATE}, (select min(id::text)::uuid from tenants), 'PRI', 'private', 'Otto Private',
                ' x ', 'D1', 'null')"""
        )
        connection.execute(
            f"""insert into persona_role_mapping
            (id, persona_id, org_role_id, match_type, match_confidence, role_context)
            select gen_random_uuid(), {PRIVATE}, id, 'm', 'high', ' as found '
            from org_roles order by id limit 2"""
        )
        connection.execute(
            f"""insert into jtbd_org_persona_mapping
            (id, jtbd_id, persona_id, persona_dh_id, use_case_examples)
            select gen_random_uuid(), id, {PRIVATE}, {LIBRARY}, ' as found '
            from jtbd_library order by id limit 2"""
        )


def switch_on(project: Project, **variables: object) -> None:
    """Switches dual-write on."""
    project.build("run-operation", "dual_write_on", variables=variables)


def build_and_switch_on(project: Project) -> None:
    """The demo, built, with dual-write on."""
    with_rows_of_tests(project)
    project.build(*WITHOUT_TESTS)
    switch_on(project)


@pytest.fixture
def live(workshop: Workshop) -> Iterator[Project]:
    """The demo with dual-write on, on each supported version; both sides agree afterwards."""
    with workshop.project("dual_write", build_and_switch_on) as project:
        yield project
        assert agree(project) == []


@pytest.fixture
def live_18(workshop_18: Workshop) -> Iterator[Project]:
    """As `live`, on the embedded version only."""
    with workshop_18.project("dual_write", build_and_switch_on) as project:
        yield project
        assert agree(project) == []


@contextmanager
def a_writer(project: Project, statement: str) -> Iterator[None]:
    """Runs a statement over and over; a failure of it fails the test."""
    failures: list[Exception] = []
    stop = threading.Event()

    def write() -> None:
        try:
            with project.connect() as connection:
                while not stop.is_set():
                    connection.execute(statement)
        except psycopg.Error as error:
            failures.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    assert failures == []


def agree(project: Project) -> list[str]:
    """Where the sides do not agree."""
    with project.connect() as connection:
        return disagreements(connection)


def objects(project: Project) -> list[str]:
    """Why the verdict is not GO, apart from what waits for a build."""
    with project.connect() as connection:
        connection.execute("set lock_timeout = '5s'")
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            return objections(connection).found


def images(project: Project, table: str) -> list[str]:
    """A legacy table's rows, byte for byte, without the time that its own trigger sets."""
    query = f"select (to_jsonb(t) - 'updated_at')::text from public.{table} as t order by id"
    return [row for (row,) in project.query(query)]


def persona(project: Project, which: str, column: str) -> Any:
    """A field of a persona."""
    return project.value(f"select {column} from personas.personas where id = {which}")


# --- written on the legacy side -----------------------------------------------------------------------------

LEGACY_WRITES = {
    "a name": ["update dh_personas set name = '  Neo\u00a0 X ' where unique_id = 'library'"],
    "industries": [
        "update dh_personas set pharma_id = 'PX', industry_id = (select max(id::text)::uuid from industries)"
    ],
    "a bulk of both": [
        "update dh_personas set notes = 'bulk ' || id",
        "update org_personas set description = ' bulk ', industry_id = null",
    ],
    "new rows, one uuid in both tables": [
        f"""insert into dh_personas (id, unique_id, persona_code, name, title, pharma_id)
        values ('{NEW}', 'U1', 'C1', 'New one', 'Senior Dr', 'P9')""",
        f"""insert into org_personas (id, tenant_id, code, name, unique_id)
        select '{NEW}', min(id::text)::uuid, 'C1', 'Another one', 'U1' from tenants""",
    ],
    "links": [
        """insert into persona_role_mapping
        (id, persona_id, org_role_id, match_type, match_confidence, role_context, is_primary_role)
        select gen_random_uuid(), (select min(id::text)::uuid from org_personas), id, 'm', 'h', ' x ', true
        from org_roles on conflict do nothing""",
        "update persona_role_mapping set role_context = 'x', is_primary_role = not is_primary_role",
        "update jtbd_org_persona_mapping set relevance_score = 7, use_case_examples = ' x '",
        "delete from persona_role_mapping where match_type = 'm'",
        "delete from jtbd_org_persona_mapping",
    ],
    "deletes, and a return": [
        "create table was as select * from dh_personas order by id limit 9",
        "delete from dh_personas where id in (select id from was)",
        """insert into dh_personas (id, unique_id, persona_code, name, title)
        select id, unique_id, persona_code, name, title from was""",
        "delete from jtbd_org_persona_mapping",
        "delete from org_personas",
    ],
    "active or not": ["update dh_personas set is_active = is_active is false"],
    "a tenant": [
        "update org_personas set unique_id = id, code = id,"
        " tenant_id = (select max(id::text)::uuid from tenants)"
    ],
    "a role's seniority": ["update org_roles set seniority_level = 'Executive'"],
    "a role goes": [
        "update org_personas set primary_role_id = null",
        "delete from org_roles where id in (select primary_role_id from dh_personas)",
    ],
    "an industry's code, and an industry": [
        "update industries set industry_code = 'was ' || industry_code where industry_code like 'ph%'",
        "update org_personas set industry_id = null",
        "delete from industries where id in (select industry_id from dh_personas limit 1)",
    ],
}


@pytest.mark.parametrize("what", LEGACY_WRITES)
def test_what_the_legacy_side_writes_is_read_on_both(live_18: Project, what: str) -> None:
    for statement in LEGACY_WRITES[what]:
        live_18.execute(statement)
        assert agree(live_18) == [], statement


def test_a_row_that_no_cluster_knows_becomes_a_persona_of_its_own(live_18: Project) -> None:
    live_18.execute(*LEGACY_WRITES["new rows, one uuid in both tables"])
    found = live_18.query(
        "select source_table, persona_id = source_id from personas.persona_source_mapping"
        " where source_id = %s order by 1",
        NEW,
    )
    assert found == [("dh_personas", True), ("org_personas", False)]
    assert live_18.query("select name, seniority_level from personas.personas where id = %s", NEW) == [
        ("New one", "Senior")
    ]


def test_a_deleted_row_leaves_a_persona_that_resolves(live_18: Project) -> None:
    live_18.execute("delete from dh_personas where unique_id = 'library'")
    assert persona(live_18, LIBRARY, "deleted_at is not null")
    assert live_18.value(
        f"select count(*) from personas.persona_ids where persona_id = {LIBRARY} and old_id = persona_id"
    )


def test_an_industrys_code_concerns_the_personas_of_that_industry_alone(live_18: Project) -> None:
    # One without a column of its own, so that only `industry_id` leads to it.
    industries = "(select id from industries where industry_code like 'cro%')"
    concerned = f"""
        select distinct clusters.persona_id from personas_intermediate.int_persona_clusters as clusters
        inner join (
            select 'dh_personas' as of_table, id, industry_id from dh_personas
            union all
            select 'org_personas', id, industry_id from org_personas
        ) as legacy on clusters.source_table = legacy.of_table and clusters.source_id = legacy.id
        where legacy.industry_id in {industries}
    """
    locked = "select persona_id from personas_sync.touched_personas where touched_by = pg_current_xact_id()"
    live_18.execute(
        f"update dh_personas set industry_id = {industries} where id = {LIBRARY}",
        "update industries set description = 'x'",
    )
    with live_18.connect() as connection, connection.transaction():
        connection.execute("update industries set industry_code = 'cro 2' where industry_code = 'cro'")
        found = set(connection.execute(locked).fetchall())
    assert found == set(live_18.query(concerned))
    assert 0 < len(found) < live_18.value("select count(*) from personas.personas")


@pytest.mark.parametrize("table", [*LEGACY_TABLES, "industries", "org_roles"])
def test_truncate_is_refused(live_18: Project, table: str) -> None:
    with pytest.raises(psycopg.Error, match=f"truncate of public.{table} is refused") as caught:
        live_18.execute(f"truncate {table} cascade")
    assert "delete from" in str(caught.value.diag.message_hint)


# --- written on the new side --------------------------------------------------------------------------------


@pytest.mark.each_version
def test_an_edited_field_reaches_the_legacy_row_and_nothing_else_does(live: Project) -> None:
    row = f"select name, background, tier from dh_personas where id = {LIBRARY}"
    others = f"select array_agg(t::text order by id) from dh_personas as t where id <> {LIBRARY}"
    kept = f"""
        select to_jsonb(t) - array['name', 'background', 'tier', 'updated_at']
        from dh_personas as t where id = {LIBRARY}
    """
    before, kept_before = live.value(others), live.value(kept)
    which = LIBRARY.strip("'")
    live.execute(
        "update personas.personas"
        " set name = 'Edited', description = 'By us', profile = profile || '{\"tier\": 2}'"
        f" where id = '{which}'"
    )
    assert live.query(row.replace(LIBRARY, f"'{which}'")) == [("Edited", "By us", 2)]
    assert live.value(others.replace(LIBRARY, f"'{which}'")) == before
    assert live.value(kept.replace(LIBRARY, f"'{which}'")) == kept_before


def test_a_field_that_lost_a_merge_takes_the_edit_as_well(live_18: Project) -> None:
    merged = (
        "(select min(persona_id::text)::uuid from personas.persona_source_mapping where match_rule = 'exact')"
    )
    live_18.execute(
        f"update personas.personas set goals = '[\"ours\"]', unique_id = 'ours' where id = {merged}"
    )
    rows = f"""
        select legacy.goals, legacy.unique_id = 'ours' from dh_personas as legacy
        inner join personas.persona_source_mapping as sources on sources.source_id = legacy.id
        where sources.persona_id = {merged} order by 2
    """
    found = live_18.query(rows)
    assert [goals for goals, _ in found] == [["ours"]] * len(found)
    # A key goes to the row that supplied it, and to no other.
    assert [is_ours for _, is_ours in found] == [False] * (len(found) - 1) + [True]


def test_what_the_old_shape_cannot_hold_survives_every_build(live_18: Project) -> None:
    live_18.execute(
        f"""update personas.personas set
            seniority_level = 'C-Level', is_public = false, created_by = 'me', persona_type = 'archetype',
            profile = profile || '{{"unheard_of": [1]}}'
        where id = {LIBRARY}""",
        f"""insert into personas.persona_industry_mapping (persona_id, industry_id, industry_specific_id)
        select {LIBRARY}, id, 'X' from industries
        where industry_code not in (select industry_code from personas_staging.industry_id_columns)
        on conflict (persona_id, industry_id) do nothing""",
    )
    before = live_18.dump()
    live_18.build(*WITHOUT_TESTS)
    assert live_18.dump() == before
    found = live_18.query(
        f"select distinct relation, case relation when 'personas' then target end"
        f" from personas_audit.audit_not_expressible where persona_id = {LIBRARY} order by 1, 2"
    )
    assert found == [
        ("persona_industry_mapping", None),
        *(
            ("personas", field)
            for field in ("created_by", "is_public", "persona_type", "profile.unheard_of", "seniority_level")
        ),
    ]


def test_an_override_of_what_queries_read_is_no_objection(live_18: Project) -> None:
    live_18.execute(
        # A generated column.
        f"update personas.personas set profile = profile || '{{\"priority_score\": 9}}' where id = {LIBRARY}",
        # A blank, where the old table must have a code.
        f'update personas.personas set profile = profile || \'{{"code": ""}}\' where id = {PRIVATE}',
    )
    assert objects(live_18) == []


@pytest.mark.each_version
@pytest.mark.parametrize(
    ("tenant", "table", "code"),
    [
        ("null", "dh_personas", "persona_code"),
        ("(select min(id::text)::uuid from tenants)", "org_personas", "code"),
    ],
)
def test_a_persona_born_in_the_new_world_gets_a_legacy_row(
    live: Project, tenant: str, table: str, code: str
) -> None:
    live.execute(
        f"""insert into personas.personas (id, unique_id, name, persona_type, is_public, tenant_id, profile)
        values ('{NEW}', 'born', 'Born here', 'individual', {tenant} is null, {tenant},
            '{{"needs": ["x"]}}')"""
    )
    assert live.query(f"select name, unique_id, {code}, needs from {table} where id = '{NEW}'") == [
        ("Born here", "born", "born", ["x"])
    ]
    assert agree(live) == []
    live.execute(f"delete from personas.personas where id = '{NEW}'")
    assert live.value(f"select count(*) from {table} where id = '{NEW}'") == 0
    assert live.value("select count(*) from personas.persona_source_mapping where source_id = %s", NEW) == 0


@pytest.mark.each_version
def test_a_deleted_persona_comes_back_whole(live: Project) -> None:
    which = PRIVATE.strip("'")
    before = {table: images(live, table) for table in LEGACY_TABLES}
    mappings = {name: rows for name, rows in live.dump().items() if name.endswith("_mapping")}
    live.execute(f"update personas.personas set deleted_at = now() where id = '{which}'")
    assert agree(live) == []
    assert live.value(f"select count(*) from org_personas where id = '{which}'") == 0
    assert live.value(f"select count(*) from jtbd_org_persona_mapping where persona_id = '{which}'") == 0
    live.execute(f"update personas.personas set deleted_at = null where id = '{which}'")
    assert {table: images(live, table) for table in LEGACY_TABLES} == before
    found = live.dump()
    assert {name: found[name] for name in mappings if "source" not in name} == {
        name: rows for name, rows in mappings.items() if "source" not in name
    }


def test_what_is_edited_while_a_persona_is_deleted_comes_back_with_it(live_18: Project) -> None:
    which = PRIVATE.strip("'")
    for change in ("deleted_at = now()", "name = 'While gone', seniority_level = 'Mid'", "deleted_at = null"):
        live_18.execute(f"update personas.personas set {change} where id = '{which}'")
        assert agree(live_18) == [], change
    assert live_18.value(f"select name from org_personas where id = '{which}'") == "While gone"
    assert persona(live_18, f"'{which}'", "seniority_level") == "Mid"


@pytest.mark.parametrize(
    ("which", "changes"),
    [
        (LIBRARY, ["personas", "row"]),
        (PRIVATE, ["row", "personas"]),
    ],
)
def test_a_persona_comes_back_whichever_side_deleted_it_first(
    live_18: Project, which: str, changes: list[str]
) -> None:
    table = "dh_personas" if which == LIBRARY else "org_personas"
    deletes = {
        "row": f"delete from {table} where id = {which}",
        "personas": f"update personas.personas set deleted_at = '2020-01-01' where id = {which}",
    }
    live_18.execute(
        f"update jtbd_org_persona_mapping set persona_id = null where persona_id = {which}",
        *(deletes[change] for change in changes),
        f"update personas.personas set deleted_at = null where id = {which}",
    )
    assert live_18.value(f"select count(*) from {table} where id = {which}") == 1
    assert objects(live_18) == []


@pytest.mark.parametrize(
    "before",
    [
        f"update dh_personas set persona_code = ' ' where id = {LIBRARY}",
        f"update personas.personas set profile = profile - 'persona_code' where id = {LIBRARY}",
    ],
)
def test_a_code_that_no_row_supplied_goes_to_the_first_row(live_18: Project, before: str) -> None:
    live_18.execute(
        before,
        f'update personas.personas set profile = profile || \'{{"persona_code": "C"}}\' where id = {LIBRARY}',
    )
    assert live_18.value(f"select persona_code from dh_personas where id = {LIBRARY}") == "C"
    assert persona(live_18, LIBRARY, "profile ->> 'persona_code'") == "C"


def test_a_soft_deleted_library_persona_is_inactive(live_18: Project) -> None:
    which = LIBRARY.strip("'")
    active = f"select is_active from dh_personas where id = '{which}'"
    live_18.execute(f"update personas.personas set deleted_at = now() where id = '{which}'")
    assert live_18.value(active) is False
    live_18.execute(f"update personas.personas set deleted_at = null where id = '{which}'")
    assert live_18.value(active) is True


def test_mappings_reach_the_columns_and_tables_that_say_the_same(live: Project) -> None:
    which = PRIVATE.strip("'")
    live.execute(
        f"delete from personas.persona_industry_mapping where persona_id = '{which}'",
        f"delete from personas.persona_role_mapping where persona_id = '{which}'",
        f"delete from personas.persona_jtbd_mapping where persona_id = '{which}'",
        f"""insert into personas.persona_industry_mapping
        (persona_id, industry_id, is_primary, industry_specific_id)
        select '{which}', industry_id, true, 'D7'
        from personas_legacy.shown_code_columns where column_name = 'dx_id'""",
        f"""insert into personas.persona_role_mapping (persona_id, role_id, is_primary, responsibilities)
        select '{which}', id, row_number() over (order by id) = 1,
            case row_number() over (order by id) when 1 then '[]' else '["leads"]' end::jsonb
        from org_roles order by id limit 2""",
        f"""insert into personas.persona_jtbd_mapping (persona_id, jtbd_id, relevance_score)
        select '{which}', min(id), 4 from jtbd_library""",
    )
    assert agree(live) == []
    assert live.query(
        f"""select dx_id,
            industry_id in (
                select industry_id from personas_legacy.shown_code_columns where column_name = 'dx_id'
            ),
            primary_role_id = (select min(id::text)::uuid from org_roles)
        from org_personas where id = '{which}'"""
    ) == [("D7", True, True)]
    assert live.query(
        f"select is_primary_role, role_context from persona_role_mapping where persona_id = '{which}'"
    ) == [(False, "leads")]
    assert live.query(
        f"select relevance_score from jtbd_org_persona_mapping where persona_id = '{which}'"
    ) == [(4,)]
    found = "select origin from personas.{} where persona_id = '{}'"
    for mapping in ("persona_industry_mapping", "persona_role_mapping", "persona_jtbd_mapping"):
        assert {origin for (origin,) in live.query(found.format(mapping, which))} == {"legacy"}


def test_another_primary_industry_leaves_the_first_one_in_place(live_18: Project) -> None:
    which = LIBRARY.strip("'")
    live_18.execute(f"delete from personas.persona_industry_mapping where persona_id = '{which}'")
    add = f"""
        insert into personas.persona_industry_mapping (persona_id, industry_id, is_primary)
        select '{which}', id, true from industries where industry_code = %s
    """
    with live_18.connect() as connection:
        for code in ("payers", "cro"):
            connection.execute(add, [code])
    found = live_18.query(
        "select industry_code, is_primary, mapped.origin from personas.persona_industry_mapping as mapped"
        " inner join industries on industries.id = mapped.industry_id"
        f" where persona_id = '{which}' order by 1"
    )
    assert found == [("cro", True, "legacy"), ("payers", False, "new")]


def test_an_industry_that_became_primary_by_itself_reaches_the_old_row(live_18: Project) -> None:
    mapped = f"from personas.persona_industry_mapping where persona_id = {LIBRARY}"
    live_18.execute(
        f"delete {mapped}",
        f"""insert into personas.persona_industry_mapping (persona_id, industry_id, is_primary)
        select {LIBRARY}, id, false from industries where industry_code = 'cro'""",
    )
    ((industry, *found),) = live_18.query(f"select industry_id, is_primary, origin {mapped}")
    assert found == [True, "legacy"]
    assert live_18.value(f"select industry_id from dh_personas where id = {LIBRARY}") == industry
    assert objects(live_18) == []


def test_what_the_old_side_says_later_shows_on_a_row_of_the_new_world_too(live_18: Project) -> None:
    role = "(select max(id::text)::uuid from org_roles)"
    code = f"""
        select industry_specific_id, origin from personas.persona_industry_mapping
        where persona_id = {LIBRARY}
    """
    industry = "(select industry_id from personas_legacy.shown_code_columns where column_name = 'biotech_id')"
    primary = f"""
        select is_primary, responsibilities, origin from personas.persona_role_mapping
        where persona_id = {LIBRARY} and role_id = {role}
    """
    live_18.execute(
        f"""insert into personas.persona_industry_mapping (persona_id, industry_id)
        values ({LIBRARY}, {industry})""",
        f"""insert into personas.persona_role_mapping (persona_id, role_id, responsibilities)
        values ({LIBRARY}, {role}, '["a", "b"]')""",
    )
    assert live_18.query(f"{code} and industry_id = {industry}") == [(None, "new")]
    assert live_18.query(primary) == [(False, ["a", "b"], "new")]
    live_18.execute(
        f"update dh_personas set biotech_id = 'B2', primary_role_id = {role} where id = {LIBRARY}",
    )
    assert live_18.query(f"{code} and industry_id = {industry}") == [("B2", "legacy")]
    assert live_18.query(primary) == [(True, ["a", "b"], "new")]
    assert objects(live_18) == []


def test_what_is_mapped_while_a_persona_is_deleted_comes_back_with_it(live_18: Project) -> None:
    which = PRIVATE.strip("'")
    links = (
        f"select relevance_score from jtbd_org_persona_mapping where persona_id = '{which}' order by jtbd_id"
    )
    live_18.execute(
        f"update personas.personas set deleted_at = now() where id = '{which}'",
        f"""delete from personas.persona_jtbd_mapping where persona_id = '{which}'
        and jtbd_id = (select min(id) from jtbd_library)""",
        f"update personas.persona_jtbd_mapping set relevance_score = 9 where persona_id = '{which}'",
        f"""update personas.persona_industry_mapping set industry_specific_id = 'D8'
        where persona_id = '{which}' and industry_specific_id = 'D1'""",
        f"update personas.personas set deleted_at = null, name = 'Back' where id = '{which}'",
    )
    assert live_18.query(links) == [(9,)]
    assert live_18.query(f"select dx_id, name from org_personas where id = '{which}'") == [("D8", "Back")]
    assert objects(live_18) == []


def test_the_proof_and_the_writers_wait_for_nobody(live_18: Project) -> None:
    """Locks are held to the end of a transaction, so whoever waits for one here waits in vain."""
    with live_18.connect() as writing, live_18.connect() as proving:
        writing.execute("set lock_timeout = '20s'")
        with writing.transaction():
            writing.execute("update dh_personas set notes = 'held'")
            writing.execute("update personas.personas set created_by = 'me'")
            assert objects(live_18) == []
        proving.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with proving.transaction():
            assert objections(proving).found == []
            writing.execute(f"update dh_personas set notes = 'new' where id = {LIBRARY}")
            writing.execute(f"update personas.personas set description = 'new' where id = {LIBRARY}")
            writing.execute("update personas.persona_jtbd_mapping set relevance_score = 5")
            assert objections(proving).found == []
    assert objects(live_18) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("profile = profile || '{\"tier\": 99}'", "dh_personas_tier_check"),
        ('profile = profile || \'{"tier": "high"}\'', 'invalid input syntax for type integer: "high"'),
        ("tenant_id = (select min(id::text)::uuid from tenants)", "tenant_id cannot become"),
        ("seniority_level = 'Boss'", "persona_overrides_value_check"),
    ],
)
def test_what_the_rules_of_the_old_side_forbid_fails_the_statement(
    live_18: Project, change: str, says: str
) -> None:
    before = live_18.dump(), images(live_18, "dh_personas")
    with pytest.raises(psycopg.Error, match=says):
        live_18.execute(f"update personas.personas set {change} where id = {LIBRARY}")
    assert (live_18.dump(), images(live_18, "dh_personas")) == before


# --- get-put ------------------------------------------------------------------------------------------------


def test_writing_back_what_was_read_changes_no_byte(live: Project) -> None:
    tables = {
        table: live.query(f"select ctid, xmin, t::text from {table} as t order by id")
        for table in LEGACY_TABLES
    }
    marts = live.row_versions()
    columns = (
        "name, description, profile, responsibilities, goals, tenant_id, created_at, updated_at, deleted_at"
    )
    live.execute(
        f"update personas.personas as p set ({columns}) ="
        f" (select {columns} from personas.personas as q where q.id = p.id)",
        "update personas.persona_industry_mapping"
        " set is_primary = is_primary, industry_metadata = industry_metadata",
        "update personas.persona_role_mapping set responsibilities = responsibilities",
        "update personas.persona_jtbd_mapping set relevance_score = relevance_score",
    )
    found = {
        table: live.query(f"select ctid, xmin, t::text from {table} as t order by id")
        for table in LEGACY_TABLES
    }
    assert found == tables
    untouched = ("persona_source_mapping", "persona_link_source_mapping", "persona_overrides")
    assert {name: live.row_versions()[name] for name in untouched} == {
        name: marts[name] for name in untouched
    }


def test_writing_back_a_legacy_row_changes_its_time_alone(live_18: Project) -> None:
    before = images(live_18, "dh_personas")
    residuals = """
        select source_id, residual - 'updated_at' from personas.persona_source_mapping
        order by 1, source_table
    """
    kept = live_18.query(residuals)
    live_18.execute("update dh_personas set name = name, goals = goals")
    assert images(live_18, "dh_personas") == before
    assert live_18.query(residuals) == kept


# --- loops, rights, names -----------------------------------------------------------------------------------


def test_what_an_applications_own_triggers_write_is_carried_over_too(live: Project) -> None:
    live.execute(
        "create table said (what text)",
        """create function tell() returns trigger language plpgsql as $$
        begin
            insert into said values (new.notes);
            update org_personas set reports_to = new.notes
            where id = (select min(id::text)::uuid from org_personas);
            return null;
        end $$""",
        "create trigger tell after update of notes on dh_personas for each row"
        " when (old.notes is distinct from new.notes) execute function tell()",
        """create function shout() returns trigger language plpgsql as $$
        begin new.background := upper(new.background); return new; end $$""",
        "create trigger shout before update on dh_personas for each row execute function shout()",
        f"""update personas.personas
        set description = 'quiet', profile = profile || '{{"notes": "told"}}' where id = {LIBRARY}""",
    )
    assert live.query("select what from said") == [("told",)]
    assert (
        persona(live, "(select min(id::text)::uuid from org_personas)", "profile ->> 'reports_to'") == "told"
    )
    assert persona(live, LIBRARY, "description") == "QUIET"


def test_an_application_needs_no_right_on_the_other_side(live_18: Project) -> None:
    live_18.execute(
        "create role app login",
        "grant usage on schema public, personas to app",
        "grant select, update on dh_personas, personas.personas to app",
        "alter table dh_personas disable row level security",
    )
    try:
        with live_18.connect(user="app") as connection:
            connection.execute("update dh_personas set notes = 'by app' where unique_id = 'library'")
            connection.execute(
                "update personas.personas set description = 'by app' where unique_id = 'library'"
            )
        assert persona(live_18, LIBRARY, "profile ->> 'notes'") == "by app"
        assert live_18.value("select background from dh_personas where unique_id = 'library'") == "by app"
    finally:
        live_18.execute("drop owned by app", "drop role app")


def test_rows_that_are_hidden_from_the_owner_stop_a_write(live_18: Project) -> None:
    live_18.execute(
        "create role keeper",
        "grant all on schema public, personas_sync to keeper",
        """do $$ declare relation record; begin
            for relation in
                select case relkind when 'v' then 'view' else 'table' end as kind, oid::regclass as name
                from pg_class
                where relkind in ('r', 'v')
                    and relnamespace::regnamespace::text ~ '^(personas|public)'
            loop
                execute format('alter %s %s owner to keeper', relation.kind, relation.name);
            end loop;
            for relation in
                select oid::regprocedure as name from pg_proc
                where pronamespace = 'personas_sync'::regnamespace
            loop
                execute format('alter function %s owner to keeper', relation.name);
            end loop;
            for relation in
                select oid::regnamespace as name from pg_namespace where nspname ^@ 'personas'
            loop
                execute format('alter schema %s owner to keeper', relation.name);
            end loop;
        end $$""",
    )
    write = f"update personas.personas set description = 'by keeper' where id = {LIBRARY}"
    try:
        live_18.execute(write, "alter table dh_personas force row level security")
        with pytest.raises(psycopg.Error, match="would be affected by row-level security") as caught:
            live_18.execute(write.replace("by keeper", "lost"))
        assert "NO FORCE" in str(caught.value.diag.message_hint)
        assert persona(live_18, LIBRARY, "description") == "by keeper"
        assert live_18.value(f"select background from dh_personas where id = {LIBRARY}") == "by keeper"
    finally:
        live_18.execute("reassign owned by keeper to postgres", "drop owned by keeper", "drop role keeper")


def test_nobody_slips_it_an_operator(live_18: Project) -> None:
    live_18.execute(
        "create schema evil",
        "create function evil.no(uuid, uuid) returns boolean language sql as 'select false'",
        "create operator evil.= (leftarg = uuid, rightarg = uuid, function = evil.no)",
        "create function evil.no(text, text) returns boolean language sql as 'select false'",
        "create operator evil.= (leftarg = text, rightarg = text, function = evil.no)",
    )
    with live_18.connect(options="-c search_path=evil,pg_catalog,public") as connection:
        connection.execute("update dh_personas set notes = 'seen'")
        connection.execute("update personas.personas set description = 'seen too' where tenant_id is null")
    assert (
        live_18.value("select count(*) from dh_personas where background <> 'seen too' and notes = 'seen'")
        == 0
    )


# --- one statement, several tables --------------------------------------------------------------------------

DX = f"personas.persona_industry_mapping where persona_id = {PRIVATE} and industry_specific_id = 'D1'"
SET_DX = DX.replace(" where", " set industry_specific_id = 'D9' where")


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (
            f"update personas.personas set description = 'new' where id = {PRIVATE}",
            f"update org_personas set department = 'old' where id = {PRIVATE}",
            ("new", "old", "D1", None),
        ),
        (
            f"update personas.personas set description = 'new' where id = {PRIVATE}",
            f"update {SET_DX}",
            ("new", None, "D9", None),
        ),
        (
            f"update {SET_DX}",
            f"update org_personas set pharma_id = 'P9' where id = {PRIVATE}",
            (" x ", None, "D9", "P9"),
        ),
        (
            f"delete from {DX}",
            f"update org_personas set pharma_id = 'P9' where id = {PRIVATE}",
            (" x ", None, None, "P9"),
        ),
    ],
)
def test_one_statement_may_write_several_tables(
    live_18: Project, first: str, second: str, found: tuple[str | None, ...]
) -> None:
    live_18.execute(f"with first as ({first} returning 1) {second}")
    assert live_18.query(
        f"select description, department, dx_id, pharma_id from org_personas where id = {PRIVATE}"
    ) == [found]
    assert live_18.query(
        f"""select personas.description, personas.profile ->> 'department', dx_id, pharma_id
        from personas.personas
        inner join personas_legacy.shown_org_personas as shown on personas.id = shown.persona_id
        where personas.id = {PRIVATE}"""
    ) == [((found[0] or "").strip(), *found[1:])]
    assert objects(live_18) == []


def test_one_statement_may_delete_a_persona_and_write_its_row(live_18: Project) -> None:
    live_18.execute(
        f"""with gone as (delete from personas.personas where id = {PRIVATE} returning 1)
        update org_personas set description = 'x' where id = {PRIVATE}"""
    )
    assert live_18.query(f"select 1 from personas.personas where id = {PRIVATE}") == []
    assert live_18.query(f"select 1 from org_personas where id = {PRIVATE}") == []


def test_what_triggers_of_the_new_side_write_takes_nothing_back(live_18: Project) -> None:
    job = "(select max(id) from jtbd_library)"
    links = "select persona_dh_id from jtbd_org_persona_mapping where relevance_score = 3 and jtbd_id = "
    live_18.execute(
        f"delete from jtbd_org_persona_mapping where jtbd_id = {job}",
        f"""create function tell() returns trigger language plpgsql as $$
        begin
            update personas.personas set created_by = 'told' where id = new.id;
            insert into personas.persona_jtbd_mapping (persona_id, jtbd_id, relevance_score)
            values (new.id, {job}, 3) on conflict (persona_id, jtbd_id) do nothing;
            return null;
        end $$""",
        "create trigger told_of_new after insert on personas.personas for each row execute function tell()",
        "create trigger told_of_names after update of name on personas.personas for each row"
        " when (old.name is distinct from new.name) execute function tell()",
        """create function drop_it() returns trigger language plpgsql as $$
        begin
            delete from personas.persona_jtbd_mapping
            where persona_id = new.persona_id and jtbd_id = new.jtbd_id;
            return null;
        end $$""",
        "create trigger dropped after update on personas.persona_jtbd_mapping for each row"
        " when (new.relevance_score = 1) execute function drop_it()",
        f"update personas.personas set name = 'Edited' where id = {LIBRARY}",
        f"""insert into personas.personas (id, unique_id, name, persona_type, is_public)
        values ('{NEW}', 'born', 'Born here', 'individual', true)""",
    )
    assert live_18.value(f"select name from dh_personas where id = {LIBRARY}") == "Edited"
    told = f"select count(*) from personas.personas where id in ({LIBRARY}, '{NEW}') and created_by = 'told'"
    assert live_18.value(told) == 2
    assert {str(found) for (found,) in live_18.query(links + job)} == {LIBRARY.strip("'"), NEW}
    live_18.execute(f"update personas.persona_jtbd_mapping set relevance_score = 1 where jtbd_id = {job}")
    assert live_18.query(f"select 1 from jtbd_org_persona_mapping where jtbd_id = {job}") == []
    assert live_18.query(f"select 1 from personas.persona_jtbd_mapping where jtbd_id = {job}") == []


# --- builds -------------------------------------------------------------------------------------------------


def test_it_comes_before_the_first_build_which_then_writes_nothing(workshop: Workshop) -> None:
    def only_load(project: Project) -> None:
        with project.connect() as connection:
            load_demo(connection)

    with workshop.project("only_loaded", only_load) as project:
        project.build("build", "--empty", *WITHOUT_TESTS[1:])
        assert project.value("select count(*) from personas.personas") == 0
        switch_on(project)
        assert agree(project) == []
        by_triggers = project.dump()
        project.build(*WITHOUT_TESTS)
        assert agree(project) == []
        versions = project.row_versions()
        project.build(*WITHOUT_TESTS)
        assert project.row_versions() == versions
        # The build only adds who is who.
        assert len(project.dump()["persona_source_mapping"]) == len(by_triggers["persona_source_mapping"])


def test_merges_and_their_undoing_agree(live_18: Project) -> None:
    pair = live_18.query("select id::text from dh_personas order by md5(id::text) limit 2")
    live_18.decide(f"dh_personas,{pair[0][0]},dh_personas,{pair[1][0]},same")
    live_18.build(*WITHOUT_TESTS)
    assert agree(live_18) == []
    merged = live_18.query(
        "select distinct persona_id from personas.persona_ids where old_id in (%s, %s)",
        pair[0][0],
        pair[1][0],
    )
    assert len(merged) == 1
    live_18.execute(f"update personas.personas set name = 'Both' where id = '{merged[0][0]}'")
    assert agree(live_18) == []
    live_18.restore()
    live_18.build(*WITHOUT_TESTS)
    names = live_18.query("select name from personas.personas where id in (%s, %s)", pair[0][0], pair[1][0])
    assert names == [("Both",), ("Both",)]


def test_a_merge_that_was_cut_off_while_it_was_off_is_finished_by_the_next_build(live_18: Project) -> None:
    """It has changed nothing yet: ids change in the transaction that writes `personas`."""
    live_18.build("run-operation", "dual_write_off")
    pair = live_18.query("select id::text from dh_personas where industry_id is not null order by id limit 2")
    live_18.decide(f"dh_personas,{pair[0][0]},dh_personas,{pair[1][0]},same")
    live_18.build(*WITHOUT_TESTS, "--select", "match_decisions", "int_persona_clusters")
    switch_on(live_18)
    left_over = "select count(*) from personas_audit.audit_integrity where problem like 'of legacy origin%%'"
    assert live_18.value(left_over) == 0
    assert objects(live_18) == []
    live_18.build(*WITHOUT_TESTS)
    assert live_18.value(left_over) == 0
    assert (
        live_18.value(
            "select count(*) from personas.personas where id = any(%s::uuid[])", [row for (row,) in pair]
        )
        == 1
    )


def test_a_full_build_and_its_tests_are_green_after_writes_on_both_sides(live_18: Project) -> None:
    live_18.execute(
        "update dh_personas set notes = ' x ', name = name || ' Z'",
        """update personas.personas set description = ' d ', seniority_level = 'Mid',
            profile = profile || '{"tier": 2, "unheard_of": 1}'
        where tenant_id is null and deleted_at is null""",
        f"update personas.personas set profile = profile - 'title' where id = {LIBRARY}",
        f"update personas.personas set deleted_at = now() where id = {PRIVATE}",
        f"""insert into personas.personas (id, unique_id, name, persona_type, is_public)
        values ('{NEW}', 'born', 'Born here', 'individual', true)""",
        f"""insert into personas.persona_role_mapping (persona_id, role_id, responsibilities)
        select '{NEW}', min(id::text)::uuid, '["does it"]' from org_roles""",
        "delete from dh_personas where id in (select id from dh_personas order by id desc limit 3)",
    )
    live_18.build(*WHOLE)


def test_a_refill_is_refused(live_18: Project) -> None:
    run = live_18.dbt("run", "--select", "personas", "--full-refresh", variables={"refill": ["personas"]})
    assert run.exit_code != 0
    assert "refused while dual-write is on" in run.output


# --- the switch ---------------------------------------------------------------------------------------------


def test_off_leaves_nothing_on_the_legacy_tables_and_closes_the_new_ones(live_18: Project) -> None:
    live_18.build("run-operation", "dual_write_off")
    ours = (
        "select count(*) from pg_trigger where tgname like 'personas%%' and tgrelid::regclass::text = any(%s)"
    )
    assert live_18.value(ours, list(LEGACY_TABLES)) == 0
    with pytest.raises(psycopg.Error, match="the legacy side is the one that is written"):
        live_18.execute("update personas.personas set name = 'x'")
    live_18.execute(
        "update dh_personas set name = 'While off' where unique_id = 'library'",
        "delete from jtbd_org_persona_mapping where id in (select id from jtbd_org_persona_mapping limit 2)",
        """delete from dh_personas where id =
        (select max(id::text)::uuid from dh_personas where name <> 'While off')""",
    )
    assert agree(live_18) != []
    live_18.build(*WITHOUT_TESTS)
    switch_on(live_18)
    assert agree(live_18) == []
    assert live_18.value("select count(*) from personas.personas where name = 'While off'") == 1


def test_the_new_side_can_be_the_one_that_stays_open(live_18: Project) -> None:
    live_18.build("run-operation", "dual_write_off", "--args", "{writable: new}")
    with pytest.raises(psycopg.Error, match="the new side is the one that is written"):
        live_18.execute("update dh_personas set name = 'x'")
    which = LIBRARY.strip("'")
    gone = PRIVATE.strip("'")
    live_18.execute(
        f"""update personas.personas set name = 'While off', seniority_level = 'Mid',
            profile = profile || '{{"notes": "n", "unheard_of": 1}}' where id = '{which}'""",
        f"update personas.personas set deleted_at = now() where id = '{gone}'",
        f"""insert into personas.personas (id, unique_id, name, persona_type, is_public)
        values ('{NEW}', 'born', 'Born while off', 'individual', true)""",
        f"""insert into personas.persona_jtbd_mapping (persona_id, jtbd_id, relevance_score)
        select '{NEW}', min(id), 4 from jtbd_library""",
        f"delete from personas.persona_industry_mapping where persona_id = '{which}'",
    )
    switch_on(live_18)
    assert agree(live_18) == []
    assert live_18.query(f"select name, notes, industry_id from dh_personas where id = '{which}'") == [
        ("While off", "n", None)
    ]
    assert live_18.query(
        f"select seniority_level, profile -> 'unheard_of' from personas.personas where id = '{which}'"
    ) == [("Mid", 1)]
    assert live_18.value(f"select count(*) from org_personas where id = '{gone}'") == 0
    assert live_18.value(f"select count(*) from jtbd_org_persona_mapping where persona_dh_id = '{NEW}'") == 1


@pytest.mark.parametrize("it_comes_back", [True, False])
def test_mappings_that_change_while_only_the_new_side_is_open(live_18: Project, it_comes_back: bool) -> None:
    if it_comes_back:
        live_18.execute(f"update personas.personas set deleted_at = now() where id = {PRIVATE}")
        assert live_18.value(f"select count(*) from org_personas where id = {PRIVATE}") == 0
    live_18.build("run-operation", "dual_write_off", "--args", "{writable: new}")
    live_18.execute(
        f"update personas.personas set deleted_at = null, description = 'Back' where id = {PRIVATE}",
        *(
            f"""delete from personas.{mart} where persona_id = {PRIVATE} and {target}::text =
            (select min({target}::text) from personas.{mart} where persona_id = {PRIVATE})"""
            for mart, target in (("persona_role_mapping", "role_id"), ("persona_jtbd_mapping", "jtbd_id"))
        ),
        f"""update personas.persona_role_mapping set responsibilities = '["while off"]'
        where persona_id = {PRIVATE}""",
        f"update personas.persona_jtbd_mapping set relevance_score = 9 where persona_id = {PRIVATE}",
        f"""insert into personas.persona_industry_mapping
        (persona_id, industry_id, industry_specific_id, is_primary)
        select {PRIVATE}, industry_id, 'While off', false
        from personas_legacy.shown_code_columns where column_name = 'pharma_id'""",
    )
    switch_on(live_18)
    assert live_18.query(f"select name, description, pharma_id from org_personas where id = {PRIVATE}") == [
        ("Otto Private", "Back", "While off")
    ]
    for read in (
        "select role_context from public.persona_role_mapping",
        "select responsibilities ->> 0 from personas.persona_role_mapping",
    ):
        assert live_18.query(f"{read} where persona_id = {PRIVATE}") == [("while off",)]
    for schema in ("public.jtbd_org_persona_mapping", "personas.persona_jtbd_mapping"):
        scores = f"select relevance_score from {schema} where persona_id = {PRIVATE}"
        assert live_18.query(scores) == [(9,)]


def test_a_build_writes_nothing_while_only_the_new_side_is_open(live_18: Project) -> None:
    live_18.build("run-operation", "dual_write_off", "--args", "{writable: new}")
    live_18.execute(f"update personas.personas set name = 'While off' where id = {LIBRARY}")
    before = live_18.dump()
    assert "the new side is the one that is written" in live_18.build(*WITHOUT_TESTS).output
    assert live_18.dump() == before
    assert persona(live_18, LIBRARY, "name") == "While off"
    switch_on(live_18)
    assert live_18.value(f"select name from dh_personas where id = {LIBRARY}") == "While off"
    live_18.build(*WITHOUT_TESTS)


def test_a_write_before_the_old_side_has_caught_up_takes_earlier_ones_along(live_18: Project) -> None:
    live_18.build("run-operation", "dual_write_off", "--args", "{writable: new}")
    live_18.execute(
        f"update personas.personas set name = 'While off' where id = {PRIVATE}",
        f"""update personas.personas set tenant_id = (select min(id::text)::uuid from tenants)
        where id = {LIBRARY}""",
    )
    assert live_18.dbt("run-operation", "dual_write_on").exit_code != 0
    live_18.execute(
        f"update personas.personas set description = 'Meanwhile' where id = {PRIVATE}",
        f"update personas.persona_jtbd_mapping set relevance_score = 9 where persona_id = {PRIVATE}",
        f"update personas.personas set tenant_id = null where id = {LIBRARY}",
    )
    switch_on(live_18)
    for read in ("org_personas", "personas.personas"):
        assert live_18.query(f"select name, description from {read} where id = {PRIVATE}") == [
            ("While off", "Meanwhile")
        ]


def test_a_build_holds_up_the_writers_of_a_slice_alone(live_18: Project) -> None:
    live_18.execute(
        """insert into dh_personas (id, unique_id, persona_code, name, title)
        select gen_random_uuid(), 'many ' || n, 'M' || n, 'Many ' || n, 'Dr'
        from generate_series(1, 2100) as n""",
        # As if a rule had changed: it shows in marts that the triggers did not see written.
        "set personas.sync_depth = '1'; update personas.personas set description = 'of an old rule'",
        "create table written (transaction xid8, id uuid)",
        """create function note() returns trigger language plpgsql security definer as $$ begin
            insert into public.written select pg_current_xact_id(), id from new_rows; return null; end $$""",
        """create trigger note after update on personas.personas referencing new table as new_rows
        for each statement execute function public.note()""",
    )
    live_18.build("run", "--select", "personas")
    of_each = "select count(distinct id) as personas from written group by transaction"
    (most, in_all) = live_18.query(f"select max(personas), sum(personas) from ({of_each}) as of_each")[0]
    assert (most, in_all > 2100) == (1000, True)
    assert agree(live_18) == []


def test_what_goes_only_together_is_written_at_the_end(live_18: Project) -> None:
    live_18.execute(
        # Codes of the persona with the smallest id and of the one with the greatest, swapped, far apart.
        """insert into dh_personas (id, unique_id, persona_code, name, title)
        select gen_random_uuid(), 'many ' || n, 'M' || n, 'Many ' || n, 'Dr'
        from generate_series(1, 1100) as n""",
        """set personas.sync_depth = '1';
        with ends as (
            select array_agg(id order by id) as ids, array_agg(unique_id order by id) as codes
            from personas.personas where unique_id like 'many %'
        )
        update personas.personas set unique_id = codes[case personas.id when ids[1] then 1100 else 1 end]
        from ends where personas.id in (ids[1], ids[1100])""",
        "set personas.sync_depth = '1'; update personas.personas set description = 'of an old rule'",
    )
    live_18.build("run", "--select", "personas")
    assert agree(live_18) == []


def test_the_closed_side_keeps_nobody_from_deleting_what_both_refer_to(live_18: Project) -> None:
    mapped = "personas.persona_industry_mapping"
    live_18.build("run-operation", "dual_write_off")
    live_18.execute(
        f"""create function tell() returns trigger language plpgsql as $$
        begin delete from {mapped} where persona_id = {PRIVATE}; return null; end $$""",
        "create trigger tell after update of description on org_functions for each statement"
        " execute function tell()",
        """insert into org_roles (id, unique_id, org_role)
        values (gen_random_uuid(), 'of nobody', 'Of nobody')""",
        "delete from org_roles where unique_id = 'of nobody'",
        "update org_personas set industry_id = null",
        "delete from industries where id in (select industry_id from dh_personas limit 1)",
        "delete from jtbd_org_persona_mapping where jtbd_id = (select min(id) from jtbd_library)",
        "delete from jtbd_library where id = (select min(id) from jtbd_library)",
    )
    for statement in (f"delete from {mapped}", "update org_functions set description = 'x'"):
        with pytest.raises(psycopg.Error, match="is refused: dual-write is off"):
            live_18.execute(statement)
    switch_on(live_18)
    assert objects(live_18) == []


def test_a_database_may_get_another_name(live_18: Project) -> None:
    rename = "alter database {} rename to {}"
    with psycopg.connect(live_18.server.url(), autocommit=True) as outside:
        outside.execute(rename.format(DATABASE, "renamed"))
        try:
            with live_18.connect(dbname="renamed") as connection:
                connection.execute(f"update dh_personas set notes = 'n' where id = {LIBRARY}")
                connection.execute(f"update personas.personas set description = 'd' where id = {LIBRARY}")
        finally:
            outside.execute(rename.format("renamed", DATABASE))
    assert live_18.query(f"select notes, background from dh_personas where id = {LIBRARY}") == [("n", "d")]


def status(project: Project) -> str:
    """What `dual_write_status` prints; a red one must fail."""
    run = project.dbt("run-operation", "dual_write_status")
    assert (run.exit_code != 0) == ("red:" in run.output), run.output
    return run.output


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("select 1", "both sides agree; nothing waits"),
        ("alter table dh_personas disable trigger personas_sync_update", "of 44 triggers are there"),
        ("drop trigger personas_sync_delete on personas.personas", "of 44 triggers are there"),
        ("alter table dh_personas add column favourite_colour text", "out of date"),
        ("alter table org_personas rename column department to division", "out of date"),
        (
            "create or replace view personas_legacy.shown_code_columns as"
            " select null::text as column_name, null::uuid as industry_id where false",
            "such as personas_legacy.shown_code_columns",
        ),
    ],
)
def test_status_says_what_is_not_as_it_should_be(workshop_18: Workshop, change: str, says: str) -> None:
    with workshop_18.project("dual_write", build_and_switch_on) as project:
        project.execute(change)
        assert says in status(project)


@pytest.mark.parametrize(("table", "change"), [("personas.personas", "name"), ("dh_personas", "name")])
def test_what_was_written_without_a_trigger_is_found_again(live_18: Project, table: str, change: str) -> None:
    live_18.execute(
        f"alter table {table} disable trigger personas_sync_update",
        f"update {table} set {change} = 'Unseen' where id = {LIBRARY}",
    )
    assert agree(live_18) != []
    switch_on(live_18)
    assert persona(live_18, LIBRARY, "name") == "Unseen"
    assert live_18.value(f"select name from dh_personas where id = {LIBRARY}") == "Unseen"


def test_switching_on_again_closes_nothing(live_18: Project) -> None:
    with a_writer(
        live_18, f"update personas.personas set created_by = created_by || 'x' where id = {LIBRARY}"
    ):
        switch_on(live_18)


@pytest.mark.long
def test_a_legacy_migration_meanwhile_stops_nobody(workshop_18: Workshop) -> None:
    with workshop_18.project("dual_write", build_and_switch_on) as project:
        project.execute(
            "alter table dh_personas add column favourite_colour text",
            "update dh_personas set favourite_colour = 'green', notes = 'n' where unique_id = 'library'",
            f"update personas.personas set description = 'd' where id = {LIBRARY}",
            "alter table dh_personas rename column sector to field",
            f"""update personas.personas
            set profile = profile || '{{"sector": "s", "needs": [1]}}' where id = {LIBRARY}""",
            f"update personas.persona_industry_mapping set industry_specific_id = 'D'"
            f" where persona_id = {LIBRARY}",
            f"""insert into personas.personas (id, unique_id, name, persona_type, is_public)
            values ('{NEW}', 'born', 'Born then', 'individual', true)""",
        )
        assert persona(project, LIBRARY, "profile ->> 'sector'") == "s"
        assert project.value(f"select needs from dh_personas where id = {LIBRARY}") == [1]
        project.execute("alter table dh_personas rename column field to sector")
        kept = (
            "select residual ->> 'favourite_colour' from personas.persona_source_mapping where source_id = "
        )
        assert project.value(kept + LIBRARY) == "green"
        assert project.query(
            "select favourite_colour, notes, background from dh_personas where notes = 'n'"
        ) == [("green", "n", "d")]
        project.build(*WITHOUT_TESTS)
        switch_on(project)
        assert agree(project) == []
        assert "nothing waits" in status(project)


@pytest.mark.long
def test_a_session_may_write_dates_in_its_own_way(workshop_18: Workshop) -> None:
    with workshop_18.project("dual_write", build_and_switch_on) as project:
        project.execute(
            "alter table dh_personas add column seen_on date default '2026-11-26'",
            "alter table org_personas add column seen_at timestamptz default now()",
        )
        project.build(*WITHOUT_TESTS)
        switch_on(project)
        before = images(project, "org_personas")
        with project.connect(options="-c datestyle=German,DMY") as connection:
            connection.execute("set time zone 'Asia/Tokyo'")
            connection.execute("update dh_personas set notes = 'n'")
            for when in ("now()", "null"):
                connection.execute(f"update personas.personas set deleted_at = {when} where id = {PRIVATE}")
        assert agree(project) == []
        assert images(project, "org_personas") == before


# --- failures -----------------------------------------------------------------------------------------------


def test_an_error_can_wait_instead_of_failing_the_application(workshop_18: Workshop) -> None:
    with workshop_18.project("dual_write", build_and_switch_on) as project:
        switch_on(project, on_sync_error="queue")
        which = LIBRARY.strip("'")
        project.execute(
            f"update personas.personas set profile = profile || '{{\"tier\": 99}}' where id = '{which}'"
        )
        assert persona(project, f"'{which}'", "profile -> 'tier'") == 99
        waiting = "select written_side, key::text from personas_sync.pending_keys"
        assert project.query(waiting) == [("new", which)]
        with pytest.raises(psycopg.Error, match="a write on the new side waits to be carried over"):
            project.execute(f"update dh_personas set notes = 'x' where id = '{which}'")
        with_it_off = ("run-operation", "dual_write_off", "--args", "{writable: legacy}")
        refused = project.dbt(*with_it_off, variables={"on_sync_error": "queue"})
        assert refused.exit_code != 0
        assert "writes of the new side wait to be carried over" in refused.output
        # No build brings it to what the old side says, nor does another edit of it, which waits as well.
        project.build(*WITHOUT_TESTS, variables={"on_sync_error": "queue"})
        project.execute(f"update personas.personas set description = 'also' where id = '{which}'")
        assert project.query(
            f"select profile -> 'tier', description from personas.personas where id = '{which}'"
        ) == [(99, "also")]
        # Others go on, and so does this side.
        project.execute(
            f"update dh_personas set notes = 'x' where id <> '{which}'",
            f"update personas.personas set profile = profile || '{{\"tier\": 1}}' where id = '{which}'",
        )
        project.build("run-operation", "drain_pending_keys", variables={"on_sync_error": "queue"})
        assert project.query(waiting) == []
        assert project.query(f"select tier, background from dh_personas where id = '{which}'") == [
            (1, "also")
        ]
        assert agree(project) == []


def test_times_are_the_ones_that_the_old_trigger_sets(live_18: Project) -> None:
    before = datetime.now(UTC)
    live_18.execute(f"update personas.personas set name = 'Now' where id = {LIBRARY}")
    changed = live_18.query("select updated_at from personas.personas where name = 'Now'")
    assert changed[0][0] >= before
    assert changed == live_18.query("select updated_at from dh_personas where name = 'Now'")


def test_json_is_carried_over_as_it_was_written(live_18: Project) -> None:
    value = {"nested": [1, 1.50, None, "\u00e4 \\ \" '"], "empty": {}}
    with live_18.connect() as connection:
        connection.execute(
            "update personas.personas set goals = %s,"
            f" profile = profile || jsonb_build_object('needs', %s::jsonb) where id = {LIBRARY}",
            [Jsonb([value]), Jsonb([value])],
        )
    assert live_18.query(f"select goals, needs from dh_personas where id = {LIBRARY}") == [([value], [value])]


@pytest.mark.parametrize(("pointer", "which"), [("persona_id", PRIVATE), ("persona_dh_id", LIBRARY)])
def test_an_edited_job_reaches_the_old_link_that_points_at_one_table_only(
    live_18: Project, pointer: str, which: str
) -> None:
    live_18.execute(
        "delete from jtbd_org_persona_mapping",
        f"""insert into jtbd_org_persona_mapping (id, jtbd_id, {pointer})
        select '{NEW}', min(id), {which} from jtbd_library""",
        f"update personas.persona_jtbd_mapping set relevance_score = 4 where persona_id = {which}",
    )
    assert live_18.query(
        f"select id::text, {pointer}::text, relevance_score from jtbd_org_persona_mapping"
    ) == [(NEW, which.strip("'"), 4)]
