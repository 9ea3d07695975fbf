"""How good a set of pairs is: precision, recall and F1 with 95 % confidence intervals."""

import math
import random
from collections.abc import Iterable, Set
from dataclasses import dataclass
from itertools import combinations

import pyarrow as pa

Pair = tuple[str, str]
Interval = tuple[float, float]
_Z = 1.959964
_DRAWS = 400


@dataclass(frozen=True)
class Score:
    """Pairs found that are right, found that are wrong, and right but not found."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        return f1(self.right, self.wrong, self.missed)

    def line(self) -> str:
        """All three with their intervals."""
        return (
            f"precision {_shown(self.precision, wilson(self.right, self.right + self.wrong))}  "
            f"recall {_shown(self.recall, wilson(self.right, self.right + self.missed))}  "
            f"F1 {_shown(self.f1, bootstrapped_f1(self))}"
        )


def score(found: Set[Pair], true: Set[Pair]) -> Score:
    """The score of the pairs found."""
    return Score(len(found & true), len(found - true), len(true - found))


def f1(right: int, wrong: int, missed: int) -> float:
    """Harmonic mean of precision and recall."""
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0


def wilson(right: int, of: int) -> Interval:
    """Wilson's 95 % interval of a share; (0, 1) where there is nothing."""
    if not of:
        return 0.0, 1.0
    share = right / of
    middle = share + _Z**2 / (2 * of)
    reach = _Z * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    scale = 1 + _Z**2 / of
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def bootstrapped_f1(scored: Score, seed: int = 1) -> Interval:
    """The 95 % interval of F1 over pairs drawn again, with replacement."""
    counts = (scored.right, scored.wrong, scored.missed)
    size = sum(counts)
    if not size:
        return 0.0, 1.0
    rng = random.Random(seed)
    values = []
    for _ in range(_DRAWS):
        drawn = rng.choices((0, 1, 2), counts, k=size)
        values.append(f1(drawn.count(0), drawn.count(1), drawn.count(2)))
    values.sort()
    return values[int(_DRAWS * 0.025)], values[int(_DRAWS * 0.975)]


def _shown(value: float, interval: Interval) -> str:
    return f"{value:.4f} [{interval[0]:.4f} {interval[1]:.4f}]"


def pairs_of(groups: Iterable[Iterable[str]]) -> set[Pair]:
    """All pairs within each group."""
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def keys_of(pairs: pa.Table) -> set[Pair]:
    """The keys of a table of pairs."""
    return set(zip(pairs.column("left_key").to_pylist(), pairs.column("right_key").to_pylist(), strict=True))


def law_5(records: pa.Table) -> set[Pair]:
    """What merges by itself: law 5, written apart from the models and from linking.

    Same tenancy, and equal name, title, organisation and industry after cleaning and case folding, none
    of them blank.
    """
    groups: dict[tuple[str | None, ...], list[str]] = {}
    for row in records.to_pylist():
        values = [
            " ".join((row[column] or "").split()).lower() for column in ("name", "title", "organization")
        ]
        if all(values) and row["industry_id"]:
            groups.setdefault((row["tenant_id"], *values, row["industry_id"]), []).append(row["record_key"])
    return pairs_of(groups.values())
