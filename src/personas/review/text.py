"""Text on a terminal: nothing that steers it, and as wide as it looks."""

import unicodedata

# Control and format characters, surrogates, line separators, and every space that is not the usual one:
# the first could steer the terminal or turn the line around, the last would hide a difference.
_ESCAPED = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """A text with whatever is not plainly visible spelled out: `\\x1b`, `\\u202e`, `\\n`."""
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character == " " or unicodedata.category(character) not in _ESCAPED:
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def columns_of(text: str) -> int:
    """How many columns of a terminal a visible text takes."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def cut(text: str, columns: int) -> str:
    """As much of a text as fits; an ellipsis says that there is more."""
    return text if columns_of(text) <= columns else f"{_head(text, columns - 1)}…"


def fill(text: str, columns: int) -> str:
    """A text cut or padded to exactly so many columns."""
    short = cut(text, columns)
    return short + " " * (columns - columns_of(short))


def wrap(text: str, columns: int, lines: int) -> list[str]:
    """A text in at most so many lines, parted at spaces where there are any; the last is cut."""
    parts: list[str] = []
    rest = text
    while len(parts) < lines - 1 and columns_of(rest) > columns:
        head = _head(rest, columns)
        space = head.rfind(" ") if rest[len(head)] != " " else len(head)
        end = space if space > len(head) // 2 else len(head)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, cut(rest, columns)]


def cut_both(left: str, right: str, columns: int) -> tuple[str, str]:
    """Two different texts, cut so that it can be seen in what they differ.

    `Lead, Nephrology`, `Lead, Nephrology (acting)` at 20 → `…Nephrology`, `…Nephrology (acting)`.
    """
    short = cut(left, columns), cut(right, columns)
    if left == right or short[0] != short[1]:
        return short
    same = next(
        (place for place, (one, other) in enumerate(zip(left, right, strict=False)) if one != other),
        min(len(left), len(right)),
    )
    # Half a column before the difference, or as much as there is room for.
    start = max(0, min(same - columns // 2, max(len(left), len(right)) - columns + 1))
    return cut(f"…{left[start:]}", columns), cut(f"…{right[start:]}", columns)


def _head(text: str, columns: int) -> str:
    taken = 0
    for place, character in enumerate(text):
        taken += _columns(character)
        if taken > columns:
            return text[:place]
    return text
