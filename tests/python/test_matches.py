"""Probable pairs in the database: `int_persona_matches`, `match_review_queue`, and deciding them."""

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from generated_personas import generate
from linkage_scores import law_5, pairs_of
from linking_in_build import load

from dbt_project import DECISIONS, WITHOUT_TESTS, Project, Workshop, build_demo, build_field
from verified import WHOLE, Console

MATCHES = "personas_intermediate.int_persona_matches"
QUEUE = "personas_audit.match_review_queue"
LINK = ("run", "--select", "int_persona_matches")
# Fields that a persona shows in other words than its rows, and those that tell the two rows apart.
NOT_COMPARED = {"decision_authority"}


def queue(project: Project) -> list[dict[str, Any]]:
    """The queue, most probable first."""
    rows = project.query(f"select to_jsonb(q) from {QUEUE} as q order by match_probability desc, left_id")
    return [row for (row,) in rows]


def sides(pair: dict[str, Any]) -> tuple[str, str]:
    """The two rows as `table:id`."""
    return (f"{pair['left_table']}:{pair['left_id']}", f"{pair['right_table']}:{pair['right_id']}")


def decision(pair: dict[str, Any], verdict: str) -> str:
    """A line of seeds/match_decisions.csv."""
    return f"{pair['left_table']},{pair['left_id']},{pair['right_table']},{pair['right_id']},{verdict}"


def personas(project: Project) -> dict[str, dict[str, Any]]:
    """id → what the persona shows, its profile beside its columns."""
    rows = project.query(
        "select id::text, profile || (to_jsonb(personas) - 'profile') from personas.personas"
    )
    return dict(rows)


# --- the real rows ------------------------------------------------------------------------------------------

# What a person who knows the field expects to be asked: names, or names and titles where persons are meant.
EXPECTED = (
    ("Medical Writer", "Medical Writer", 3),
    ("Thomas Anderson", "Thomas Anderson", 1),
    ("Clinical Operations Director", "Clinical Operations Director", 3),
    ("Product Manager (Digital Health)", "Digital Health Product Manager", 1),
)


@pytest.fixture(scope="module")
def field(workshop_18: Workshop, shared_legacy: Path) -> Iterator[Project]:
    """The real rows, loaded and built."""
    with workshop_18.project("field", lambda project: build_field(project, shared_legacy)) as project:
        yield project


def named(project: Project, one: str, other: str) -> list[dict[str, Any]]:
    """The pairs of the queue of which one row has the one name or title, and the other row the other."""

    def called(record: dict[str, Any]) -> set[str]:
        return {record.get("name", ""), record.get("title", "")}

    return [
        pair
        for pair in queue(project)
        if (one in called(pair["left_record"]) and other in called(pair["right_record"]))
        or (other in called(pair["left_record"]) and one in called(pair["right_record"]))
    ]


@pytest.mark.parametrize(("one", "other", "pairs"), EXPECTED, ids=[name for name, _, _ in EXPECTED])
def test_what_a_person_would_ask_is_in_the_queue_with_reasons(
    field: Project, one: str, other: str, pairs: int
) -> None:
    found = named(field, one, other)
    assert len(found) == pairs
    for pair in found:
        told = " ".join(pair["reasons"])
        assert "role title" in told or "name: same name" in told, pair["reasons"]
        assert pair["merging_would"][0].startswith(f"persona {pair['surviving_persona_id']} stays; ")


def test_none_of_them_merges_by_itself(field: Project) -> None:
    assert field.value("select count(*) from personas.personas") == 118 + 35
    assert field.value("select count(*) from personas.persona_source_mapping where match_rule <> 'own'") == 0


def test_deciding_them_merges_them_and_the_verdict_stays_go(
    workshop_18: Workshop, shared_legacy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workshop_18.project("field", lambda project: build_field(project, shared_legacy)) as project:
        offered = [pair for one, other, _ in EXPECTED for pair in named(project, one, other)]
        project.decide(*(decision(pair, "same") for pair in offered))
        project.build(*WHOLE)
        resolved = dict(
            project.query("select source_table || ':' || old_id, persona_id::text from personas.persona_ids")
        )
        for pair in offered:
            left, right = (resolved[side] for side in sides(pair))
            assert left == right
        merged = {resolved[side] for pair in offered for side in sides(pair)}
        rows = {side for pair in offered for side in sides(pair)}
        assert project.value("select count(*) from personas.personas") == 153 - len(rows) + len(merged)
        assert not [pair for pair in queue(project) if set(sides(pair)) <= rows]
        assert Console(project, monkeypatch).verify()["verdict"] == "GO"


# --- the queue ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(workshop: Workshop) -> Iterator[Project]:
    """The demo, built; not to be changed."""
    with workshop.project("demo", build_demo) as project:
        yield project


def test_the_queue_is_what_linkage_found_and_nobody_has_settled(demo: Project) -> None:
    """By an account of its own: all pairs, less those that are one persona already."""
    waiting = queue(demo)
    assert len(waiting) > 20
    expected = demo.query(
        f"select least(l.persona_id, r.persona_id)::text, greatest(l.persona_id, r.persona_id)::text"
        f", max(match_weight) from {MATCHES}"
        " join personas.persona_source_mapping l on left_key = l.source_table || ':' || l.source_id"
        " join personas.persona_source_mapping r on right_key = r.source_table || ':' || r.source_id"
        " where l.persona_id <> r.persona_id group by 1, 2"
    )
    assert {
        (*sorted((pair["left_persona_id"], pair["right_persona_id"])), pair["match_weight"])
        for pair in waiting
    } == set(expected)
    assert len(expected) == len(waiting), "each two personas once"


def test_nobody_is_asked_about_two_tenants(demo: Project) -> None:
    assert demo.value(f"select count(*) from {QUEUE} where left_tenant_id <> right_tenant_id") == 0


def test_each_pair_says_why_in_words_that_add_up(demo: Project) -> None:
    for pair in queue(demo):
        weights = [float(reason.rpartition(" (")[2].rstrip(")")) for reason in pair["reasons"]]
        assert sum(weights) == pytest.approx(pair["match_weight"], abs=0.05 * len(weights) + 0.001)


def test_linking_again_writes_nothing(demo: Project) -> None:
    versions = f"select ctid::text, xmin::text from {MATCHES} order by ctid"
    before = demo.query(versions)
    demo.build(*LINK)
    demo.build(*LINK, "--full-refresh")
    demo.build("build", "--select", "int_persona_matches", "--empty")
    assert demo.query(versions) == before


def test_pairs_follow_the_rows(project_18: Project) -> None:
    before = project_18.value(f"select count(*) from {MATCHES}")
    project_18.execute(
        "insert into dh_personas (unique_id, persona_code, name, title, organization)"
        " values ('a', 'A', 'Prof. Zora Quill', 'VP Regulatory Affairs', 'Quill & Sons'),"
        " ('b', 'B', 'Quill, Zora', 'Vice President, Regulatory Affairs', 'Quill and Sons')"
    )
    project_18.build(*LINK)
    zora = (
        f"select count(*) from {MATCHES} join dh_personas l on left_key = 'dh_personas:' || l.id"
        " join dh_personas r on right_key = 'dh_personas:' || r.id"
        " where l.name ~ 'Zora' and r.name ~ 'Zora'"
    )
    assert project_18.value(zora) == 1
    project_18.execute("delete from dh_personas where name ~ 'Zora'")
    project_18.build(*LINK)
    assert project_18.value(f"select count(*) from {MATCHES}") == before


BAD_SETTINGS = {
    "a probability that is none": ({"match_queue_probability": 7}, "the queue's probability is 7"),
    "a word for a number": ({"match_queue_probability": "often"}, "match_queue_probability is 'often'"),
    "an engine that is none": ({"linkage_engine": "abacus"}, "linkage_engine is abacus"),
}


@pytest.mark.parametrize(("variables", "phrase"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_a_bad_setting_is_named_and_the_pairs_stay(
    project_18: Project, variables: dict[str, object], phrase: str
) -> None:
    before = project_18.query(f"select * from {MATCHES} order by left_key, right_key")
    run = project_18.dbt(*LINK, variables=variables)
    assert run.exit_code == 1
    assert run.lines_with(phrase), run.output
    assert project_18.query(f"select * from {MATCHES} order by left_key, right_key") == before


def test_the_threshold_is_a_variable(project_18: Project) -> None:
    likely = project_18.value(f"select count(*) from {MATCHES} where match_probability >= 0.1")
    project_18.build(*LINK, variables={"match_queue_probability": 0.1})
    assert project_18.value(f"select count(*) from {MATCHES}") == likely > 0


@pytest.mark.long
def test_spark_finds_the_same_pairs_inside_a_build(project_18: Project) -> None:
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        pytest.skip("no pyspark or no java; .ci/long installs both")
    on_duckdb = project_18.query(f"select * from {MATCHES} order by left_key, right_key")
    project_18.execute(f"delete from {MATCHES}")
    project_18.build(*LINK, variables={"linkage_engine": "spark"})
    assert project_18.query(f"select * from {MATCHES} order by left_key, right_key") == on_duckdb


# --- what merges by itself ----------------------------------------------------------------------------------


def build_generated(project: Project) -> None:
    """8,000 generated personas of which it is known who is whom, built."""
    with project.connect() as connection:
        load(connection, 8_000)
    project.build(*WITHOUT_TESTS)


def test_what_merges_by_itself_is_all_exact_evidence_and_never_false(workshop_18: Workshop) -> None:
    """Among look-alikes that agree in three of the four values; by the truth, and by law 5 written apart."""
    made = generate(4_000, seed=1)
    with workshop_18.project("look_alikes", build_generated) as project:
        merged = project.query(
            "select array_agg(source_table || ':' || source_id) from personas.persona_source_mapping"
            " group by persona_id having count(*) > 1"
        )
        groups = [keys for (keys,) in merged]
        assert all(len({made.entities[key] for key in keys}) == 1 for keys in groups)
        assert pairs_of(groups) == law_5(made.records)
        assert len(groups) > 100
        waiting = {tuple(sorted(sides(pair))) for pair in queue(project)}
        assert len(waiting) > 500
        assert not waiting & pairs_of(groups)


# --- deciding -----------------------------------------------------------------------------------------------


def disjoint(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pairs of which no two have a persona in common."""
    chosen, taken = [], set[str]()
    for pair in pairs:
        both = {pair["left_persona_id"], pair["right_persona_id"]}
        if not both & taken:
            chosen.append(pair)
            taken |= both
    return chosen


def test_merging_changes_what_the_queue_said_it_would(workshop_18: Workshop) -> None:
    """For pairs of two rows, compared with the personas before and after."""
    with workshop_18.project("demo", build_demo) as project:
        alone = {
            row
            for (row,) in project.query(
                "select min(persona_id::text) from personas.persona_source_mapping"
                " group by persona_id having count(*) = 1"
            )
        }
        chosen = [
            pair
            for pair in disjoint(queue(project))
            if {pair["left_persona_id"], pair["right_persona_id"]} <= alone
        ]
        assert len(chosen) > 10
        assert {(pair["left_table"], pair["right_table"]) for pair in chosen} >= {
            ("dh_personas", "dh_personas"),
            ("dh_personas", "org_personas"),
        }
        before = personas(project)
        project.decide(*(decision(pair, "same") for pair in chosen))
        project.build(*DECISIONS)
        after = personas(project)
        tried = half_private = 0
        for pair in chosen:
            survivor = pair["surviving_persona_id"]
            (retired,) = {pair["left_persona_id"], pair["right_persona_id"]} - {survivor}
            assert survivor in after
            assert retired not in after
            if bool(pair["left_tenant_id"]) != bool(pair["right_tenant_id"]):
                assert after[survivor] == before[survivor], "what is private is kept private"
                assert pair["changes"] == []
                assert "the persona stays shared" in " ".join(pair["merging_would"])
                half_private += 1
                continue
            told = {change["field"]: change for change in pair["changes"]}
            for name in (before[survivor].keys() | before[retired].keys()) - NOT_COMPARED:
                kept, given, shown = (
                    persona.get(name) for persona in (before[survivor], before[retired], after[survivor])
                )
                if name not in pair["left_record"] and name not in pair["right_record"]:
                    continue
                tried += 1
                is_gained = not filled(kept) and filled(given)
                is_lost = filled(kept) and filled(given) and kept != given
                assert (name in told) == (is_gained or is_lost), (name, kept, given)
                if name in told:
                    assert told[name]["stays"] == shown
                    assert told[name]["is_gained"] == is_gained
                    assert told[name]["loses"] == ([given] if is_lost else [])
        assert tried > 100
        assert half_private > 0


def test_the_row_that_gave_a_persona_its_id_speaks_first(project_18: Project) -> None:
    """Though an older row joined it, and a younger one is asked about."""
    first, older, younger = (f"44444444-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
    insert = (
        "insert into dh_personas (id, unique_id, persona_code, name, title, notes, created_at)"
        " values ('{0}', '{0}', '{0}', '{1}', 'Title', '{1}', '{2}')"
    )
    project_18.execute(insert.format(first, "first", "2024-01-01"))
    project_18.build(*WITHOUT_TESTS)
    project_18.execute(
        insert.format(older, "older", "2020-01-01"), insert.format(younger, "younger", "2025-01-01")
    )
    joined = f"dh_personas,{first},dh_personas,{older},same"
    project_18.decide(joined)
    project_18.build(*DECISIONS)
    project_18.execute(
        f"insert into {MATCHES} values"
        f" ('dh_personas:{older}', 'dh_personas:{younger}', 5, 0.97, '[]', 'by hand')"
    )
    (pair,) = [pair for pair in queue(project_18) if pair["right_id"] == younger]
    assert pair["surviving_persona_id"] == first
    told = {change["field"]: (change["stays"], change["loses"]) for change in pair["changes"]}
    assert told["notes"] == ("first", ["older", "younger"])
    project_18.decide(joined, decision(pair, "same"))
    project_18.build(*DECISIONS)
    assert personas(project_18)[first]["notes"] == "first"


def filled(value: Any) -> bool:
    """Whether it says anything."""
    return value not in (None, "", [], {})


def test_a_pair_that_is_kept_apart_is_not_offered_again(project_18: Project) -> None:
    """Nor another pair of the same two personas."""
    waiting = queue(project_18)
    merged = project_18.value(
        "select persona_id::text from personas.persona_source_mapping where match_rule = 'exact'"
        f" and persona_id in (select left_persona_id from {QUEUE} union select right_persona_id from {QUEUE})"
        " limit 1"
    )
    asked = next(pair for pair in waiting if merged in (pair["left_persona_id"], pair["right_persona_id"]))
    project_18.decide(decision(asked, "different"))
    project_18.build(*DECISIONS)
    left = queue(project_18)
    both = {asked["left_persona_id"], asked["right_persona_id"]}
    assert len(left) == len(waiting) - 1
    assert not [pair for pair in left if {pair["left_persona_id"], pair["right_persona_id"]} == both]


def test_a_decided_row_says_how_probable_it_was(project_18: Project) -> None:
    asked = queue(project_18)[0]
    project_18.decide(decision(asked, "same"))
    project_18.build(*DECISIONS)
    told = project_18.query(
        "select match_rule, match_probability from personas.persona_source_mapping"
        " where source_id::text = any(%s)",
        [asked["left_id"], asked["right_id"]],
    )
    assert told == [("decision", asked["match_probability"])] * 2
    alone = "select count(*) from personas.persona_source_mapping where match_rule = 'own'"
    assert project_18.value(f"{alone} and match_probability is not null") == 0


def test_two_tenants_are_not_offered_by_way_of_a_shared_persona(project_18: Project) -> None:
    """A shared persona that has a private row of one tenant is not offered to a row of another."""
    for number in (1, 2):
        tenant, row = (f"{digit * 8}-0000-4000-8000-00000000000{number}" for digit in "12")
        project_18.execute(
            "insert into tenants (id, name, slug, type)"
            f" values ('{tenant}', 'T{number}', 'T{number}', 'client')",
            "insert into org_personas (id, unique_id, code, tenant_id, name)"
            f" values ('{row}', 'Z{number}', 'Z{number}', '{tenant}', 'Chief Zeppelin Officer')",
        )
    project_18.execute(
        "insert into dh_personas (id, unique_id, persona_code, name, title)"
        " values ('33333333-0000-4000-8000-000000000001', 'Z', 'Z', 'Chief Zeppelin Officer', 'Zeppelins')"
    )
    project_18.build(*WITHOUT_TESTS)
    zeppelins = f"select count(*) from {QUEUE} where left_record ->> 'name' ~ 'Zeppelin'"
    assert project_18.value(zeppelins) == 2, "each tenant's row with the shared one"
    project_18.decide(
        "org_personas,22222222-0000-4000-8000-000000000001,dh_personas,33333333-0000-4000-8000-000000000001,same"
    )
    project_18.build(*DECISIONS)
    assert project_18.value(zeppelins) == 0
