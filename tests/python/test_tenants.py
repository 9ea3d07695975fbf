"""Whose row it is: what one side writes reaches rows of the same tenancy only (design, law 5)."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dbt_project import DECISIONS, WITHOUT_TESTS, Project, Workshop
from test_dual_write import LIBRARY, PRIVATE, agree, images, objects, switch_on, with_rows_of_tests

SAME = f"dh_personas,{LIBRARY[1:-1]},org_personas,{PRIVATE[1:-1]},same"
OTHER_TENANT = "(select max(id::text)::uuid from tenants)"
RETURNING = f"""insert into org_personas (id, tenant_id, code, unique_id, name)
    values ({PRIVATE}, {{tenant}}, 'PRI', 'private', 'Somebody else')"""


def build_with_a_private_row_in_a_shared_persona(project: Project) -> None:
    """The demo; a tenant's row was merged by decision into a persona of the library; dual-write is on."""
    with_rows_of_tests(project)
    # Both say one role, one job and one industry.
    project.execute(
        f"update org_personas set industry_id = (select industry_id from dh_personas where id = {LIBRARY}),"
        f" primary_role_id = (select primary_role_id from dh_personas where id = {LIBRARY})"
        f" where id = {PRIVATE}",
    )
    project.decide(SAME)
    project.build(*WITHOUT_TESTS)
    switch_on(project)


@pytest.fixture
def merged(workshop_18: Workshop) -> Iterator[Project]:
    """As above; both sides agree afterwards, and the verdict is GO."""
    with workshop_18.project("private_in_shared", build_with_a_private_row_in_a_shared_persona) as project:
        project.decide(SAME)
        assert persona_of(project, PRIVATE) == persona_of(project, LIBRARY) == LIBRARY[1:-1]
        yield project
        assert agree(project) == []
        assert objects(project) == []


@pytest.fixture
def apart(workshop_18: Workshop) -> Iterator[Project]:
    """The demo with dual-write on, where nobody is merged with the rows of these tests."""
    with workshop_18.project("tenants_apart", build_apart) as project:
        yield project
        assert agree(project) == []
        assert objects(project) == []


def build_apart(project: Project) -> None:
    """The rows of the tests with what only the new side says of the private one."""
    with_rows_of_tests(project)
    project.build(*WITHOUT_TESTS)
    switch_on(project)
    project.execute(
        f"""update personas.personas set seniority_level = 'Executive',
        profile = profile || '{{"mood": "secret"}}' where id = {PRIVATE}""",
        f"""insert into personas.persona_industry_mapping
        (persona_id, industry_id, industry_specific_id, is_primary, industry_metadata)
        select {PRIVATE}, id, 'secret', false, '{{}}' from industries where industry_code = 'payers'""",
        # It has no cascade on the legacy side.
        f"delete from jtbd_org_persona_mapping where persona_id = {PRIVATE}",
    )


def persona_of(project: Project, row: str) -> str:
    """The persona of a legacy row of these tests."""
    return str(project.value(f"select persona_id from personas.persona_ids where old_id = {row}"))


def private_rows(project: Project) -> list[str]:
    """All that belongs to a tenant on the legacy side, byte for byte."""
    links = f"select t::text from {{}} as t where persona_id = {PRIVATE} order by 1"
    return [
        *images(project, "org_personas"),
        *(row for (row,) in project.query(links.format("persona_role_mapping"))),
        *(
            row
            for (row,) in project.query(
                f"select (to_jsonb(t) - 'persona_dh_id' - 'updated_at')::text"
                f" from jtbd_org_persona_mapping as t where persona_id = {PRIVATE} order by 1"
            )
        ),
    ]


EDITS_OF_THE_SHARED_PERSONA = {
    "fields": f"""update personas.personas set name = 'Shared', description = 'new', goals = '["x"]',
        unique_id = 'shared', profile = profile || '{{"department": "D", "tier": 2}}' where id = {LIBRARY}""",
    "an industry's id": f"""update personas.persona_industry_mapping set industry_specific_id = 'D2'
        where persona_id = {LIBRARY}""",
    "no industries": f"delete from personas.persona_industry_mapping where persona_id = {LIBRARY}",
    "no roles": f"delete from personas.persona_role_mapping where persona_id = {LIBRARY}",
    "another primary role": f"""update personas.persona_role_mapping set is_primary = not is_primary,
        responsibilities = '["x"]' where persona_id = {LIBRARY}""",
    "roles of the private row, said of the shared persona": f"""insert into personas.persona_role_mapping
        (persona_id, role_id, is_primary, responsibilities)
        select {LIBRARY}, org_role_id, false, '["said of the shared one"]' from persona_role_mapping
        where persona_id = {PRIVATE} on conflict do nothing""",
    "jobs": f"""update personas.persona_jtbd_mapping set relevance_score = 3, expected_benefit = 'shared'
        where persona_id = {LIBRARY}""",
    "no jobs": f"delete from personas.persona_jtbd_mapping where persona_id = {LIBRARY}",
    "soft delete": f"update personas.personas set deleted_at = now() where id = {LIBRARY}",
    "hard delete": f"delete from personas.personas where id = {LIBRARY}",
}


@pytest.mark.parametrize("what", EDITS_OF_THE_SHARED_PERSONA)
def test_a_write_of_a_shared_persona_reaches_shared_rows_only(merged: Project, what: str) -> None:
    before = private_rows(merged)
    merged.execute(EDITS_OF_THE_SHARED_PERSONA[what])
    assert private_rows(merged) == before
    if what == "roles of the private row, said of the shared persona":
        merged.execute(
            f"delete from personas.persona_role_mapping where persona_id = {LIBRARY} and not is_primary"
        )
        assert private_rows(merged) == before
    if what.endswith("delete"):
        parted = merged.query(
            f"select id::text, name, deleted_at, tenant_id from personas.personas where id = {PRIVATE}"
        )
        assert [(key, name, gone) for key, name, gone, _ in parted] == [(PRIVATE[1:-1], "Otto Private", None)]
        assert parted[0][3] == merged.value(f"select tenant_id from org_personas where id = {PRIVATE}")
        roles = f"""select org_role_id from persona_role_mapping where persona_id = {PRIVATE}
            union select primary_role_id from org_personas where id = {PRIVATE} order by 1"""
        mapped = f"select role_id from personas.persona_role_mapping where persona_id = {PRIVATE} order by 1"
        assert merged.query(mapped) == merged.query(roles)
        if what == "hard delete":
            merged.decide()
        assert agree(merged) == []
        merged.build(*DECISIONS)
        assert persona_of(merged, PRIVATE) == PRIVATE[1:-1]


def test_a_shared_persona_that_comes_back_takes_the_private_row_with_the_next_build(merged: Project) -> None:
    merged.execute(f"update personas.personas set deleted_at = now() where id = {LIBRARY}")
    before = private_rows(merged)
    merged.execute(f"update personas.personas set deleted_at = null where id = {LIBRARY}")
    assert private_rows(merged) == before
    merged.build(*DECISIONS)
    assert persona_of(merged, PRIVATE) == LIBRARY[1:-1]


def test_a_private_row_that_its_tenant_deleted_is_not_written_by_the_shared_persona(merged: Project) -> None:
    """Neither by an edit, nor when the shared persona is deleted and comes back."""
    kept = f"select residual::text from personas.persona_source_mapping where source_id = {PRIVATE}"
    merged.execute(f"delete from jtbd_org_persona_mapping where persona_id = {PRIVATE}")
    with merged.connect() as connection, connection.transaction():
        connection.execute(f"delete from org_personas where id = {PRIVATE}")
        connection.execute(f"delete from dh_personas where id = {LIBRARY}")
    before = merged.value(kept)
    merged.execute(
        f"update personas.personas set name = 'Shared', description = 'new' where id = {LIBRARY}",
        f"update personas.personas set deleted_at = null where id = {LIBRARY}",
    )
    assert merged.value(kept) == before
    assert merged.value(f"select count(*) from org_personas where id = {PRIVATE}") == 0
    assert merged.value(f"select name from dh_personas where id = {LIBRARY}") == "Shared"


def test_what_the_old_table_refuses_is_told_without_the_private_row(merged: Project) -> None:
    merged.execute("alter table org_personas add constraint no_x check (name <> 'X' and description <> 'X')")
    merged.execute("alter table dh_personas add constraint no_y check (name <> 'Y')")
    edit = f"update personas.personas set name = '{{0}}', description = '{{0}}' where id = {LIBRARY}"
    # The check of the tenants' table is none of the shared persona's business.
    merged.execute(edit.format("X"))
    with pytest.raises(psycopg.Error) as failure:
        merged.execute(edit.format("Y"))
    assert "Otto" not in str(failure.value)
    assert "private" not in str(failure.value)


# --- rows that return, and rows that move -------------------------------------------------------------------


def secrets_of(project: Project, persona: str) -> list[Any]:
    """What only the new side said, and only the first tenant may see, in one persona."""
    return [
        *project.query("select field from personas.persona_overrides where persona_id = %s", persona),
        *project.query(
            "select industry_specific_id from personas.persona_industry_mapping"
            " where persona_id = %s and origin = 'new'",
            persona,
        ),
        *project.query(
            "select id from personas.personas where id = %s"
            " and (profile ? 'mood' or seniority_level = 'Executive' or name <> 'Somebody else')",
            persona,
        ),
    ]


SECRETS = [
    ("profile",),
    ("seniority_level",),
    ("secret",),
]


def test_a_row_of_another_tenant_does_not_take_up_the_persona_of_a_deleted_one(apart: Project) -> None:
    before = apart.value(
        f"select to_jsonb(p) - 'deleted_at' from personas.personas as p where id = {PRIVATE}"
    )
    apart.execute(f"delete from org_personas where id = {PRIVATE}")
    residual = f"""select residual - 'id' from personas.persona_source_mapping
        where persona_id = {PRIVATE} and source_deleted_at is not null"""
    kept = apart.value(residual)
    apart.execute(RETURNING.format(tenant=OTHER_TENANT))
    new = persona_of(apart, PRIVATE)
    assert new != PRIVATE[1:-1]
    assert new[14] == "8"
    assert secrets_of(apart, new) == []
    assert apart.value("select tenant_id = " + OTHER_TENANT + " from personas.personas where id = %s", new)
    # All of it stays with the persona that is deleted.
    assert apart.value(residual) == kept
    assert (
        apart.value(f"select to_jsonb(p) - 'deleted_at' from personas.personas as p where id = {PRIVATE}")
        == before
    )
    apart.build()
    assert persona_of(apart, PRIVATE) == new
    assert apart.value(residual) == kept

    # Back with the tenant it left with, it is its persona's again; and so is the other one.
    apart.execute(
        f"delete from org_personas where id = {PRIVATE}",
        RETURNING.format(tenant="(select min(id::text)::uuid from tenants)"),
    )
    assert persona_of(apart, PRIVATE) == PRIVATE[1:-1]
    assert len(secrets_of(apart, PRIVATE[1:-1])) == 4
    apart.build()
    apart.execute(f"delete from org_personas where id = {PRIVATE}", RETURNING.format(tenant=OTHER_TENANT))
    assert persona_of(apart, PRIVATE) == new
    assert secrets_of(apart, new) == []


def test_a_living_row_that_changes_its_tenant_leaves_behind_what_the_new_side_said(apart: Project) -> None:
    apart.execute(
        f"update org_personas set name = 'Somebody else', tenant_id = {OTHER_TENANT} where id = {PRIVATE}"
    )
    new = persona_of(apart, PRIVATE)
    assert secrets_of(apart, new) == []
    assert agree(apart) == []
    apart.build()
    assert persona_of(apart, PRIVATE) == new
    assert secrets_of(apart, new) == []
    links = (
        f"select count(*) from personas.persona_role_mapping where persona_id = '{new}' and origin = 'legacy'"
    )
    assert apart.value(links) == 2


def test_a_row_that_moved_while_it_was_off_leaves_them_behind_too(apart: Project) -> None:
    apart.build("run-operation", "dual_write_off", "--args", "{writable: legacy}")
    apart.execute(
        f"update org_personas set name = 'Somebody else', tenant_id = {OTHER_TENANT} where id = {PRIVATE}"
    )
    switch_on(apart)
    new = persona_of(apart, PRIVATE)
    assert new != PRIVATE[1:-1]
    assert secrets_of(apart, new) == []


@pytest.mark.parametrize("is_gone_first", [True, False])
def test_a_build_says_the_same(workshop_18: Workshop, is_gone_first: bool) -> None:
    """With dual-write off: a row that a build saw go, or that has another tenant at the next one."""
    with workshop_18.project("tenants_apart", build_apart) as project:
        project.execute("select 1")
        project.build("run-operation", "dual_write_off", "--args", "{writable: legacy}")
        project.execute(f"delete from org_personas where id = {PRIVATE}")
        if is_gone_first:
            project.build()
        project.execute(RETURNING.format(tenant=OTHER_TENANT))
        project.build()
        new = persona_of(project, PRIVATE)
        assert new != PRIVATE[1:-1]
        assert new[14] == "8"
        assert secrets_of(project, new) == []
        assert len(secrets_of(project, PRIVATE[1:-1])) == 4
        project.build()
        assert persona_of(project, PRIVATE) == new
        project.execute(f"delete from org_personas where id = {PRIVATE}")
        project.execute(RETURNING.format(tenant="(select min(id::text)::uuid from tenants)"))
        project.build()
        assert persona_of(project, PRIVATE) == PRIVATE[1:-1]
        assert agree(project) == []
        assert objects(project) == []


def test_the_decision_about_a_deleted_row_is_none_about_another_tenants_row(merged: Project) -> None:
    merged.execute(f"delete from jtbd_org_persona_mapping where persona_id = {PRIVATE}")
    merged.execute(f"delete from org_personas where id = {PRIVATE}", RETURNING.format(tenant=OTHER_TENANT))
    new = persona_of(merged, PRIVATE)
    assert new[14] == "8"
    merged.build(*DECISIONS)
    assert persona_of(merged, PRIVATE) == new


# --- generated ----------------------------------------------------------------------------------------------

SHARED, FIRST, SECOND = "null", "(select min(id::text)::uuid from tenants)", OTHER_TENANT
# One row was merged with a shared persona; the others come, go, return and move.
ROWS = (PRIVATE, "'00000000-0000-4000-8000-0000000000c1'", "'00000000-0000-4000-8000-0000000000c2'")
MARKS = {SHARED: "said by all", FIRST: "said by the first", SECOND: "said by the second"}
ON_THE_NEW_SIDE = {
    "edit": "update personas.personas set description = '{mark}', seniority_level = 'Executive',"
    " profile = profile || jsonb_build_object('mood', '{mark}', 'department', '{mark}') where {own}",
    "add an industry": "insert into personas.persona_industry_mapping"
    " (persona_id, industry_id, industry_specific_id, is_primary, industry_metadata)"
    " select p.id, i.id, '{mark}', false, '{{}}'"
    " from (select id from personas.personas where {own} and deleted_at is null) as p, industries as i"
    " where i.industry_code = 'payers' and not exists"
    " (select from personas.persona_industry_mapping where persona_id = p.id and industry_id = i.id)",
    "no roles": "delete from personas.persona_role_mapping where persona_id in"
    " (select id from personas.personas where {own})",
    "jobs": "update personas.persona_jtbd_mapping set expected_benefit = '{mark}' where persona_id in"
    " (select id from personas.personas where {own})",
    "soft delete": "update personas.personas set deleted_at = now() where {own} and deleted_at is null",
    "revive": "update personas.personas set deleted_at = null where {own} and deleted_at is not null",
    "hard delete": "delete from personas.personas where {own} and tenant_id is not null",
}
ON_THE_LEGACY_SIDE = {
    "put": [
        "insert into org_personas (id, tenant_id, code, unique_id, name, description)"
        " values ({row}, {who}, {row}, {row}, '{mark}', '{mark}') on conflict do nothing",
        "update org_personas set name = '{mark}', department = '{mark}'"
        " where id = {row} and tenant_id = {who}",
    ],
    "delete": [
        "delete from jtbd_org_persona_mapping where persona_id in"
        " (select id from org_personas where id = {row} and tenant_id = {who})",
        "delete from org_personas where id = {row} and tenant_id = {who}",
    ],
    # What it says goes with the row, so the one who takes it says something else.
    "take": [
        "update org_personas set tenant_id = {who}, name = '{mark}', description = '{mark}',"
        " department = null, metadata = '{{}}' where id = {row} and tenant_id <> {who} and not exists ("
        "select from org_personas as there where there.tenant_id = {who}"
        " and (there.code = org_personas.code or there.unique_id = org_personas.unique_id))"
    ],
}


def mine(who: str, rows: tuple[str, ...] = (*ROWS, LIBRARY)) -> str:
    """The personas of one tenancy that stand for rows of these tests."""
    return (
        f"tenant_id is not distinct from {who} and id in"
        " (select persona_id from personas.persona_source_mapping"
        f" where coalesce(residual ->> 'id', source_id::text) in ({', '.join(rows)}))"
    )


deeds = st.one_of(
    st.tuples(
        st.sampled_from(sorted(ON_THE_NEW_SIDE)), st.sampled_from((SHARED, FIRST, SECOND)), st.just(LIBRARY)
    ),
    st.tuples(
        st.sampled_from(sorted(ON_THE_LEGACY_SIDE)), st.sampled_from((FIRST, SECOND)), st.sampled_from(ROWS)
    ),
)


def on_the_legacy_side(project: Project, who: str) -> list[str]:
    """The persona rows of one tenancy, and the links that point at these and nobody else."""
    if who == SHARED:
        return images(project, "dh_personas")
    of_tenant = f"(select id from org_personas where tenant_id = {who})"
    return [
        row
        for table, own in (("org_personas", "id"), ("persona_role_mapping", "persona_id"))
        for (row,) in project.query(
            f"select (to_jsonb(t) - 'updated_at')::text from {table} as t"
            f" where {own} in {of_tenant} order by id"
        )
    ]


def said_elsewhere(project: Project, who: str) -> list[Any]:
    """What only one tenancy said, shown in a persona of another one."""
    return project.query(
        f"""select p.id, p.tenant_id from personas.personas as p
        where p.tenant_id is distinct from {who} and (
            to_jsonb(p)::text like '%{MARKS[who]}%'
            or exists (select from personas.persona_overrides as o
                where o.persona_id = p.id and o.value::text like '%{MARKS[who]}%')
            or exists (select from personas.persona_industry_mapping as m
                where m.persona_id = p.id and m.industry_specific_id like '%{MARKS[who]}%')
            or exists (select from personas.persona_jtbd_mapping as m
                where m.persona_id = p.id and m.expected_benefit like '%{MARKS[who]}%')
        )"""
    )


@pytest.fixture(scope="module")
def lively(workshop_18: Workshop) -> Iterator[Project]:
    """One database for all examples: each begins where the last one ended."""
    with workshop_18.project("private_in_shared", build_with_a_private_row_in_a_shared_persona) as project:
        yield project


def check_whose_row_it_is(project: Project, some: list[tuple[str, str, str]]) -> None:
    for what, who, row in some:
        before = {other: on_the_legacy_side(project, other) for other in MARKS}
        known = {"who": who, "mark": MARKS[who], "row": row, "own": mine(who)}
        statements = [ON_THE_NEW_SIDE[what]] if what in ON_THE_NEW_SIDE else ON_THE_LEGACY_SIDE[what]
        project.execute(*(statement.format(**known) for statement in statements))
        for other in MARKS.keys() - {who}:
            if what != "take" or other == SHARED:
                assert on_the_legacy_side(project, other) == before[other], (what, who, row, other)
        for one in MARKS:
            assert said_elsewhere(project, one) == [], (what, who, row, one)
    assert agree(project) == []


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=st.lists(deeds, min_size=2, max_size=8))
def test_only_rows_of_the_one_who_writes_change(lively: Project, some: list[tuple[str, str, str]]) -> None:
    """Whoever writes, on whichever side, whatever row came, went, returned or moved before."""
    check_whose_row_it_is(lively, some)


@pytest.mark.long
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=st.lists(deeds, min_size=2, max_size=12))
def test_only_rows_of_the_one_who_writes_change_for_long(
    lively: Project, some: list[tuple[str, str, str]]
) -> None:
    check_whose_row_it_is(lively, some)
