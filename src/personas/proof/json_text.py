"""Values of JSON as people read them: numbers in their own digits, long texts cut."""

import json
from typing import Any

VALUE_LIMIT = 2000


class Number(str):
    """A number in its own digits."""

    __slots__ = ()


def parsed(row: str | None) -> dict[str, Any]:
    """A row as JSON → column → its value, numbers as they were written."""
    found: dict[str, Any] = json.loads(row or "{}", parse_float=Number, parse_int=Number)
    return found


def as_text(value: Any) -> str | None:
    """A value as it is shown: a string as it is, anything else as JSON; null stays null."""
    if value is None:
        return None
    text = value if isinstance(value, str) else as_json(value)
    return text if len(text) <= VALUE_LIMIT else f"{text[:VALUE_LIMIT]}… ({len(text):,} characters)"


def as_json(value: Any) -> str:
    """A value as JSON, strings in quotes."""
    if isinstance(value, Number):
        return value
    if isinstance(value, list):
        return "[" + ", ".join(as_json(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {as_json(item)}" for key, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
