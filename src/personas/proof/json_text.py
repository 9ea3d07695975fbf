"""Values of JSON as people read them: numbers in their own digits, long texts and deep values cut."""

import json
import re
from typing import Any

VALUE_LIMIT = 2000
# PostgreSQL takes thousands of levels, Python's parser and whoever reads them do not.
DEPTH_LIMIT = 100

_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_CUT = '"…"'


class Number(str):
    """A number in its own digits."""

    __slots__ = ()


def loads(text: str) -> Any:
    """A value of JSON, numbers as they were written; what lies deeper than `DEPTH_LIMIT` is an ellipsis."""
    if text.count("[") + text.count("{") > DEPTH_LIMIT:
        text = _without_depths(text)
    return json.loads(text, parse_float=Number, parse_int=Number)


def parsed(row: str | None) -> dict[str, Any]:
    """A row as JSON → column → its value, as `loads` has it."""
    found: dict[str, Any] = loads(row or "{}")
    return found


def _without_depths(text: str) -> str:
    pieces, depth, kept_up_to = [], 0, 0
    for found in _BRACKETS.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth == DEPTH_LIMIT + 1:
                pieces += [text[kept_up_to : found.start()], _CUT]
        elif found[0] in "]}":
            if depth == DEPTH_LIMIT + 1:
                kept_up_to = found.end()
            depth -= 1
    return "".join([*pieces, text[kept_up_to:]])


def as_text(value: Any) -> str | None:
    """A value as it is shown: a string as it is, anything else as JSON; null stays null."""
    if value is None:
        return None
    text = value if isinstance(value, str) else as_json(value)
    return text if len(text) <= VALUE_LIMIT else f"{text[:VALUE_LIMIT]}… ({len(text):,} characters)"


def as_json(value: Any, ensure_ascii: bool = False) -> str:
    """A value as JSON, strings in quotes, numbers in their own digits."""
    if isinstance(value, Number):
        return value
    if isinstance(value, list):
        return "[" + ", ".join(as_json(item, ensure_ascii) for item in value) + "]"
    if isinstance(value, dict):
        items = (
            f"{json.dumps(key, ensure_ascii=ensure_ascii)}: {as_json(item, ensure_ascii)}"
            for key, item in value.items()
        )
        return "{" + ", ".join(items) + "}"
    return json.dumps(value, ensure_ascii=ensure_ascii, default=str)
