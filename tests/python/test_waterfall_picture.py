"""The waterfall of a pair: bars whose places are worked out by hand."""

import pytest

from personas.proof.review_queue import Pair, Row, Step
from personas.proof.waterfall_picture import Bar, drawn, percent, signed

ROW = Row("dh_personas", "1", None, "a", "b")


def pair(*steps: Step, weight: float, probability: float) -> Pair:
    """A pair of which only the waterfall is looked at."""
    return Pair(probability, weight, "", ROW, ROW, (), (), steps, (), ())


def parts(bar: Bar) -> list[tuple[str, float, float]]:
    """Kind, left and right end of its parts, in per cent of the width."""
    return [(part.kind, part.x, round(part.x + part.width, 2)) for part in bar.parts]


def test_each_bar_begins_where_the_one_above_ends_and_the_total_is_their_sum() -> None:
    # From -8 to 9.2, which is where the third would end but for rarity: 86 % for 17.2, thus 5 % for each 1.
    picture = drawn(
        pair(
            Step("start", "any two", -8.0),
            Step("name", "same name", 12.0, rarity=4.0),
            Step("title", "same title", 2.0, rarity=-3.2),
            Step("industry", "different industries", -2.0),
            weight=4.0,
            probability=0.941176,
        )
    )
    assert [(bar.kind, bar.title, bar.value, bar.end, parts(bar)) for bar in picture.bars] == [
        ("start", "start", "\u22128.0", 7.0, [("solid", 7.0, 47.0)]),
        ("up", "name", "+12.0", 67.0, [("solid", 7.0, 47.0), ("rarity", 47.0, 67.0)]),
        ("up", "title", "+2.0", 77.0, [("solid", 67.0, 77.0), ("common", 77.0, 93.0)]),
        ("down", "industry", "\u22122.0", 67.0, [("solid", 67.0, 77.0)]),
        ("total", "all together", "+4.0", 67.0, [("solid", 47.0, 67.0)]),
    ]
    assert [(tick.x, tick.weight, tick.probability, tick.is_even) for tick in picture.ticks] == [
        (22.0, "\u22125", "3.0\u00a0%", False),
        (47.0, "0", "50\u00a0%", True),
        (72.0, "5", "97.0\u00a0%", False),
    ]
    assert [bar.lines for bar in picture.bars] == [
        ("any two",),
        ("same name", "4.0 more because the value is rare"),
        ("same title", "3.2 less because the value is common"),
        ("different industries",),
        ("94.1\u00a0% probable",),
    ]
    assert "industry, different industries: \u22122.0; all together" in picture.text


def test_what_rarity_alone_turns_is_drawn_as_rarity() -> None:
    # From -5 to 3.6: 10 % for each 1.
    picture = drawn(
        pair(
            Step("start", "", -4.0),
            Step("speaks against, but rare", "", 2.0, rarity=3.0),
            Step("speaks for", "", 3.6),
            Step("speaks for, but common", "", -2.0, rarity=-4.0),
            weight=-0.4,
            probability=0.43,
        )
    )
    assert [parts(bar) for bar in picture.bars[1:4]] == [
        [("rarity", 17.0, 37.0), ("common", 7.0, 17.0)],
        [("solid", 37.0, 73.0)],
        [("rarity", 53.0, 73.0), ("common", 73.0, 93.0)],
    ]
    assert [bar.kind for bar in picture.bars] == ["start", "up", "up", "down", "total"]


def test_bars_and_their_words_do_not_meet() -> None:
    long = "same role title once abbreviations are written out, whatever the order of its words"
    picture = drawn(
        pair(Step("start", "x", -1.0), Step("title", long, 2.0, -1.0), weight=1.0, probability=0.67)
    )
    title = picture.bars[1]
    assert title.lines == (
        "same role title once abbreviations are written",
        "out, whatever the order of its words",
        "1.0 less because the value is common",
    )
    for above, below in zip(picture.bars, picture.bars[1:], strict=False):
        assert above.bottom < below.y < below.top
    assert picture.bars[-1].bottom < picture.axis < picture.height


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, "<0.01"),
        (0.000976, "0.10"),
        (0.0062, "0.62"),
        (0.0838, "8.4"),
        (0.5, "50"),
        (0.847849, "85"),
        (0.999344, "99.93"),
        (1.0, ">99.99"),
    ],
)
def test_a_probability_has_more_digits_near_its_ends(probability: float, words: str) -> None:
    assert percent(probability) == f"{words}\u00a0%"


def test_nothing_has_a_negative_sign() -> None:
    assert [signed(weight) for weight in (-0.04, 0.0, 0.04, -0.06)] == ["+0.0", "+0.0", "+0.0", "\u22120.1"]
