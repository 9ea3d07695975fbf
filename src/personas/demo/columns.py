"""What columns of both persona tables are drawn from."""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import TypeVar

from personas.demo import words
from personas.demo.values import NBSP, SPAN, Row, Value, as_json, moment, wrapped

T = TypeVar("T")


def mixture(rng: Random, size: int, *shares: tuple[int, Iterable[T]]) -> tuple[T, ...]:
    """A pool of `size` values: (per cent, choices) each, at least one value of every share."""
    pool: list[T] = []
    for percent, values in shares:
        choices = list(values)
        pool += [choices[int(rng.random() * len(choices))] for _ in range(max(1, size * percent // 100))]
    return tuple(pool)


def text_pool(rng: Random, share: int, choices: Sequence[str]) -> tuple[Value, ...]:
    """`share` per cent clean texts, a few with white space around or inside, a few blank, else null."""
    blanks = ["", " ", NBSP, "\n"]
    spaced = [
        *(f"{choice} " for choice in choices[:3]),
        f" {choices[0]}\nsee also below",
        f"{choices[-1]}{NBSP}",
    ]
    return mixture(rng, 300, (share, choices), (2, blanks), (2, spaced), (96 - share, [None]))


def json_lists(rng: Random, phrases: Sequence[str]) -> tuple[str | None, ...]:
    """JSON values as the live columns hold them: mostly arrays, some of them wrapped into strings."""
    lists = [_some(rng, phrases) for _ in range(40)]
    return mixture(
        rng,
        300,
        (50, ["[]"]),
        (28, map(as_json, lists)),
        (13, map(wrapped, lists)),
        (3, ['"[]"']),
        (1, (wrapped(value, 2) for value in lists)),
        (1, ["null"]),
        (1, ['"[not json"', as_json(phrases[0])]),
        (3, [None]),
    )


def specific_ids(
    row: Row, own_column: str | None, own_code: str, number: int, luck: Callable[[], float]
) -> None:
    """Set the five code columns: mostly the industry's own, sometimes another's, or two, or none."""
    kind = luck()
    # Every industry's book counts from P001, so that the same code means somebody else in the next.
    code = own_code if kind < 0.3 else f"P{1 + number % 997:03}"
    for column in words.SPECIFIC_COLUMNS:
        row[column] = code if column == own_column and kind < 0.7 else None
    if kind < 0.05 or kind > 0.95:
        row[words.SPECIFIC_COLUMNS[int(luck() * len(words.SPECIFIC_COLUMNS))]] = code


def history(row: Row, luck: Callable[[], float]) -> None:
    """Set created_at and updated_at: mostly equal, else later, now and then earlier."""
    created = 500_000 + int(luck() * (SPAN - 1_000_000))
    microseconds = int(luck() * 1_000_000) if luck() < 0.7 else 0
    row["created_at"] = row["updated_at"] = moment(created, microseconds)
    kind = luck()
    if kind < 0.40:
        row["updated_at"] = moment(created + int(luck() * 400_000), microseconds)
    elif kind < 0.42:
        row["updated_at"] = moment(created - 1 - int(luck() * 400_000), microseconds)


def _some(rng: Random, phrases: Sequence[str]) -> list[str]:
    first = int(rng.random() * len(phrases))
    return [phrases[(first + step * 7) % len(phrases)] for step in range(1 + int(rng.random() * 6))]
