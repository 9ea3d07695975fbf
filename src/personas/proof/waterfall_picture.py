"""Why two rows are thought to be one persona: the weights as bars, each beginning where the one above ends.

Across, places are percentages, so that one picture fits a desk, a phone and paper with letters of one size;
down, they are pixels. A bar to the right speaks for one persona, to the left against it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from personas.proof.review_queue import Pair, Step

_MARGIN = 7.0  # per cent at either side: room for the letters of the outermost ticks
_LINE = 16
_BAR = 13
_GAP = 13
_AXIS = 36
_LETTERS = 50  # in a line: what a phone has room for
_MOST_TICKS = 6
_STEPS = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class Part:
    """A piece of a bar, from `x` on. `kind`: solid; rarity, what is there because the value is rare; common,
    what is not there because the value is common."""

    x: float
    width: float
    kind: str


@dataclass(frozen=True)
class Bar:
    """A step: its words, by how much it moves, its parts, where it ends. `kind`: start, up, down, total."""

    y: int
    kind: str
    title: str
    lines: tuple[str, ...]
    value: str
    parts: tuple[Part, ...]
    end: float
    height: int = _BAR

    @property
    def top(self) -> int:
        """Where the bar is, under its words."""
        return self.y + _LINE * (1 + len(self.lines)) + 1

    @property
    def bottom(self) -> int:
        """Where it ends."""
        return self.top + self.height


@dataclass(frozen=True)
class Tick:
    """A place of the axis, as a weight and as a probability."""

    x: float
    weight: str
    probability: str
    is_even: bool


@dataclass(frozen=True)
class Picture:
    """What is drawn, `height` pixels high; `text` says the same in words."""

    height: int
    axis: int
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    text: str


def drawn(pair: Pair) -> Picture:
    """The waterfall of a pair, its start first, the total last."""
    ends = _ends(pair.steps)
    without_rarity = [end - step.rarity for step, end in zip(pair.steps, ends, strict=True)]
    scale = _Scale.of([0.0, pair.weight, *ends, *without_rarity])
    bars: list[Bar] = []
    for step, end in zip(pair.steps, ends, strict=True):
        kind = "start" if not bars else "down" if step.weight < 0 else "up"
        value, parts = signed(step.weight), _parts(step, end, scale)
        bars.append(Bar(_next(bars), kind, step.comparison, _words(step), value, parts, scale.place(end)))
    whole = scale.parts((0.0, pair.weight, "solid"))
    words, value = (f"{percent(pair.probability)} probable",), signed(pair.weight)
    bars.append(Bar(_next(bars), "total", "all together", words, value, whole, scale.place(pair.weight)))
    axis = bars[-1].bottom + _GAP // 2
    return Picture(axis + _AXIS, axis, tuple(bars), scale.ticks(), _in_words(bars))


def _next(bars: Sequence[Bar]) -> int:
    """Where the next bar's words begin."""
    return bars[-1].bottom + _GAP if bars else 0


def percent(probability: float) -> str:
    """A probability (0 to 1), with more digits the nearer it is to impossible or certain."""
    nearest = 100 * min(probability, 1 - probability)
    if nearest < 0.01:
        return ">99.99\u00a0%" if probability > 0.5 else "<0.01\u00a0%"
    digits = 0 if nearest >= 10 else 1 if nearest >= 1 else 2
    return f"{100 * probability:.{digits}f}\u00a0%"


def signed(weight: float) -> str:
    """A weight with its sign and one decimal."""
    return f"{round(weight, 1) + 0.0:+.1f}".replace("-", "\u2212")


@dataclass(frozen=True)
class _Scale:
    """From weights to percentages of the width."""

    lowest: float
    highest: float

    @classmethod
    def of(cls, weights: Sequence[float]) -> "_Scale":
        return cls(min(weights), max(max(weights), min(weights) + 1))

    def place(self, weight: float) -> float:
        share = (weight - self.lowest) / (self.highest - self.lowest)
        return round(_MARGIN + share * (100 - 2 * _MARGIN), 2)

    def parts(self, *pieces: tuple[float, float, str]) -> tuple[Part, ...]:
        """Parts from pieces (begin, end, kind), whichever way they go; none of no length."""
        found = []
        for begin, end, kind in pieces:
            left, right = sorted((self.place(begin), self.place(end)))
            if right > left:
                found.append(Part(left, round(right - left, 2), kind))
        return tuple(found)

    def ticks(self) -> tuple[Tick, ...]:
        span = self.highest - self.lowest
        step = next((step for step in _STEPS if span / step <= _MOST_TICKS), _STEPS[-1])
        weights = range(math.ceil(self.lowest / step) * step, math.floor(self.highest) + 1, step)
        return tuple(
            Tick(
                self.place(weight),
                f"{weight}".replace("-", "\u2212"),
                percent(1 / (1 + 2.0**-weight)),
                weight == 0,
            )
            for weight in weights
        )


def _ends(steps: Sequence[Step]) -> list[float]:
    """Where each step ends: the sum of the weights so far."""
    return [math.fsum(step.weight for step in steps[: place + 1]) for place in range(len(steps))]


def _parts(step: Step, end: float, scale: _Scale) -> tuple[Part, ...]:
    """What rarity adds is a part of the bar; what it takes away lies outside."""
    begin, without_rarity = end - step.weight, end - step.rarity
    lower, upper = sorted((begin, end))
    inside = min(max(without_rarity, lower), upper)
    return scale.parts((begin, inside, "solid"), (inside, end, "rarity"), (inside, without_rarity, "common"))


def _words(step: Step) -> tuple[str, ...]:
    lines = wrap(step.label, _LETTERS)
    if abs(step.rarity) >= 0.05:
        why = "more because the value is rare" if step.rarity > 0 else "less because the value is common"
        lines.append(f"{abs(step.rarity):.1f} {why}")
    return tuple(lines)


def _in_words(bars: Sequence[Bar]) -> str:
    return "; ".join(f"{bar.title}, {' '.join(bar.lines)}: {bar.value}" for bar in bars)
