"""Values of the demo: ids, times, texts and JSON, all decided by the seed."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TypeVar

Value = str | int | bool | None
Row = dict[str, Value]
T = TypeVar("T")

NBSP = "\u00a0"
_SECONDS_A_DAY = 86_400
_FIRST_DAY = datetime(2025, 1, 6)
_DAYS = tuple((_FIRST_DAY + timedelta(days=day)).date().isoformat() for day in range(300))
SPAN = len(_DAYS) * _SECONDS_A_DAY
"""Seconds which `moment` knows."""


class Draw:
    """A few choices for one row, the same whenever and in whatever order they are asked for.

    Holds 512 bits derived from seed, table and row number; a choice among n takes log2(n) of them.
    """

    __slots__ = ("_left",)

    def __init__(self, seed: int, table: str, number: int) -> None:
        digest = blake2b(f"{seed}/{table}/{number}".encode()).digest()
        self._left = int.from_bytes(digest, "big")

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""
        self._left, chosen = divmod(self._left, limit)
        return chosen

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely."""
        return choices[self.below(len(choices))]


def uuid_of(seed: int, table: str, number: int) -> str:
    """The id of a row: a uuid of version 4, decided by seed, table and row number."""
    digest = blake2b(f"{seed}/{table}/{number}".encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))


def moment(seconds: int, microseconds: int = 0) -> str:
    """A time stamp in UTC, `seconds` after the beginning of the demo's history."""
    day, second = divmod(seconds, _SECONDS_A_DAY)
    minute, second = divmod(second, 60)
    return f"{_DAYS[day]} {minute // 60:02}:{minute % 60:02}:{second:02}.{microseconds:06}+00"


def as_json(value: object) -> str:
    """The JSON text of a value."""
    return json.dumps(value, ensure_ascii=False)


def wrapped(value: object, times: int = 1) -> str:
    """A JSON string whose text is JSON again, `times` over: `["a"]` → `"[\\"a\\"]"`."""
    text = as_json(value)
    for _ in range(times):
        text = json.dumps(text, ensure_ascii=False)
    return text
