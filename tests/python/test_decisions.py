"""Merging, by exact evidence and by decision, and taking it back (design, laws 4 and 5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from dbt_project import DECISIONS, Dump, Project, Workshop, build_demo

TENANT = "11111111-0000-4000-8000-000000000001"
OTHER_TENANT = "11111111-0000-4000-8000-000000000002"


def key(number: int) -> str:
    """The id of a row of these tests; a smaller number is a smaller id, and an older row."""
    return f"00000000-0000-4000-8000-{number:012d}"


# Exact evidence: equal but for white space and case.
TWIN, TWIN_AGAIN, TWIN_LATER = key(11), key(12), key(10)
# Nearly equal: one has another title, two have no organisation, two have no industry.
OTHER_TITLE = key(14)
NO_ORGANIZATION, NO_INDUSTRY = (key(13), key(15)), (key(16), key(17))
# Exact evidence that a decision denies.
DENIED, DENIED_AGAIN = key(21), key(22)
# Decided: both shared.
LEFT, RIGHT, RIGHT_LATER = key(31), key(32), key(30)
# Decided: one shared, one private.
SHARED, PRIVATE = key(41), key(42)
# Decided in a chain, all of one tenant.
CHAIN = [key(51), key(52), key(53)]
# One uuid in both tables.
BOTH = key(59)

DH, ORG = "dh_personas", "org_personas"


def same(left_table: str, left: str, right_table: str, right: str) -> str:
    """A line of the decisions."""
    return f"{left_table},{left},{right_table},{right},same"


def different(left_table: str, left: str, right_table: str, right: str) -> str:
    """A line of the decisions."""
    return f"{left_table},{left},{right_table},{right},different"


DECIDED = (
    different(DH, DENIED, DH, DENIED_AGAIN),
    # written the other way round, in capitals and with spaces, as people do
    same(DH, f" {RIGHT.upper()} ", DH, LEFT),
    same(ORG, PRIVATE, DH, SHARED),
    same(ORG, CHAIN[2], ORG, CHAIN[1]),
    same(ORG, CHAIN[1], ORG, CHAIN[0]),
)


def insert(project: Project, table: str, number_or_key: str, **values: str | None) -> None:
    """Inserts a legacy row; what is not given is made from its id."""
    number = number_or_key[-3:]
    defaults: dict[str, str | None] = {
        "id": number_or_key,
        "unique_id": f"{table} {number}",
        "name": f"Name {number}",
        "created_at": f"2024-01-01 00:00:{number[-2:]}.0+00",
    }
    if table == DH:
        defaults |= {"persona_code": f"CODE {number}", "title": f"Title {number}"}
    else:
        defaults |= {"code": f"CODE {number}", "tenant_id": TENANT}
    row = defaults | values
    with project.connect() as connection:
        connection.execute(
            f"insert into {table} ({', '.join(row)}) values ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )


@dataclass(frozen=True)
class State:
    """What the marts said at one moment."""

    personas: dict[str, dict[str, Any]]
    persona_of: dict[tuple[str, str], str]
    rules: dict[tuple[str, str], str]
    industries: set[tuple[str, str, str | None, str]]
    roles: set[tuple[str, str]]
    jobs: set[tuple[str, str]]
    dump: Dump


def state_of(project: Project) -> State:
    """Reads the marts."""
    ids = project.query("select source_table, old_id::text, persona_id::text from personas.persona_ids")
    rules = project.query(
        "select source_table, source_id::text, match_rule from personas.persona_source_mapping"
    )
    industries = project.query(
        "select persona_id::text, industry_code, industry_specific_id, industry_metadata::text "
        "from personas.persona_industry_mapping join industries on industry_id = industries.id"
    )
    roles = project.query("select persona_id::text, role_id::text from personas.persona_role_mapping")
    jobs = project.query("select persona_id::text, jtbd_id from personas.persona_jtbd_mapping")
    return State(
        personas=dict(project.query("select id::text, to_jsonb(personas) from personas.personas")),
        persona_of={(table, old): persona for table, old, persona in ids},
        rules={(table, old): rule for table, old, rule in rules},
        industries=set(industries),
        roles=set(roles),
        jobs=set(jobs),
        dump=project.dump(),
    )


def insert_rows(project: Project) -> None:
    """The rows of these tests, beside the demo."""
    tenant = "insert into tenants (id, name, slug, type) values ('{0}', 'Tenant', '{0}', 'client')"
    project.execute(*(tenant.format(key) for key in (TENANT, OTHER_TENANT)))
    industry = project.value("select id from industries where industry_code = 'biotechnology'")
    evidence = {"title": "Head of Trials", "organization": "Acme", "industry_id": industry}
    insert(project, DH, TWIN, name="Ann Lee", background="first", **evidence)
    insert(
        project,
        DH,
        TWIN_AGAIN,
        **evidence | {"organization": " ACME\u00a0"},
        name="ann \u00a0 LEE",
        background="second",
        notes="only here",
    )
    for row, blank in zip(NO_ORGANIZATION, (None, " \u00a0"), strict=True):
        insert(project, DH, row, name="Ann Lee", **evidence | {"organization": blank})
    for row in NO_INDUSTRY:
        insert(project, DH, row, name="Ann Lee", **evidence | {"industry_id": None})
    insert(project, DH, OTHER_TITLE, name="Ann Lee", **evidence | {"title": "Head of Trial"})
    for denied in (DENIED, DENIED_AGAIN):
        insert(project, DH, denied, name="Bob Ray", **evidence)
    insert(project, DH, LEFT, persona_code="L", notes=None, responsibilities="[]", pharma_id="P031")
    insert(
        project,
        DH,
        RIGHT,
        persona_code="R",
        notes="right only",
        responsibilities='["from the right"]',
        pharma_id="P032",
        biotech_id="B032",
        background="right",
    )
    insert(project, DH, SHARED, background=None)
    insert(project, ORG, PRIVATE, description="nobody else's business", pharma_id="SECRET", department="D")
    for number in CHAIN:
        insert(project, ORG, number)
    insert(project, DH, BOTH)
    insert(project, ORG, BOTH)
    role, job = (
        project.value("select min(id::text) from org_roles"),
        project.value("select min(id) from jtbd_library"),
    )
    project.execute(
        "insert into persona_role_mapping (persona_id, org_role_id, match_type, match_confidence) "
        f"values ('{PRIVATE}', '{role}', 'direct', 'high'), ('{CHAIN[2]}', '{role}', 'direct', 'high')",
        f"insert into jtbd_org_persona_mapping (jtbd_id, persona_id) values ('{job}', '{PRIVATE}'), "
        f"('{job}', '{CHAIN[1]}')",
        f"insert into jtbd_org_persona_mapping (jtbd_id, persona_dh_id) values ('{job}', '{RIGHT}')",
    )


def prepare(project: Project) -> None:
    """The demo with the rows of these tests, built without a decision."""
    build_demo(project)
    insert_rows(project)
    # All of it: the second build is the first whose views know of stored ids.
    project.build("run")


@pytest.fixture
def undecided(workshop_18: Workshop) -> Iterator[Project]:
    """The rows of these tests before any decision."""
    with workshop_18.project("undecided", prepare) as project:
        yield project


@pytest.fixture(scope="module")
def story(workshop: Workshop) -> dict[str, State]:
    """The same rows before, with decisions, with these taken back, and decided anew with later rows."""
    states = {}
    with workshop.project("undecided", prepare) as project:
        states["before"] = state_of(project)
        project.decide(*DECIDED)
        project.build(*DECISIONS)
        states["decided"] = state_of(project)
        project.decide()
        project.build(*DECISIONS)
        states["undone"] = state_of(project)
        insert(project, DH, RIGHT_LATER)
        later = {"title": "Head of Trials", "organization": "Acme", "industry_id": None}
        later["industry_id"] = project.value("select industry_id from dh_personas where id = %s", TWIN)
        insert(project, DH, TWIN_LATER, name="Ann Lee", created_at="2020-01-01", **later)
        project.decide(*DECIDED, same(DH, RIGHT_LATER, DH, RIGHT))
        project.build(*DECISIONS)
        states["joined"] = state_of(project)
    return states


# --- exact evidence ---------------------------------------------------------------------------------------


def test_exact_duplicates_are_one_persona(story: dict[str, State]) -> None:
    before = story["before"]
    assert before.persona_of[DH, TWIN] == before.persona_of[DH, TWIN_AGAIN] == TWIN
    assert before.rules[DH, TWIN] == before.rules[DH, TWIN_AGAIN] == "exact"
    assert TWIN_AGAIN not in before.personas
    persona = before.personas[TWIN]
    assert (persona["name"], persona["description"]) == ("Ann Lee", "first")
    assert persona["profile"]["notes"] == "only here"


@pytest.mark.parametrize("row", [OTHER_TITLE, *NO_ORGANIZATION, *NO_INDUSTRY])
def test_a_blank_or_another_value_is_no_evidence(story: dict[str, State], row: str) -> None:
    assert story["before"].persona_of[DH, row] == row


def test_a_decision_splits_exact_duplicates(story: dict[str, State]) -> None:
    assert story["before"].persona_of[DH, DENIED_AGAIN] == DENIED
    decided = story["decided"]
    assert decided.persona_of[DH, DENIED] == DENIED
    assert decided.persona_of[DH, DENIED_AGAIN] == DENIED_AGAIN
    assert decided.personas[DENIED]["name"] == decided.personas[DENIED_AGAIN]["name"] == "Bob Ray"


# --- decisions --------------------------------------------------------------------------------------------


def test_a_decision_merges_value_by_value(story: dict[str, State]) -> None:
    decided = story["decided"]
    assert decided.persona_of[DH, LEFT] == decided.persona_of[DH, RIGHT] == LEFT, "the older row's id"
    assert decided.rules[DH, RIGHT] == "decision"
    assert RIGHT not in decided.personas
    persona = decided.personas[LEFT]
    assert persona["name"] == "Name 031"
    assert persona["description"] == "right"
    assert persona["responsibilities"] == ["from the right"], "an empty list counts for less"
    assert (persona["profile"]["persona_code"], persona["profile"]["notes"]) == ("L", "right only")
    assert {row for row in decided.industries if row[0] == LEFT} == {
        (LEFT, "pharmaceuticals", "P031", '{"other_ids": ["P032"]}'),
        (LEFT, "biotechnology", "B032", "{}"),
    }
    assert [job for persona, job in decided.jobs if persona == LEFT] != []


def test_a_chain_of_decisions_is_one_persona(story: dict[str, State]) -> None:
    decided = story["decided"]
    assert {decided.persona_of[ORG, row] for row in CHAIN} == {CHAIN[0]}
    persona = decided.personas[CHAIN[0]]
    assert persona["tenant_id"] == TENANT
    assert persona["is_public"] is False
    assert CHAIN[0] in {persona for persona, _ in decided.roles}
    assert CHAIN[0] in {persona for persona, _ in decided.jobs}


def test_a_shared_persona_shows_nothing_of_the_private_row_it_was_merged_with(
    story: dict[str, State],
) -> None:
    decided = story["decided"]
    assert decided.persona_of[ORG, PRIVATE] == SHARED
    assert decided.personas[SHARED] == story["before"].personas[SHARED]
    assert decided.personas[SHARED]["is_public"] is True
    assert decided.personas[SHARED]["tenant_id"] is None
    assert PRIVATE not in decided.personas
    for mapping in (decided.roles, decided.jobs, decided.industries):
        assert not [row for row in mapping if row[0] in (SHARED, PRIVATE)]
    telling = {
        relation: [row for row in rows if "SECRET" in row or "nobody else" in row]
        for relation, rows in decided.dump.items()
    }
    kept = telling.pop("persona_source_mapping")
    assert not any(telling.values())
    # in the residual of the private row, from which it comes back
    assert [row.split(",")[1] for row in kept] == [PRIVATE]


def test_no_other_persona_is_touched_by_a_decision(story: dict[str, State]) -> None:
    merged = {DENIED, DENIED_AGAIN, LEFT, RIGHT, SHARED, PRIVATE, *CHAIN}
    before, decided = (
        {key: persona for key, persona in story[name].personas.items() if key not in merged}
        for name in ("before", "decided")
    )
    assert decided == before


def test_undone_is_as_if_never_merged(story: dict[str, State]) -> None:
    assert story["decided"].dump != story["before"].dump
    assert story["undone"].dump == story["before"].dump


def test_an_id_stays_when_older_rows_join(story: dict[str, State]) -> None:
    joined = story["joined"]
    assert joined.persona_of[DH, RIGHT_LATER] == LEFT
    assert joined.persona_of[DH, TWIN_LATER] == TWIN
    for row, persona in story["decided"].persona_of.items():
        assert joined.persona_of[row] == persona


def test_a_uuid_in_both_tables_is_two_personas(story: dict[str, State]) -> None:
    shared, private = (story["before"].persona_of[table, BOTH] for table in (DH, ORG))
    assert shared == BOTH
    assert UUID(private).version == 8
    assert UUID(private).variant == "specified in RFC 4122"
    assert story["before"].personas[private]["tenant_id"] == TENANT
    assert story["before"].personas[shared]["tenant_id"] is None
    for state in story.values():
        assert (state.persona_of[DH, BOTH], state.persona_of[ORG, BOTH]) == (shared, private)


# --- legacy rows that go while they are merged ------------------------------------------------------------


def delete(project: Project, table: str, row: str) -> None:
    """Deletes a legacy row and its links."""
    pointer = "persona_dh_id" if table == DH else "persona_id"
    project.execute(
        f"delete from jtbd_org_persona_mapping where {pointer} = '{row}'",
        f"delete from {table} where id = '{row}'",
    )


@pytest.mark.parametrize("gone", [LEFT, RIGHT])
def test_a_decided_persona_outlives_the_deletion_of_one_of_its_rows(undecided: Project, gone: str) -> None:
    """The decision still stands in the seed: the id that it names is known, only its row is gone."""
    undecided.decide(same(DH, LEFT, DH, RIGHT))
    undecided.build(*DECISIONS)
    delete(undecided, DH, gone)
    undecided.build(*DECISIONS)
    after = state_of(undecided)
    assert after.persona_of[DH, LEFT] == after.persona_of[DH, RIGHT] == LEFT
    assert after.personas[LEFT]["deleted_at"] is None
    assert RIGHT not in after.personas
    assert after.personas[LEFT]["unique_id"] == f"{DH} {(RIGHT if gone == LEFT else LEFT)[-3:]}"


@pytest.mark.parametrize("gone", [LEFT, RIGHT])
def test_a_merge_can_be_undone_after_one_of_its_rows_is_deleted(undecided: Project, gone: str) -> None:
    undecided.decide(same(DH, LEFT, DH, RIGHT))
    undecided.build(*DECISIONS)
    delete(undecided, DH, gone)
    undecided.decide()
    undecided.build(*DECISIONS)
    after = state_of(undecided)
    left = RIGHT if gone == LEFT else LEFT
    assert after.persona_of[DH, left] == left
    assert after.personas[left]["deleted_at"] is None
    assert after.persona_of[DH, gone] in after.personas
    undecided.build()
    assert state_of(undecided) == after


def test_the_middle_of_a_chain_may_go(undecided: Project) -> None:
    """While the decisions stand nobody's id changes; once they are taken back the ends part."""
    chain = DECIDED[-2:]
    undecided.decide(*chain)
    undecided.build(*DECISIONS)
    delete(undecided, ORG, CHAIN[1])
    undecided.build(*DECISIONS)
    assert {state_of(undecided).persona_of[ORG, row] for row in CHAIN} == {CHAIN[0]}
    undecided.decide()
    undecided.build(*DECISIONS)
    persona_of = state_of(undecided).persona_of
    assert [persona_of[ORG, row] for row in CHAIN] == [CHAIN[0], CHAIN[0], CHAIN[2]]


def test_exact_duplicates_keep_their_id_when_its_row_is_deleted(undecided: Project) -> None:
    before = undecided.dump()
    columns = undecided.value(
        "select string_agg(quote_ident(attname), ', ') from pg_attribute "
        "where attrelid = 'dh_personas'::regclass and attnum > 0 and attgenerated = ''"
    )
    undecided.execute(
        f"create table kept as select * from dh_personas where id = '{TWIN}'",
        f"delete from dh_personas where id = '{TWIN}'",
    )
    undecided.build()
    after = state_of(undecided)
    assert after.persona_of[DH, TWIN] == after.persona_of[DH, TWIN_AGAIN] == TWIN
    assert after.personas[TWIN]["description"] == "second"
    undecided.execute(
        "alter table kept drop column priority_score",
        f"insert into dh_personas ({columns}) select {columns} from kept",
    )
    undecided.build()
    assert undecided.dump() == before


def test_a_persona_is_deleted_when_all_its_rows_are(undecided: Project) -> None:
    before = state_of(undecided)
    undecided.execute(f"delete from dh_personas where id in ('{TWIN}', '{TWIN_AGAIN}')")
    undecided.build()
    after = state_of(undecided)
    assert after.personas[TWIN].pop("deleted_at") is not None
    assert before.personas[TWIN].pop("deleted_at") is None
    assert after.personas[TWIN] == before.personas[TWIN]
    assert after.persona_of == before.persona_of


# --- what was born in the new world -----------------------------------------------------------------------


NEW = "99999999-0000-4000-8000-000000000001"


def test_what_the_new_world_wrote_survives_builds_and_merges(undecided: Project) -> None:
    """A persona of its own, mappings of legacy personas, and fields that the legacy tables cannot hold."""
    payers = undecided.value("select id from industries where industry_code = 'payers'")
    job = undecided.value("select max(id) from jtbd_library")
    undecided.execute(
        "insert into personas.personas (id, unique_id, name, persona_type, is_public) "
        f"values ('{NEW}', 'born here', 'New', 'individual', true)",
        "insert into personas.persona_industry_mapping (persona_id, industry_id, is_primary) "
        f"values ('{NEW}', '{payers}', true), ('{RIGHT}', '{payers}', false)",
        "insert into personas.persona_jtbd_mapping (persona_id, jtbd_id, expected_benefit) "
        f"values ('{RIGHT}', '{job}', 'seen later')",
        "insert into personas.persona_overrides (persona_id, field, value, set_at, set_by) values "
        f"""('{LEFT}', 'seniority_level', '"Executive"', now(), 'me'), """
        f"('{LEFT}', 'is_public', 'false', now(), 'me'), "
        f"('{TWIN}', 'decision_authority', 'null', now(), 'me')",
    )
    undecided.execute(f"update dh_personas set decision_authority = 'high' where id = '{TWIN}'")
    undecided.build()
    once = state_of(undecided)
    assert once.personas[NEW]["name"] == "New"
    assert (NEW, "payers", None, "{}") in once.industries
    assert (RIGHT, "payers", None, "{}") in once.industries
    assert (once.personas[LEFT]["seniority_level"], once.personas[LEFT]["is_public"]) == ("Executive", False)
    assert once.personas[TWIN]["decision_authority"] is None, "an override with null"
    versions = undecided.row_versions()
    undecided.build()
    assert undecided.row_versions() == versions

    undecided.decide(same(DH, LEFT, DH, RIGHT))
    undecided.build(*DECISIONS)
    merged = state_of(undecided)
    assert merged.personas[NEW] == once.personas[NEW]
    assert {(LEFT, "payers", None, "{}"), (NEW, "payers", None, "{}")} <= merged.industries
    assert (LEFT, job) in merged.jobs
    assert merged.personas[LEFT]["seniority_level"] == "Executive"
    origins = "select origin from personas.persona_jtbd_mapping where persona_id = %s and jtbd_id = %s"
    assert undecided.value(origins, LEFT, job) == "new"


def test_what_a_tenant_added_to_a_private_persona_is_shown_to_nobody_else(undecided: Project) -> None:
    """Merged with a shared one it rests, and comes back when they part (test_undo.py)."""
    payers = undecided.value("select id from industries where industry_code = 'payers'")
    undecided.execute(
        "insert into personas.persona_industry_mapping (persona_id, industry_id, industry_specific_id) "
        f"values ('{PRIVATE}', '{payers}', 'ours')",
        "insert into personas.persona_overrides (persona_id, field, value) "
        f"""values ('{PRIVATE}', 'created_by', '"our secret"')""",
    )
    undecided.decide(same(DH, SHARED, ORG, PRIVATE))
    undecided.build(*DECISIONS)
    after = state_of(undecided)
    assert after.persona_of[ORG, PRIVATE] == SHARED
    assert not [row for row in after.industries if row[0] in (SHARED, PRIVATE)]
    assert not any("our secret" in str(persona) for persona in after.personas.values())


def test_a_private_persona_that_meets_a_new_shared_row_gives_way_to_it(undecided: Project) -> None:
    """Its id is not kept for what is now shared, since what its tenant said of that id would be shown."""
    insert(undecided, DH, key(43))
    undecided.execute(
        "insert into personas.persona_overrides (persona_id, field, value) "
        f"""values ('{PRIVATE}', 'created_by', '"our secret"')"""
    )
    undecided.decide(same(DH, key(43), ORG, PRIVATE))
    undecided.build(*DECISIONS)
    after = state_of(undecided)
    assert after.persona_of[ORG, PRIVATE] == after.persona_of[DH, key(43)] == key(43)
    assert after.personas[key(43)]["created_by"] is None
    assert after.personas[key(43)]["is_public"] is True


def test_new_primary_industries_that_meet_in_a_merge_leave_one(undecided: Project) -> None:
    """The survivor's own, where it has one; else one of those that came with the merge."""
    payers = undecided.value("select id from industries where industry_code = 'payers'")
    chosen = ", ".join(f"('{key}', '{payers}', true)" for key in (RIGHT, *CHAIN[1:]))
    undecided.execute(
        f"update personas.persona_industry_mapping set is_primary = false where persona_id = '{RIGHT}'",
        "insert into personas.persona_industry_mapping (persona_id, industry_id, is_primary) "
        f"values {chosen}",
    )
    undecided.decide(*DECIDED)
    undecided.build(*DECISIONS)
    mapped = (
        "select industry_code, is_primary from personas.persona_industry_mapping "
        "join industries on industry_id = industries.id where persona_id = %s order by 1"
    )
    of_left = [("biotechnology", False), ("payers", False), ("pharmaceuticals", True)]
    assert undecided.query(mapped, LEFT) == of_left
    assert undecided.query(mapped, CHAIN[0]) == [("payers", True)]


def test_a_new_primary_industry_stays_primary(undecided: Project) -> None:
    """The application chose another primary industry for a persona that has one from the legacy side."""
    payers = undecided.value("select id from industries where industry_code = 'payers'")
    undecided.execute(
        f"update personas.persona_industry_mapping set is_primary = false where persona_id = '{LEFT}'",
        "insert into personas.persona_industry_mapping (persona_id, industry_id, is_primary) "
        f"values ('{LEFT}', '{payers}', true)",
    )
    undecided.build()
    primary = "select industry_id from personas.persona_industry_mapping where persona_id = %s and is_primary"
    assert undecided.query(primary, LEFT) == [(payers,)]


# --- decisions that cannot be followed --------------------------------------------------------------------

PAIR = f"{DH},{LEFT},{DH},{RIGHT}"
BAD_DECISIONS = {
    "a verdict of another word": ([f"{PAIR},maybe"], "neither same nor different"),
    "no verdict": ([f"{PAIR},"], "neither same nor different"),
    "a blank id": ([f"{DH},,{DH},{RIGHT},same"], "(blank)"),
    "a blank table": ([f",{LEFT},{DH},{RIGHT},same"], "(blank)"),
    "not a uuid": ([f"{DH},P001,{DH},{RIGHT},same"], "no legacy row dh_personas:p001"),
    "an unknown id": ([f"{DH},{LEFT},{DH},{key(99)},same"], f"no legacy row dh_personas:{key(99)}"),
    "an unknown table": ([f"people,{LEFT},{DH},{RIGHT},same"], f"no legacy row people:{LEFT}"),
    "a row with itself": ([same(DH, LEFT, DH, LEFT)], "a row is not a pair"),
    "both verdicts": ([same(DH, LEFT, DH, RIGHT), different(DH, RIGHT, DH, LEFT)], "both same and different"),
    "a chain that a verdict denies": (
        [
            same(ORG, CHAIN[0], ORG, CHAIN[1]),
            same(ORG, CHAIN[1], ORG, CHAIN[2]),
            different(ORG, CHAIN[0], ORG, CHAIN[2]),
        ],
        f"org_personas:{CHAIN[0]} and org_personas:{CHAIN[2]}",
    ),
    "two tenants": ([same(ORG, CHAIN[0], ORG, key(62))], "two tenants"),
    "two tenants, by way of a shared row": (
        [same(DH, LEFT, ORG, CHAIN[0]), same(DH, LEFT, ORG, key(62))],
        "two tenants",
    ),
}


@pytest.fixture(scope="module")
def with_a_second_tenant(workshop_18: Workshop) -> Iterator[Project]:
    """The rows of these tests and one of another tenant; no build of these tests changes a mart."""
    with workshop_18.project("undecided", prepare) as project:
        insert(project, ORG, key(62), tenant_id=OTHER_TENANT, created_at="2024-01-01")
        project.build()
        yield project


@pytest.mark.parametrize(("decisions", "phrase"), BAD_DECISIONS.values(), ids=BAD_DECISIONS)
def test_a_decision_that_cannot_be_followed_stops_the_build(
    with_a_second_tenant: Project, decisions: list[str], phrase: str
) -> None:
    project = with_a_second_tenant
    versions = project.row_versions()
    usable = same(DH, TWIN, DH, OTHER_TITLE)
    project.decide(usable, *decisions)
    run = project.dbt(*DECISIONS)
    assert run.exit_code == 1
    (line,) = run.lines_with("match_decisions.csv, line ")
    assert phrase in line
    # The header is line 1; where several lines contradict each other, the first or the last of them is named.
    named = int(line.partition("match_decisions.csv, line ")[2].partition(":")[0])
    assert named in (3, 2 + len(decisions))
    assert project.row_versions() == versions


def test_lines_are_counted_as_an_editor_counts_them(with_a_second_tenant: Project) -> None:
    """A reason may go over several lines, and a blank line is no decision."""
    project = with_a_second_tenant
    project.write(
        "seeds/match_decisions.csv",
        "left_table,left_id,right_table,right_id,verdict,decided_by,decided_at,reason\n"
        f'{same(DH, TWIN, DH, OTHER_TITLE)},ann,,"one,\ntwo,\n""three"""\n'
        "\n"
        f"{same(DH, LEFT, DH, key(99))},ann,,because\n"
        "\n",
    )
    run = project.dbt(*DECISIONS)
    assert run.exit_code == 1
    (line,) = run.lines_with("match_decisions.csv, line ")
    assert f"line 6: dh_personas:{LEFT} and dh_personas:{key(99)} (decided by ann)" in line
    assert project.query("select line_number, reason from personas_staging.match_decisions order by 1") == [
        (2, 'one,\ntwo,\n"three"'),
        (6, "because"),
    ]


BROKEN_FILES = {
    "another header": ("left,right,verdict\na,b,same\n", "line 1: there is no column left_table"),
    "no header": (f"{PAIR},same,ann,2025-01-01,because\n", "line 1: there is no column left_table"),
    "a field too many": (
        "left_table,left_id,right_table,right_id,verdict,decided_by,decided_at,reason\n"
        f"{PAIR},same,ann,2025-01-01,because,well\n",
        "Row 0 has 9 values",
    ),
    "a field too few": (
        "left_table,left_id,right_table,right_id,verdict,decided_by,decided_at,reason\n"
        f"{PAIR},same,ann,2025-01-01\n",
        "line 2: dh_personas",
    ),
}


@pytest.mark.parametrize(("text", "phrase"), BROKEN_FILES.values(), ids=BROKEN_FILES)
def test_a_broken_file_of_decisions_stops_the_build(
    with_a_second_tenant: Project, text: str, phrase: str
) -> None:
    project = with_a_second_tenant
    versions = project.row_versions()
    project.write("seeds/match_decisions.csv", text)
    run = project.dbt(*DECISIONS)
    assert run.exit_code != 0
    assert run.lines_with(phrase), run.output
    assert project.row_versions() == versions


@pytest.mark.parametrize("text", [None, ""], ids=["no file", "an empty file"])
def test_without_a_file_of_decisions_nothing_is_taken_back(undecided: Project, text: str | None) -> None:
    """A lost file must not undo what was decided; a file with nothing but its header does."""
    undecided.decide(same(DH, LEFT, DH, RIGHT))
    undecided.build(*DECISIONS)
    versions = undecided.row_versions()
    undecided.write("seeds/match_decisions.csv", text or "")
    if text is None:
        (undecided.root / "seeds/match_decisions.csv").unlink()
    run = undecided.dbt(*DECISIONS)
    assert run.exit_code != 0
    said = (
        "node named 'match_decisions' which was not found" if text is None else "match_decisions.csv is empty"
    )
    assert run.lines_with(said), run.output
    assert undecided.row_versions() == versions
    undecided.write("seeds/match_decisions.csv", "")
    undecided.decide()
    undecided.build(*DECISIONS)
    assert state_of(undecided).persona_of[DH, RIGHT] == RIGHT


def test_a_decision_about_a_row_that_was_deleted_since_is_red_until_it_is_confirmed(
    undecided: Project,
) -> None:
    stale = ("build", "--select", "audit_stale_decisions", "match_decisions")
    undecided.decide(same(DH, TWIN, DH, OTHER_TITLE), same(DH, LEFT, DH, RIGHT))
    undecided.build(*DECISIONS)
    assert undecided.dbt(*stale).exit_code == 0
    # What a spreadsheet makes of a date is refused in its line, and confirms nothing.
    undecided.decide(
        same(DH, TWIN, DH, OTHER_TITLE), same(DH, LEFT, DH, RIGHT), decided_at="29/11/2026 10:00"
    )
    run = undecided.dbt(*DECISIONS)
    assert run.exit_code == 1
    assert run.lines_with("match_decisions.csv, line 2: ")[0].count("29/11/2026 10:00, which is no date") == 1
    undecided.decide(same(DH, TWIN, DH, OTHER_TITLE), same(DH, LEFT, DH, RIGHT))
    delete(undecided, DH, RIGHT)
    undecided.build(*DECISIONS)
    run = undecided.dbt(*stale)
    assert run.exit_code == 1
    (line,) = run.lines_with("match_decisions.csv, line 3: ")
    assert f"there is no legacy row dh_personas:{RIGHT}" in line
    # The build has followed it all the same: the id that was handed out stays.
    assert state_of(undecided).persona_of[DH, RIGHT] == LEFT
    undecided.decide(same(DH, TWIN, DH, OTHER_TITLE), same(DH, LEFT, DH, RIGHT), decided_at="2099-01-01")
    assert undecided.dbt(*stale).exit_code == 0
