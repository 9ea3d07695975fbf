"""A pair as it is drawn: what is shown, marked, cut and escaped (no database)."""

from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personas.review.page import DIFFERS, ONLY_ONE, SAME, bar, draw, fields_of, percent, shown
from personas.review.text import columns_of, cut, cut_both, fill, visible, wrap

texts = st.text(st.characters(), max_size=60)
widths = st.integers(3, 40)


@given(texts, widths)
def test_cut_and_filled_text_is_as_wide_as_promised(text: str, columns: int) -> None:
    plain = visible(text)
    assert columns_of(cut(plain, columns)) <= columns
    assert columns_of(fill(plain, columns)) == columns
    lines = wrap(plain, columns, 3)
    assert 1 <= len(lines) <= 3
    assert all(columns_of(line) <= columns for line in lines)


@given(texts)
def test_what_is_visible_steers_nothing_and_stays_so(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Müller 日本 🙂", "Müller 日本 🙂"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("a\u00a0b\u202ec\u200d", "a\\xa0b\\u202ec\\u200d"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, expected: str) -> None:
    assert visible(text) == expected


def test_wide_characters_count_twice_and_accents_not_at_all() -> None:
    assert (columns_of("日本"), columns_of("e\u0301")) == (4, 1)
    assert fill("日本語", 5) == "日本…"


@given(st.text("ab ", max_size=40), st.text("ab ", max_size=40), st.integers(8, 30))
@settings(max_examples=300)
def test_two_values_that_differ_are_cut_so_that_it_shows(left: str, right: str, columns: int) -> None:
    one, other = cut_both(left, right, columns)
    assert (one == other) is (left == right)
    assert max(columns_of(one), columns_of(other)) <= columns


def test_fields_are_marked_and_empty_ones_left_out() -> None:
    left = {"name": "Ann", "tags": [], "tier": 3, "notes": "x", "goals": ["a", "b"]}
    right = {"name": "Ann", "tags": None, "tier": 4, "goals": "", "code": "P1"}
    found = {field.name: (field.left, field.right, field.mark) for field in fields_of(left, right)}
    assert list(found)[:2] == ["name", "code"]
    assert found == {
        "name": ("Ann", "Ann", SAME),
        "code": ("", "P1", ONLY_ONE),
        "tier": ("3", "4", DIFFERS),
        "goals": ("a; b", "", ONLY_ONE),
        "notes": ("x", "", ONLY_ONE),
    }


@pytest.mark.parametrize(
    ("value", "expected"), [(0, "0"), (False, "false"), ({"a": 1}, '{"a": 1}'), ([1], "[1]")]
)
def test_a_value_that_is_not_text_is_shown_as_json(value: object, expected: str) -> None:
    assert shown(value) == expected


def test_no_probability_is_shown_as_certainty() -> None:
    assert [percent(value) for value in (0.5, 0.99999, 0.0001)] == ["50.0 %", "> 99.9 %", "< 0.1 %"]


def test_weights_are_bars_to_either_side() -> None:
    assert bar(10, 10) == " " * 11 + "│" + "█" * 11
    assert bar(-0.01, 10) == " " * 10 + "█│" + " " * 11
    assert bar(0, 0) == " " * 11 + "│" + " " * 11


def a_pair(values: dict[str, str]) -> dict[str, Any]:
    """A row of the queue."""
    return {
        "left_key": "dh_personas:6dd3411d-8ab3-4c52-9a58-ea1a2d72a578",
        "right_key": "org_personas:be443d0f-00e3-48c3-81d8-9a3a0283bb58",
        "match_probability": 0.5,
        "match_weight": 0.0,
        "waterfall": [{"comparison": name, "label": value, "weight": 1.5} for name, value in values.items()],
        "left_record": values,
        "right_record": {name: value[::-1] for name, value in values.items()},
        "left_tenant_id": None,
        "right_tenant_id": "40e3306e-69c2-4ba8-af1f-c5ade9d04ba6",
        "merging_would": list(values.values()),
        "changes": [],
    }


@given(
    st.dictionaries(texts, texts, max_size=6), st.integers(40, 200), st.integers(10, 60), st.booleans(), texts
)
@settings(deadline=None)
def test_a_page_of_anything_is_no_wider_than_the_terminal_and_steers_nothing(
    values: dict[str, str], width: int, height: int, full: bool, remark: str
) -> None:
    for line in map(click.unstyle, draw(a_pair(values), "1 of 2", width, height, full, [remark])):
        assert line.isprintable()
        assert columns_of(line) <= max(60, width - 1)
