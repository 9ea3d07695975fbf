"""What a build writes and what a trigger writes come from one text; a build in parts loses nothing."""

from typing import Any

import pytest

from dbt_project import DECISIONS, WITHOUT_TESTS, Project, Workshop, build_demo
from test_dual_write import status, switch_on

ROW = "'00000000-0000-4000-8000-0000000000d1'"
INSERT = f"""insert into dh_personas (id, unique_id, persona_code, name, title, industry_id, primary_role_id)
    values ({ROW}, 'one text', 'ONE', ' N ', 'T', (select max(id::text)::uuid from industries),
        (select min(id::text)::uuid from org_roles))"""
MAPPINGS = f"""select role_id::text from personas.persona_role_mapping where persona_id = {ROW} union all
    select industry_id::text from personas.persona_industry_mapping where persona_id = {ROW} order by 1"""
RESIDUAL = f"select residual from personas.persona_source_mapping where source_id = {ROW}"


@pytest.mark.parametrize(
    "mart",
    [
        "persona_source_mapping",
        "persona_link_source_mapping",
        "persona_role_mapping",
        "persona_industry_mapping",
        "personas",
    ],
)
def test_a_row_that_goes_between_two_models_is_kept_whole(project_18: Project, mart: str) -> None:
    """`int_persona_clusters` does not know yet that it is gone when the mart is built."""
    project_18.execute(INSERT)
    project_18.build()
    kept, mappings = project_18.value(RESIDUAL), project_18.query(MAPPINGS)
    assert kept["name"] == " N "
    assert len(mappings) == 2
    project_18.execute(f"delete from dh_personas where id = {ROW}")
    project_18.build("run", "--select", mart)
    assert (project_18.value(RESIDUAL), project_18.query(MAPPINGS)) == (kept, mappings)
    project_18.build()
    assert (project_18.value(RESIDUAL), project_18.query(MAPPINGS)) == (kept, mappings)
    assert project_18.value(f"select deleted_at is not null from personas.personas where id = {ROW}")


@pytest.mark.parametrize("is_on", [False, True])
def test_a_merge_that_was_taken_back_is_not_made_by_a_later_build(project_18: Project, is_on: bool) -> None:
    """What an earlier command found to change may rest on a decision that is not there any more."""
    if is_on:
        switch_on(project_18)
    left, right = (key for (key,) in project_18.query("select id::text from dh_personas order by id limit 2"))
    before = project_18.dump()
    project_18.decide(f"dh_personas,{left},dh_personas,{right},same")
    project_18.build(*WITHOUT_TESTS, "--select", "match_decisions", "int_persona_clusters")
    assert project_18.dump() == before, "ids change together with personas"
    project_18.decide()
    project_18.build(*WITHOUT_TESTS, "--select", "match_decisions", "personas")
    project_18.build()
    assert project_18.dump() == before


@pytest.mark.parametrize("is_on", [False, True])
def test_every_id_resolves_at_every_moment(project_18: Project, is_on: bool) -> None:
    """A build that ends after the clusters leaves ids that lead to a persona (law 4)."""
    if is_on:
        switch_on(project_18)
    project_18.execute(INSERT)
    project_18.replace(
        "models/marts/personas.sql", "select * from merged\n{%", "select 1 / 0 from merged\n{%"
    )
    assert project_18.dbt(*DECISIONS).exit_code == 1
    dangling = """select count(*) from personas.persona_ids as ids
        where not exists (select from personas.personas as p where p.id = ids.persona_id)"""
    assert project_18.value(dangling) == 0
    project_18.restore()
    project_18.build()
    assert project_18.value(dangling) == 0
    assert project_18.value(f"select count(*) from personas.persona_ids where old_id = {ROW}") == 1


def test_a_decision_about_a_row_that_is_deleted_after_the_first_build_stops_nothing(
    project_18: Project,
) -> None:
    """Also where only a part is built: what a view says does not depend on how often it was made."""
    key = project_18.value("select id::text from dh_personas order by id limit 1")
    other = project_18.value("select id::text from dh_personas order by id desc limit 1")
    project_18.decide(f"dh_personas,{key},dh_personas,{other},different")
    project_18.execute(f"delete from dh_personas where id = '{key}'")
    project_18.build(*WITHOUT_TESTS, "--select", "match_decisions", "int_persona_clusters")


def test_the_second_build_leaves_every_view_as_it_is(project_18: Project) -> None:
    """The demo has been built once; only the text of a view that changed makes dual-write out of date."""
    views = """select string_agg(oid::regclass::text || pg_get_viewdef(oid), '' order by oid::regclass::text)
        from pg_class where relkind = 'v' and relnamespace::regnamespace::text like 'personas%'"""
    before = project_18.value(views)
    project_18.build(*WITHOUT_TESTS)
    assert project_18.value(views) == before


def test_status_is_green_after_the_second_build(project_18: Project) -> None:
    switch_on(project_18)
    project_18.build(*WITHOUT_TESTS)
    assert "red:" not in status(project_18)


# --- rows that go, come and change between two models of one build ------------------------------------------

# In the order in which a build writes them.
MODELS = (
    "int_persona_clusters",
    "personas",
    "persona_industry_mapping",
    "persona_role_mapping",
    "persona_jtbd_mapping",
    "persona_source_mapping",
    "persona_link_source_mapping",
)
# Some rows of each table go, never more than law 9 allows; some come, some change.
GOING = """
    create function between_models(here text) returns void language plpgsql as $$
    begin
        if to_regclass('public.goes_before') is null then
            return;
        end if;
        if here = (select model from public.goes_before) then
            delete from public.persona_role_mapping where id in
                (select id from public.persona_role_mapping order by md5(id::text) limit 3);
            delete from public.jtbd_org_persona_mapping where id in
                (select id from public.jtbd_org_persona_mapping order by md5(id::text) limit 3);
            create temporary table going on commit drop as
                select id from public.org_personas order by md5(id::text) limit 4;
            delete from public.jtbd_org_persona_mapping where persona_id in (select id from going);
            delete from public.org_personas where id in (select id from going);
            delete from public.dh_personas where id in
                (select id from public.dh_personas order by md5(id::text) limit 5);
            insert into public.dh_personas
                (id, unique_id, persona_code, name, title, industry_id, primary_role_id,
                created_at, updated_at)
            values ('00000000-0000-4000-8000-0000000000d2', 'between', 'BETWEEN', ' Born between ', 'T',
                (select min(id::text)::uuid from public.industries),
                (select max(id::text)::uuid from public.org_roles), '2025-01-01', '2025-01-01');
            update public.dh_personas set name = ' Between ' || md5(id::text), primary_role_id = null
            where id in (select id from public.dh_personas order by md5(id::text) desc limit 3);
            update public.org_personas set description = 'Between', industry_id = null
            where id in (select id from public.org_personas order by md5(id::text) desc limit 3);
            drop table public.goes_before;
        end if;
    end
    $$
"""
HOOK = (
    "set local personas.sync_depth = '1'",
    "set local personas.sync_depth = '1'; select public.between_models('{{ this.identifier }}')",
)


def gone_at(project: Project, model: str) -> None:
    """A build during which that happens just before a model is made, and the next one."""
    project.execute(f"create table goes_before as select '{model}'::text as model")
    project.replace("macros/marts/set_build_session.sql", *HOOK)
    project.build()
    assert project.value("select to_regclass('public.goes_before') is null")
    project.restore()
    project.build()


def contents(project: Project) -> dict[str, list[Any]]:
    """All marts, without times; of a row that is gone, what was kept of it is told by its keys alone."""
    mapping = "select to_jsonb(t)::text from personas.{} as t order by 1"
    return {
        "personas": project.query(
            "select (to_jsonb(p) - array['deleted_at', 'updated_at'])::text, deleted_at is null"
            " from personas.personas as p order by 1"
        ),
        **{name: project.query(mapping.format(name)) for name in MODELS[2:5]},
        "persona_source_mapping": project.query(
            "select source_table, source_id, persona_id, match_rule, source_deleted_at is null,"
            " case when source_deleted_at is null then residual::text else (residual = '{}')::text end"
            " from personas.persona_source_mapping order by 1, 2"
        ),
        "persona_link_source_mapping": project.query(
            "select source_table, source_id, pointer, persona_id, target_id, source_deleted_at is null,"
            " case when source_deleted_at is null then residual::text end"
            " from personas.persona_link_source_mapping order by 1, 2, 3"
        ),
    }


def of_living_rows(project: Project) -> dict[str, list[Any]]:
    """What each living row's persona shows, whatever its id: that may be the one of a row that is gone."""
    rows = "personas.persona_source_mapping as s"
    found = {
        "personas": project.query(
            f"""select s.source_table, s.source_id, (to_jsonb(p) - 'id')::text
            from {rows} inner join personas.personas as p on p.id = s.persona_id
            where s.source_deleted_at is null order by 1, 2"""
        )
    }
    for name in MODELS[2:5]:
        found[name] = project.query(
            f"""select s.source_table, s.source_id, (to_jsonb(m) - 'persona_id')::text
            from {rows} inner join personas.{name} as m on m.persona_id = s.persona_id
            where s.source_deleted_at is null order by 1, 2, 3"""
        )
    return found


def with_going(project: Project) -> None:
    """The demo, built, with the function that lets rows go."""
    build_demo(project)
    project.execute(GOING)


@pytest.fixture(scope="module")
def by_triggers(workshop_18: Workshop) -> dict[str, list[Any]]:
    """What the triggers leave when that happens, in one transaction, while dual-write is on."""
    with workshop_18.project("going", with_going) as project:
        switch_on(project)
        project.execute(
            "create table goes_before as select 'now'::text as model", "select between_models('now')"
        )
        return contents(project)


@pytest.mark.parametrize(
    "model",
    [
        name if name in ("personas", "persona_source_mapping") else pytest.param(name, marks=pytest.mark.long)
        for name in MODELS
    ],
)
def test_a_build_leaves_what_the_triggers_leave_and_a_build_from_nothing_would(
    workshop_18: Workshop, by_triggers: dict[str, list[Any]], model: str
) -> None:
    with workshop_18.project("going", with_going) as project:
        gone_at(project, model)
        assert contents(project) == by_triggers
        incremental = of_living_rows(project)
        project.execute("drop schema personas cascade", "drop schema personas_intermediate cascade")
        project.build(*WITHOUT_TESTS)
        assert of_living_rows(project) == incremental
