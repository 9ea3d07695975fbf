"""What the new world added to personas that are merged and part again (design, law 5: undo)."""

from collections.abc import Callable, Iterator

import pytest

from dbt_project import DECISIONS, HISTORY, WITHOUT_TESTS, Dump, Project, Workshop
from test_decisions import (
    CHAIN,
    DH,
    LEFT,
    ORG,
    PRIVATE,
    RIGHT,
    SHARED,
    TWIN,
    TWIN_AGAIN,
    delete,
    insert,
    key,
    prepare,
    same,
    state_of,
)
from verified import WHOLE, Console

PAIR = same(DH, LEFT, DH, RIGHT)
FIRST_LINK, SECOND_LINK = same(ORG, CHAIN[0], ORG, CHAIN[1]), same(ORG, CHAIN[1], ORG, CHAIN[2])
WITH_PRIVATE = same(DH, SHARED, ORG, PRIVATE)
# Industries that nothing else points at.
ONE, TWO, THREE, FOUR = (f"00000000-0000-4000-9000-{number:012d}" for number in range(4))


def industry(persona: str, target: str, said: str, primary: bool = False) -> list[str]:
    """An application adds an industry to a persona; a primary one takes the place of that which was."""
    displaced = [no_primary_industry(persona)] if primary else []
    return [
        *displaced,
        "insert into personas.persona_industry_mapping "
        "(persona_id, industry_id, industry_specific_id, is_primary, industry_metadata) "
        f"values ('{persona}', '{target}', '{said}', {primary}, '{{\"n\": 1.0}}')",
    ]


def no_primary_industry(persona: str) -> str:
    """No industry of the persona is its primary one."""
    return (
        "update personas.persona_industry_mapping set is_primary = false "
        f"where persona_id = '{persona}' and is_primary"
    )


def role(persona: str, place: int, said: str) -> str:
    """An application adds a role to a persona."""
    return (
        "insert into personas.persona_role_mapping (persona_id, role_id, responsibilities) "
        f"select '{persona}', id, '[\"{said}\"]' from org_roles order by id offset {place + 1} limit 1"
    )


def job(persona: str, place: int, said: str, barriers: str = "null") -> str:
    """An application adds a job to a persona; its barriers are by default a JSON null, not missing."""
    return (
        "insert into personas.persona_jtbd_mapping "
        "(persona_id, jtbd_id, expected_benefit, adoption_barriers) "
        f"select '{persona}', id, '{said}', '{barriers}' from jtbd_library "
        f"order by id desc offset {place} limit 1"
    )


def override(persona: str, field: str, value: str) -> str:
    """Somebody sets a field of a persona."""
    return (
        "insert into personas.persona_overrides (persona_id, field, value, set_at, set_by) "
        f"values ('{persona}', '{field}', '{value}', '2025-02-03 04:05:06.789+00', 'me') "
        "on conflict (persona_id, field) do update set value = excluded.value"
    )


NEW_INDUSTRIES = [
    f"insert into industries (id, unique_id, industry_code) values ('{target}', '{target}', '{target}')"
    for target in (ONE, TWO, THREE, FOUR)
]
ADDED = [
    *NEW_INDUSTRIES,
    *industry(LEFT, ONE, "left"),
    *industry(RIGHT, ONE, "right", primary=True),
    *industry(RIGHT, TWO, "right only"),
    # what the legacy side says, edited
    "update personas.persona_industry_mapping set origin = 'new', industry_specific_id = 'edited' "
    f"where persona_id = '{RIGHT}' and origin = 'legacy'",
    role(LEFT, 0, "left"),
    role(RIGHT, 0, "right"),
    role(RIGHT, 1, "right only"),
    job(LEFT, 0, "left"),
    job(RIGHT, 0, "right", '["x"]'),
    job(RIGHT, 1, "right only"),
    override(LEFT, "seniority_level", '"Executive"'),
    override(LEFT, "created_by", '"left"'),
    override(RIGHT, "seniority_level", '"Junior"'),
    override(RIGHT, "created_by", '"right"'),
    override(RIGHT, "decision_authority", '"LOW"'),
    *industry(CHAIN[0], ONE, "first", primary=True),
    *industry(CHAIN[1], TWO, "second", primary=True),
    *industry(CHAIN[2], ONE, "third"),
    job(CHAIN[2], 0, "third"),
    *industry(PRIVATE, ONE, "ours alone", primary=True),
    role(PRIVATE, 0, "ours alone"),
    job(PRIVATE, 0, "ours alone"),
    override(PRIVATE, "created_by", '"ours alone"'),
]


def edits(persona: str) -> list[str]:
    """What an application does to a persona: it inserts, changes and deletes rows of each kind."""
    return [
        *industry(persona, THREE, "since", primary=True),
        "update personas.persona_industry_mapping set industry_specific_id = 'changed' "
        f"where persona_id = '{persona}' and industry_id = '{ONE}'",
        role(persona, 2, "since"),
        f"delete from personas.persona_role_mapping where persona_id = '{persona}' and origin = 'new' "
        "and role_id = (select id from org_roles order by id offset 1 limit 1)",
        "update personas.persona_jtbd_mapping set relevance_score = 7 "
        f"where persona_id = '{persona}' and jtbd_id = (select max(id) from jtbd_library)",
        override(persona, "seniority_level", '"Senior"'),
        override(persona, "persona_type", '"archetype"'),
        f"delete from personas.persona_overrides where persona_id = '{persona}' and field = 'created_by'",
    ]


def edit_one(persona: str, said: str) -> str:
    """Another word on an industry."""
    return (
        f"update personas.persona_industry_mapping set industry_specific_id = '{said}' "
        f"where persona_id = '{persona}' and industry_id = '{ONE}'"
    )


Step = Callable[[Project], object]


def done(*statements: str) -> Step:
    """A step in which an application does something."""
    return lambda project: project.execute(*statements)


def decided(*decisions: str) -> Step:
    """A step in which the project is built with these decisions and no others."""

    def build(project: Project) -> None:
        project.decide(*decisions)
        project.build(*DECISIONS)

    return build


def prepare_additions(project: Project) -> None:
    """The rows of the decisions, undecided, and what was added to them."""
    prepare(project)
    project.execute(*ADDED)
    project.build()


def after(workshop: Workshop, *steps: Step) -> Dump:
    """What the marts hold after some steps, from the same start each time."""
    with workshop.project("additions", prepare_additions) as project:
        for step in steps:
            step(project)
        return project.dump()


def differences(found: Dump, expected: Dump) -> dict[str, dict[str, list[str]]]:
    """The relations whose rows differ, with those that only one side has."""
    return {
        name: {
            "found": sorted(set(found[name]) - set(rows)),
            "expected": sorted(set(rows) - set(found[name])),
        }
        for name, rows in expected.items()
        if found[name] != rows
    }


@pytest.fixture
def added(workshop_18: Workshop) -> Iterator[Project]:
    """Personas with additions, before any decision."""
    with workshop_18.project("additions", prepare_additions) as project:
        yield project


def industries_of(project: Project, persona: str) -> set[tuple[str, str, bool, str]]:
    """Industry, what was said, whether it is the primary one, and origin."""
    return set(
        project.query(
            "select industry_id::text, industry_specific_id, is_primary, origin "
            "from personas.persona_industry_mapping where persona_id = %s",
            persona,
        )
    )


# --- the round trip ---------------------------------------------------------------------------------------


def test_undone_is_a_build_that_never_merged(workshop: Workshop) -> None:
    """Both had additions, also to the same targets, and each had chosen its primary industry."""
    everything = (PAIR, WITH_PRIVATE, FIRST_LINK, SECOND_LINK)
    never, merged = after(workshop), after(workshop, decided(*everything))
    assert merged != never
    assert differences(after(workshop, decided(*everything), decided()), never) == {}
    again = after(workshop, decided(*everything), decided(), decided(*everything))
    assert differences(again, merged) == {}


def test_edits_since_are_in_both(workshop: Workshop) -> None:
    """As if each had been edited, and never merged."""
    never = after(workshop, done(*edits(LEFT), *edits(RIGHT)), decided())
    assert differences(after(workshop, decided(PAIR), done(*edits(LEFT)), decided()), never) == {}
    twice = (decided(PAIR), decided(), decided(PAIR), done(*edits(LEFT)), decided(PAIR), decided())
    assert differences(after(workshop, *twice), never) == {}


def ran(*arguments: str, **variables: object) -> Step:
    """A step in which dbt runs."""
    return lambda project: project.build(*arguments, variables=variables or None)


BETWEEN = {
    "the verdict is reversed": decided(
        *(line.replace(",same", ",different") for line in (PAIR, WITH_PRIVATE))
    ),
    "a mart is refilled": ran("run", "--select", "personas", "--full-refresh", refill=["personas"]),
    "nothing is read": ran("run", "--select", "config.materialized:incremental", "--empty"),
}


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, id=name, marks=() if name == "a mart is refilled" else pytest.mark.long)
        for name, step in BETWEEN.items()
    ],
)
def test_what_comes_between_does_not_matter(workshop_18: Workshop, step: Step) -> None:
    merged_and_parted = (decided(PAIR, WITH_PRIVATE), step, decided())
    assert differences(after(workshop_18, *merged_and_parted), after(workshop_18)) == {}


@pytest.mark.long
def test_a_refill_before_the_rows_have_parted_gives_nobody_the_others_words(workshop_18: Workshop) -> None:
    """The ids are taken back already, and the marts are not built yet, but for the one that is refilled."""
    ids_only = (*WITHOUT_TESTS, "--select", "match_decisions", "int_persona_clusters")

    def take_ids_back(project: Project) -> None:
        project.decide()
        project.build(*ids_only)

    refilled = ran("run", "--select", "personas", "--full-refresh", refill=["personas"])
    parted = after(workshop_18, decided(PAIR, WITH_PRIVATE), take_ids_back, refilled, decided())
    assert differences(parted, after(workshop_18)) == {}


def test_equal_rows_that_are_no_longer_equal_both_have_what_was_added(added: Project) -> None:
    """They were merged from the first build on: all that was added was added to both."""
    added.execute(*industry(TWIN, ONE, "twin"), role(TWIN, 0, "twin"), override(TWIN, "created_by", '"twin"'))
    added.build()
    added.execute(f"update dh_personas set title = 'Other' where id = '{TWIN_AGAIN}'")
    added.build()
    parted = state_of(added)
    assert parted.persona_of[DH, TWIN_AGAIN] == TWIN_AGAIN
    for persona in (TWIN, TWIN_AGAIN):
        assert (ONE, "twin", False, "new") in industries_of(added, persona)
        assert parted.personas[persona]["created_by"] == "twin"


def test_an_edit_changes_what_was_edited_and_no_more(added: Project) -> None:
    """The two had said different things of one industry: only the column that was changed is so in both."""
    decided(PAIR)(added)
    changed = '{"n": 2.0}'
    added.execute(
        f"update personas.persona_industry_mapping set industry_metadata = '{changed}' "
        f"where persona_id = '{LEFT}' and industry_id = '{ONE}'"
    )
    decided()(added)
    of_one = (
        "select industry_specific_id, is_primary, industry_metadata::text "
        "from personas.persona_industry_mapping where persona_id = %s and industry_id = %s"
    )
    assert added.query(of_one, LEFT, ONE) == [("left", False, changed)]
    assert added.query(of_one, RIGHT, ONE) == [("right", True, changed)]


def test_a_merged_persona_shows_the_first_owners_version(added: Project) -> None:
    before = industries_of(added, LEFT)
    decided(PAIR)(added)
    merged = industries_of(added, LEFT)
    assert before - merged == {row for row in before if row[3] == "legacy" and row[1] == "P031"}
    assert (ONE, "left", False, "new") in merged
    assert (TWO, "right only", False, "new") in merged
    (primary,) = (row for row in merged if row[2])
    assert primary[1] == "edited", (
        "what the first owner has as its primary industry, in the words of the new world"
    )
    benefits = (
        "select expected_benefit from personas.persona_jtbd_mapping where persona_id = %s and origin = 'new'"
    )
    assert set(added.query(benefits, LEFT)) == {("left",), ("right only",)}
    assert state_of(added).personas[LEFT]["seniority_level"] == "Executive"
    versions = added.row_versions()
    added.build()
    assert added.row_versions() == versions, "an unchanged build writes nothing"


@pytest.mark.long
def test_the_proof_closes_with_additions(workshop_18: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """While they are merged, and when some have parted after edits; of rows beside what the old side says."""
    with workshop_18.project("undecided", prepare) as project:
        console = Console(project, monkeypatch)
        project.execute(
            *NEW_INDUSTRIES,
            *(line for persona in (LEFT, RIGHT, PRIVATE) for line in industry(persona, ONE, persona)),
            *industry(RIGHT, TWO, "right only"),
            *(role(persona, 0, persona) for persona in (LEFT, RIGHT, CHAIN[0], PRIVATE)),
            *(job(persona, 0, persona) for persona in (LEFT, RIGHT, CHAIN[1], PRIVATE)),
            override(LEFT, "seniority_level", '"Executive"'),
            override(PRIVATE, "created_by", '"ours alone"'),
        )
        project.decide(PAIR, WITH_PRIVATE, FIRST_LINK, SECOND_LINK)
        project.build(*WHOLE)
        assert console.verify()["verdict"] == "GO"
        project.execute(
            *industry(LEFT, THREE, "since"), edit_one(LEFT, "since"), override(LEFT, "created_by", '"since"')
        )
        # Confirmed after the deletion: without that the build would be red.
        project.decide(WITH_PRIVATE, FIRST_LINK, decided_at="2099-01-01")
        delete(project, DH, SHARED)
        project.build(*WHOLE)
        assert console.verify()["verdict"] == "GO"


# --- more than two ----------------------------------------------------------------------------------------


@pytest.mark.long
def test_of_a_chain_each_has_the_edits_of_its_time(workshop_18: Workshop) -> None:
    first, second, third = CHAIN
    start = (decided(FIRST_LINK, SECOND_LINK), done(edit_one(first, "by three"), job(first, 2, "by three")))
    # The second had said nothing of that industry, and has it now.
    by_three = done(
        edit_one(first, "by three"),
        *industry(second, ONE, "by three"),
        edit_one(third, "by three"),
        *(job(persona, 2, "by three") for persona in CHAIN),
    )
    by_two = done(edit_one(first, "by two"), edit_one(second, "by two"))
    undone = after(workshop_18, *start, decided(FIRST_LINK), done(edit_one(first, "by two")), decided())
    never = after(workshop_18, by_three, by_two, decided())
    assert differences(undone, never) == {}


def test_a_part_of_a_chain_is_as_if_it_alone_had_been_merged(workshop_18: Workshop) -> None:
    """Whichever part it is: also that which loses the persona's id."""
    for part in (FIRST_LINK, SECOND_LINK):
        split = after(workshop_18, decided(FIRST_LINK, SECOND_LINK), decided(part))
        assert differences(split, after(workshop_18, decided(part))) == {}


@pytest.mark.long
def test_the_primary_industry_that_a_build_chose_is_no_edit(added: Project) -> None:
    """The industry that was the primary one goes, and another takes its place; nobody said so."""
    decided(FIRST_LINK, SECOND_LINK)(added)
    added.execute(f"delete from industries where id = '{ONE}'")
    added.build()
    assert industries_of(added, CHAIN[0]) == {(TWO, "second", True, "new")}
    decided()(added)
    assert industries_of(added, CHAIN[0]) == set()
    assert industries_of(added, CHAIN[1]) == {(TWO, "second", True, "new")}
    assert industries_of(added, CHAIN[2]) == set()


def test_a_resting_row_whose_target_is_gone_does_not_come_back(added: Project) -> None:
    """It would have gone with it; also one that nothing showed meanwhile."""
    decided(PAIR, WITH_PRIVATE)(added)
    added.execute(f"delete from industries where id in ('{ONE}', '{TWO}')")
    decided()(added)
    for persona in (RIGHT, PRIVATE):
        assert {row[0] for row in industries_of(added, persona)} & {ONE, TWO} == set()
        assert sum(row[2] for row in industries_of(added, persona)) == 1


@pytest.mark.long
def test_nor_does_it_come_back_when_its_target_does(workshop_18: Workshop) -> None:
    """Each step is seen by a build, as it would have been by the foreign key."""
    steps = [
        done(f"delete from industries where id in ('{ONE}', '{TWO}')"),
        lambda project: project.build(),
        done(*NEW_INDUSTRIES[:2]),
        lambda project: project.build(),
        decided(),
    ]
    assert differences(after(workshop_18, decided(WITH_PRIVATE), *steps), after(workshop_18, *steps)) == {}


# --- a build that fails -----------------------------------------------------------------------------------

FAILING = {
    "personas": (
        "select * from merged\n{%",
        "select merged.* from merged where 1 / (length(name) * 0) = 1\n{%",
    ),
    "persona_role_mapping": (
        "select * from {{ ref('int_persona_roles') }}",
        "select * from {{ ref('int_persona_roles') }} where 1 / (length(origin) * 0) = 1",
    ),
}


@pytest.mark.parametrize("failing", FAILING)
def test_a_build_that_failed_between_the_ids_and_the_marts_loses_nothing(
    workshop_18: Workshop, failing: str
) -> None:
    """What is added to the merged persona after the failure is an edit as any other, if it still is shown."""
    persona = LEFT if failing == "personas" else RIGHT

    def fail(project: Project) -> None:
        project.decide()
        project.replace(f"models/marts/{failing}.sql", *FAILING[failing])
        assert project.dbt(*DECISIONS).exit_code == 1
        project.restore()
        ids = {id for (id,) in project.query("select id::text from personas.personas")}
        assert (RIGHT in ids) == (persona == RIGHT)
        project.execute(*industry(persona, FOUR, "after the failure"))

    edited = [LEFT, RIGHT] if persona == LEFT else [RIGHT]
    never = after(
        workshop_18,
        done(
            *edits(LEFT),
            *edits(RIGHT),
            *(line for one in edited for line in industry(one, FOUR, "after the failure")),
        ),
        decided(),
    )
    found = after(workshop_18, decided(PAIR), done(*edits(LEFT)), fail, decided())
    assert differences(found, never) == {}


# --- what is private --------------------------------------------------------------------------------------


def test_what_a_tenant_added_rests_while_its_persona_is_shared(added: Project) -> None:
    never = added.dump()
    decided(WITH_PRIVATE)(added)
    merged = added.dump()
    telling = {name for name, rows in merged.items() if any("ours alone" in row for row in rows)}
    assert telling == {"int_persona_additions", "persona_overrides"}
    assert not any(row.startswith(f"({SHARED}") for row in merged["persona_overrides"])
    for name, rows in merged.items():
        if name.endswith("mapping") and name.startswith(("persona_i", "persona_r", "persona_j")):
            assert rows == [row for row in never[name] if not row.startswith(f"({PRIVATE}")]
    decided()(added)
    assert differences(added.dump(), never) == {}


@pytest.mark.long
def test_what_is_said_of_a_shared_persona_does_not_touch_what_rests(added: Project) -> None:
    """It is in both, but where the tenant has a word of its own; and it publishes nothing."""
    decided(WITH_PRIVATE)(added)
    added.execute(
        *industry(SHARED, ONE, "said of all"),
        *industry(SHARED, TWO, "said of all"),
        override(SHARED, "created_by", '"all"'),
        override(SHARED, "seniority_level", '"Mid"'),
        override(SHARED, "is_public", "true"),
    )
    decided()(added)
    said = {row[:2] for row in industries_of(added, PRIVATE) if row[3] == "new"}
    assert said == {(ONE, "ours alone"), (TWO, "said of all")}
    private = state_of(added).personas[PRIVATE]
    assert (private["created_by"], private["seniority_level"]) == ("ours alone", "Mid")
    assert private["is_public"] is False


def test_a_private_row_parts_from_a_shared_persona_whose_row_is_deleted(added: Project) -> None:
    """The persona stays shared, as it was last seen; what is private never shows under its id."""
    never = state_of(added)
    second = key(44)
    insert(added, ORG, second, created_at="2024-06-01", description="nobody else's either")
    decisions = (WITH_PRIVATE, same(ORG, second, DH, SHARED))
    decided(*decisions)(added)
    merged = state_of(added)
    assert merged.persona_of[ORG, PRIVATE] == merged.persona_of[ORG, second] == SHARED
    added.execute(
        override(SHARED, "is_public", "true"),
        f"create table kept as select to_jsonb(old) as old from dh_personas as old where id = '{SHARED}'",
    )
    delete(added, DH, SHARED)
    for _ in range(2):
        added.build()
        parted = state_of(added)
        assert parted.persona_of[DH, SHARED] == SHARED
        assert parted.persona_of[ORG, PRIVATE] == parted.persona_of[ORG, second] == PRIVATE
        assert parted.personas[SHARED].pop("deleted_at") is not None
        assert parted.personas[SHARED].items() <= merged.personas[SHARED].items()
        private = parted.personas[PRIVATE]
        assert private["description"] == "nobody else's business"
        assert (private["is_public"], private["created_by"]) == (False, "ours alone")
        assert industries_of(added, PRIVATE) >= {(ONE, "ours alone", True, "new")}
        assert industries_of(added, SHARED) == set()

    columns = added.value(
        "select string_agg(quote_ident(attname), ', ') from pg_attribute "
        "where attrelid = 'dh_personas'::regclass and attnum > 0 and attgenerated = ''"
    )
    added.execute(
        f"insert into dh_personas ({columns}) "
        f"select {columns} from kept, jsonb_populate_record(null::dh_personas, old)",
        f"delete from personas.persona_overrides where persona_id = '{SHARED}'",
    )
    added.build()
    again = state_of(added)
    assert again.persona_of == merged.persona_of
    assert again.personas == merged.personas
    assert industries_of(added, SHARED) == set()
    assert not any("nobody else" in str(persona) for persona in again.personas.values())
    decided()(added)
    delete(added, ORG, second)
    undone = state_of(added)
    assert {name: undone.personas[name] for name in never.personas} == never.personas
    assert undone.industries >= never.industries


@pytest.mark.long
def test_a_private_row_that_returns_does_not_take_a_shared_persona(added: Project) -> None:
    """It was deleted while it was merged, then the shared row was: nothing stored says it was private."""
    decided(WITH_PRIVATE)(added)
    columns = added.value(
        "select string_agg(quote_ident(attname), ', ') from pg_attribute "
        "where attrelid = 'org_personas'::regclass and attnum > 0 and attgenerated = ''"
    )
    added.execute(f"create table kept as select * from org_personas where id = '{PRIVATE}'")
    delete(added, ORG, PRIVATE)
    added.build()
    delete(added, DH, SHARED)
    added.build()
    added.execute(f"insert into org_personas ({columns}) select {columns} from kept")
    added.build()
    state = state_of(added)
    assert (state.persona_of[DH, SHARED], state.persona_of[ORG, PRIVATE]) == (SHARED, PRIVATE)
    assert state.personas[SHARED]["tenant_id"] is None
    assert state.personas[PRIVATE]["is_public"] is False


# --- what it costs ----------------------------------------------------------------------------------------


def test_nothing_is_kept_of_personas_that_are_not_merged(added: Project) -> None:
    kept = added.dump()
    assert kept["int_persona_additions"] == []
    merged = "select count(*) from personas_intermediate.int_persona_clusters where persona_id in "
    merged += "(select persona_id from personas.persona_ids group by persona_id having count(*) > 1)"
    assert len(kept["int_persona_owners"]) == added.value(merged)
    assert set(HISTORY) <= set(kept)
