"""A pair as it is drawn: pure functions from the queue's row to lines of a terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from personas.proof.json_text import VALUE_LIMIT, as_text
from personas.proof.review_queue import sentences_besides
from personas.review.queue import Details
from personas.review.text import columns_of, cut, cut_both, fill, visible, wrap

NARROWEST = 60
_NAMES = 18
_BAR = 11
_LINES_A_VALUE = 8
_FEWEST_FIELDS = 5

# What says most; then what people look at first; the other fields follow by name.
_CORE = ("name", "title", "organization", "department", "function")
_FIRST = (
    *_CORE,
    "typical_titles",
    "description",
    "unique_id",
    "persona_code",
    "code",
)

_MERGING = ["", click.style("Merging would change", bold=True)]

DIFFERS, ONLY_ONE, SAME = "≠", "+", " "
_LEGEND = f"{DIFFERS} differ {ONLY_ONE} in one"


@dataclass(frozen=True)
class Field:
    """A field that either record has."""

    name: str
    left: str
    right: str
    mark: str


def fields_of(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Field]:
    """The fields that either of two records has, those that people look at first before the rest."""
    found = []
    for name in {**left, **right}:
        values = left.get(name), right.get(name)
        one, other = map(shown, values)
        if one or other:
            is_same = one == other and (values[0] == values[1] or len(one) <= VALUE_LIMIT)
            mark = SAME if is_same else DIFFERS if one and other else ONLY_ONE
            found.append(Field(visible(name), one, other, mark))
    places = {name: place for place, name in enumerate(_FIRST)}
    marks = {mark: place for place, mark in enumerate((DIFFERS, ONLY_ONE, SAME))}
    return sorted(
        found, key=lambda field: (places.get(field.name, len(places)), marks[field.mark], field.name)
    )


def shown(value: Any) -> str:
    """A value of a record in one visible line, a long one cut; '' for one that is empty."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, list) and all(type(item) is str for item in value):
        value = "; ".join(value)
    return visible(as_text(value) or "")


def percent(probability: float) -> str:
    """`99.9 %`, never rounded to certainty."""
    rounded = f"{probability * 100:.1f}"
    return f"{'> 99.9' if rounded == '100.0' else '< 0.1' if rounded == '0.0' else rounded} %"


def bar(weight: float, scale: float) -> str:
    """A weight as a bar to the right, or against it to the left, of a middle; `scale` fills a side."""
    length = min(_BAR, max(1, round(abs(weight) / scale * _BAR))) if scale and weight else 0
    against, in_favour = ("█" * length, "") if weight < 0 else ("", "█" * length)
    return f"{against:>{_BAR}}│{in_favour:<{_BAR}}"


def draw(
    details: Details, position: str, width: int, height: int, full: bool = False, remarks: Sequence[str] = ()
) -> list[str]:
    """The page of a pair: as much as fits into the height, or all of it. `remarks` come last."""
    width = max(NARROWEST, width - 1)
    fields = fields_of(details["left_record"], details["right_record"])
    top = [*_heading(details, position, width), *_whose(details, width)]
    why = _why(details, width)
    notes = [line for remark in remarks for line in wrap(visible(remark), width, 4)]
    everything = [*top, *_table(fields, width, wrapped=True), *why, *_merging(details, width), *notes]
    if full or len(everything) <= height:
        return everything
    everything = [*top, *_table(fields, width), *why, *_merging(details, width), *notes]
    if len(everything) <= height:
        return everything
    rest = [*why, *_merging_in_short(details, width), *notes]
    room = max(_FEWEST_FIELDS, height - len(top) - len(rest))
    return [*top, *_table(fields, width, room=room), *rest]


def _heading(details: Details, position: str, width: int) -> list[str]:
    left, right = f"━━ {position} ", f" probability {percent(details['match_probability'])} ━━"
    return [click.style(left + "━" * (width - columns_of(left) - columns_of(right)) + right, bold=True)]


def _column(width: int) -> int:
    return (width - _NAMES - 4) // 2


def _row(mark: str, name: str, left: str, right: str, width: int) -> str:
    column = _column(width)
    return f"{mark} {fill(name, _NAMES)}{fill(left, column)}  {cut(right, column)}".rstrip()


def _whose(details: Details, width: int) -> list[str]:
    def of(side: str) -> tuple[str, str]:
        table, _, row_id = details[f"{side}_key"].partition(":")
        tenant = details[f"{side}_tenant_id"]
        return f"{table}, {f'tenant {tenant}' if tenant else 'shared'}", row_id

    wholes, ids = zip(of("left"), of("right"), strict=True)
    return [
        click.style(_row(SAME, _LEGEND, *wholes, width), bold=True),
        click.style(_row(SAME, "id", *ids, width), dim=True),
    ]


def _table(fields: Sequence[Field], width: int, wrapped: bool = False, room: int | None = None) -> list[str]:
    kept = fields if room is None or len(fields) <= room else _most_telling(fields, room - 1)
    lines = [line for field in kept for line in _field(field, width, wrapped)]
    if len(kept) < len(fields):
        left_out = [field for field in fields if field not in kept]
        differing = sum(field.mark == DIFFERS for field in left_out)
        told = f"  … {len(left_out)} more, {differing} of them differing; f shows all"
        lines.append(click.style(told, dim=True))
    return lines


def _most_telling(fields: Sequence[Field], room: int) -> list[Field]:
    """What says most, then what differs, then what only one has; in the order of the table."""
    marks = {mark: place for place, mark in enumerate((DIFFERS, ONLY_ONE, SAME))}
    ranked = sorted(fields, key=lambda field: (field.name not in _CORE, marks[field.mark]))[:room]
    return [field for field in fields if field in ranked]


def _field(field: Field, width: int, wrapped: bool) -> list[str]:
    column = _column(width)
    if wrapped:
        left, right = (wrap(value, column, _LINES_A_VALUE) for value in (field.left, field.right))
    else:
        left, right = ([value] for value in cut_both(field.left, field.right, column))
    lines = []
    for place in range(max(len(left), len(right))):
        one, other = (side[place] if place < len(side) else "" for side in (left, right))
        mark, name = (field.mark, field.name) if place == 0 else (SAME, "")
        line = _row(mark, name, one, other, width)
        lines.append(click.style(line, fg="yellow") if field.mark == DIFFERS else line)
    return lines


def _why(details: Details, width: int) -> list[str]:
    reasons = details["waterfall"]
    scale = max((abs(reason["weight"]) for reason in reasons), default=0.0)
    explained = "each weight doubles the odds so many times, or halves them"
    total = f"{details['match_weight']:+.1f} in all;"
    shortened = cut(explained, width - 6 - columns_of(total))
    lines = ["", f"{click.style(f'Why  {total}', bold=True)} {click.style(shortened, dim=True)}"]
    for reason in reasons:
        weight = reason["weight"]
        told = visible(f"{reason['comparison']}: {reason['label']}")
        drawn = bar(weight, scale)
        room = width - 10 - columns_of(drawn)
        lines.append(
            f"  {weight:+6.1f} {click.style(drawn, fg='red' if weight < 0 else 'green')} {cut(told, room)}"
        )
    return lines


def _merging(details: Details, width: int) -> list[str]:
    return [*_MERGING, *_sentences(details["merging_would"], width, 3)]


def _merging_in_short(details: Details, width: int) -> list[str]:
    """Without the sentences about single fields, which are counted."""
    changes = details["changes"]
    others = sentences_besides(
        [(change["field"], change["is_gained"]) for change in changes], details["merging_would"]
    )
    gained = sum(change["is_gained"] for change in changes)
    counted = (
        f"fields gained: {gained}; fields of which a value goes to the residual: {len(changes) - gained}"
    )
    told = [*others, counted] if changes else others
    return [*_MERGING[1:], *_sentences(told, width, 1)]


def _sentences(sentences: Sequence[str], width: int, lines: int) -> list[str]:
    found = []
    for sentence in sentences:
        first, *more = wrap(visible(sentence), width - 4, lines)
        found += [f"  {first}", *(f"    {line}" for line in more)]
    return found
