"""What stands against a decision, and what a decision settles besides (no database)."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personas.errors import PersonasError
from personas.review.decisions import EMPTY, Decision, DecisionsFile, encoded, parse
from personas.review.rows import parse_key
from personas.review.rules import Row, problems, refusal, settled_by

T1, T2 = "tenant 1", "tenant 2"


def key(letter: str) -> str:
    """The key of a row of these tests."""
    table = "org_personas" if letter in "PQRST" else "dh_personas"
    return f"{table}:{ord(letter):08x}-0000-4000-8000-000000000000"


# A to F are shared, of which E and F are equal; P, Q are of one tenant, R, S of another; D is deleted.
ROWS = {
    **{key(letter): Row(persona_id=key(letter)[-36:]) for letter in "ABC"},
    key("D"): Row(is_deleted=True),
    **{key(letter): Row(persona_id=key("E")[-36:], equals=key("E")) for letter in "EF"},
    **{key(letter): Row(tenant_id=T1) for letter in "PQ"},
    **{key(letter): Row(tenant_id=T2) for letter in "RS"},
}


def decided(pair: str, verdict: str = "same") -> Decision:
    """`AB` → that A and B are the same."""
    (left_table, left_id), (right_table, right_id) = (key(letter).split(":") for letter in pair)
    return Decision(left_table, left_id, right_table, right_id, verdict, "Ann", "2026-11-25", "because")


def a_file(*decisions: Decision) -> DecisionsFile:
    """The file with these decisions, in lines from 2 on."""
    return parse(EMPTY.head + b"".join(encoded(one, b"\n") for one in decisions))


def parsed(text: str) -> list[Decision]:
    """`AB =`, `AB !` → decisions."""
    pairs = text.split()
    return [decided(pair[:2], "different" if pair.endswith("!") else "same") for pair in pairs]


REFUSED = {
    "a row with itself": ("", "AA", ["with itself is no pair"]),
    "an unknown row": ("", "AZ", [f"no legacy row {key('Z')}", "personas review list"]),
    "a deleted row": ("", "AD", [f"{key('D')} is deleted at the source"]),
    "again": (
        "AC AB",
        "BA",
        ["line 3 of seeds/match_decisions.csv decides this pair already: same (Ann,", "--replace"],
    ),
    "otherwise": ("AB", "AB!", ["line 2 of", "--replace puts different in its place", "undo"]),
    "two tenants": ("", "PR", [key("P"), T1, key("R"), T2, "never merge", "can only be different"]),
    "two tenants by way of a shared row": ("AP", "AR", [T1, T2, "by line 2 of", "undo"]),
    "two tenants by way of many": ("AB BC PC SR", "AS", [T1, T2, "by lines 2, 3, 4 of"]),
    "a chain that ends in different": ("AB BC", "AC!", ["by lines 2, 3 of", "undo"]),
    "different, then a chain": (
        "AC! AB",
        "BC",
        ["line 2 of", key("A"), "by line 3 of", f"undo {key('A')} {key('C')}"],
    ),
    "different, then the last of a ring": ("AB CP AP!", "BC", ["line 4 of", "by lines 2, 3 of"]),
    "equal rows, one kept apart": ("AF!", "AE", ["line 2 of", "by their equal values"]),
    "one of equal rows tied": ("AE", "AF!", ["by line 2 of"]),
}


@pytest.mark.parametrize(("lines", "new", "phrases"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_stand_is_refused_in_one_line(lines: str, new: str, phrases: list[str]) -> None:
    (wanted,) = parsed(new)
    told = refusal(wanted, a_file(*parsed(lines)), ROWS, replace=False)
    assert told is not None
    assert "\n" not in told
    for phrase in phrases:
        assert phrase in told


TAKEN = {
    "the first": ("", "AB"),
    "two tenants are different": ("AP", "PR!"),
    "a chain": ("AB BC", "CP"),
    "a ring": ("AB BC", "AC"),
    "different of different": ("AB! BC!", "AC!"),
    "equal rows kept apart": ("", "EF!"),
    "equal rows kept apart are no tie": ("EF! AE", "AF!"),
    "a chain that a line about an unknown row would close": ("AZ ZB", "AB!"),
    "a chain that a line about two tenants would close": ("PR AP", "AR!"),
}


@pytest.mark.parametrize(("lines", "new"), TAKEN.values(), ids=TAKEN)
def test_what_can_stand_is_taken(lines: str, new: str) -> None:
    (wanted,) = parsed(new)
    assert refusal(wanted, a_file(*parsed(lines)), ROWS, replace=False) is None


def test_a_line_that_gives_way_does_not_count() -> None:
    file = a_file(*parsed("AB BC"))
    again, otherwise, chained = parsed("AB BC! AC!")
    assert refusal(again, file, ROWS, replace=True) is None
    assert refusal(otherwise, file, ROWS, replace=True) is None
    assert "by lines 2, 3" in str(refusal(chained, file, ROWS, replace=True))


letters = st.sampled_from("ABCEFPQRS")
lists = st.lists(
    st.builds(decided, st.tuples(letters, letters).map("".join), st.sampled_from(["same", "different"]))
)


@given(lists)
@settings(max_examples=400, deadline=None)
def test_what_is_taken_is_no_problem_and_what_is_refused_would_be_one(wanted: list[Decision]) -> None:
    stand: list[Decision] = []
    for new in wanted:
        told = refusal(new, a_file(*stand), ROWS, replace=False)
        after = a_file(*stand, new)
        if told is None:
            assert problems(after, ROWS) == []
            stand.append(new)
        elif "--replace renews" not in told:
            assert problems(after, ROWS) != []


def test_each_line_at_which_the_build_will_stop_is_named() -> None:
    lines = [
        *parsed("AB AB! BC"),
        decided("AP", "maybe"),
        decided("AZ"),
        decided("CC"),
        decided("PR"),
        replace(decided("AQ", "different"), decided_by=" "),
    ]
    found = dict(problems(a_file(*lines), ROWS))
    assert sorted(found) == [2, 3, 5, 6, 7, 8, 9]
    for line, phrase in {
        2: "line 3 says the contrary",
        3: "line 2 says the contrary",
        5: "the verdict maybe is neither",
        6: f"no legacy row {key('Z')}",
        7: "with itself",
        8: "two tenants'",
        9: "who decided, or why",
    }.items():
        assert phrase in found[line]


def test_chains_that_cannot_stand_are_named() -> None:
    found = dict(problems(a_file(*parsed("AB BC AC! AP CR QB!")), ROWS))
    assert sorted(found) == [2, 3, 4, 5, 6]
    assert "by lines 2, 3 of" in found[4]
    assert "two tenants" in found[2]


def test_a_decision_about_a_deleted_row_stands_but_wants_to_be_confirmed() -> None:
    file = a_file(decided("AD"), decided("AB"))
    assert problems(file, ROWS) == [], "no build has missed the row yet"
    missed = {**ROWS, key("D"): replace(ROWS[key("D")], deleted_at="2026-11-26T00:00:00Z")}
    ((line, told),) = problems(file, missed)
    assert line == 2
    assert f"since 2026-11-26T00:00:00Z there is no legacy row {key('D')}" in told
    assert "--replace" in str(refusal(decided("AD"), file, missed, replace=False))
    assert refusal(decided("AD"), file, missed, replace=True) is None
    later = replace(decided("AD"), decided_at="2026-11-26T08:00:00Z")
    assert problems(a_file(later, decided("AB")), missed) == []


@pytest.mark.parametrize(
    "text", ["29/11/2026 10:00", "11/29/2026", "2026-02-30", "20261129", "2026-11-29T25:00Z", "46355"]
)
def test_what_a_spreadsheet_makes_of_a_date_is_no_date(text: str) -> None:
    file = a_file(replace(decided("AB"), decided_at=text))
    ((line, told),) = problems(file, ROWS)
    assert (line, told.partition(",")[0]) == (2, f"decided_at is {text}")


def test_dates_are_compared_as_moments() -> None:
    missed = {**ROWS, key("D"): replace(ROWS[key("D")], deleted_at="2026-11-26T00:00:00Z")}
    for moment, is_later in {
        "2026-11-26T04:00:00+05:00": False,
        "2026-11-25 22:00-03:00": True,
        "2026-11-26": True,
        " 2026-11-25T23:59:59.9 ": False,
    }.items():
        confirmed = a_file(replace(decided("AD"), decided_at=moment), decided("AB"))
        assert (problems(confirmed, missed) == []) is is_later, moment


# --- what is settled besides ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "pair", "expected"),
    [
        ("", "AB", False),
        ("BA", "AB", True),
        ("BA!", "AB", True),
        ("AB BC", "AC", True),
        ("AB BC!", "AC", True),
        ("AB! BC!", "AC", False),
        ("AE", "AF", True),
        ("AE!", "AF", True),
        ("AB", "AC", False),
    ],
)
def test_a_pair_is_settled_by_what_is_said_of_others(lines: str, pair: str, expected: bool) -> None:
    settled = settled_by(a_file(*parsed(lines)), ROWS)
    keys = [key(letter) for letter in pair]
    assert settled.covers(keys, [ROWS[one].persona_id or one for one in keys]) is expected


def test_a_key_is_read_in_any_spelling() -> None:
    assert parse_key(f" {key('A').upper()} ") == key("A")


@pytest.mark.parametrize(
    "text", ["", "A", "dh_personas", key("A")[:-1], "people:" + key("A")[12:], "dh_personas:\x1b[2J"]
)
def test_what_is_no_key_is_one_line(text: str) -> None:
    with pytest.raises(PersonasError, match="is no row") as raised:
        parse_key(text)
    assert raised.value.message.isprintable()
