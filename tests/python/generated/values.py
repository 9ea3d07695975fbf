"""Hypothesis strategies for the values of legacy columns, as the text that PostgreSQL reads them from."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Texts = st.SearchStrategy[str]
Draw = Callable[[st.SearchStrategy[Any]], Any]


def noise(length: int) -> str:
    """Text of which no compression makes less; always the same."""
    parts = (hashlib.sha512(str(number).encode()).digest() for number in range(length // 64 + 1))
    return base64.b64encode(b"".join(parts)).decode()[:length]


# --- text -------------------------------------------------------------------------------------------------

BLANKS = (
    *" \t\n\v\f\r\u0085\u00a0\u1680\u2000\u2003\u2007\u2009\u200a\u200b\u2028\u2029\u202f\u205f",
    *"\u2060\u3000\ufeff",
    *("  ", "\r\n", "\u00a0 ", " \u200b\ufeff", "\u2003\t\u3000"),
)
# Blank to some, and to others not.
NEARLY_BLANK = (
    "\x01",
    "\x1c",
    "\x1f",
    "\x7f",
    "\u00ad",
    "\u180e",
    "\u200c",
    "\u200d",
    "\u200e",
    "\u2800",
    "\u3164",
)

AWKWARD = (
    *("", "null", "NULL", "\\N", "None", "true", "0", "-0", "1.0", "1e400", "NaN", "Infinity", "(json null)"),
    *(
        "2024-02-30",
        "2024-02-29T12:00:00Z",
        "2024-01-01 00:00:00+00",
        "infinity",
        "epoch",
        "now",
        "0044-03-15 BC",
    ),
    *(
        '"',
        "'",
        "\\",
        "\\\\",
        "$$",
        "%s",
        "{}",
        "[]",
        '""',
        '"[]"',
        "{",
        '["a"',
        '{"a": 1}',
        "\\u0000",
        "<b>&amp;",
    ),
    # composed and not, ligature, letters that change their number or kind when folded, final sigma
    *(
        "caf\u00e9",
        "cafe\u0301",
        "\ufb01",
        "\u0130",
        "\u0131",
        "\u00df",
        "\u1e9e",
        "\u01c5",
        "\u03a3\u03c2",
        "\u212a",
    ),
    *(
        "\u05d0\u05d1 abc",
        "\u202e cba \u202c",
        "\u0627\u0644",
        "\U0001f469\u200d\U0001f52c",
        "\U0001f1e9\U0001f1ea",
        "\uffff",
    ),
    *(
        "\U0010ffff",
        "\U00010400",
        "a\u0300\u0301\u0302",
        "line\r\nline",
        "tab\there",
        "a\u00a0b",
        "a\u200bb",
        "a  b",
    ),
    *(
        "Unknown Persona",
        "unknown persona",
        "P001",
        "p001",
        "HIGH",
        "budget holder",
        " High ",
        "Full Budget Authority",
    ),
)
PEOPLE = (
    "Ann Lee",
    "ann lee",
    "ANN\u00a0LEE",
    " Ann  Lee",
    "Dr. \u0130pek \u00d6z",
    "STRASSE",
    "Stra\u00dfe",
    "Clinical Data Manager",
    "VP",
)
# Longer than a page of a table; the latter compresses to next to nothing.
LONG = (noise(20_000), "long \u00a0 " * 2_000)

characters = st.characters(codec="utf-8", exclude_characters="\0")
arbitrary: Texts = st.text(characters, max_size=12)
blanks: Texts = st.lists(st.sampled_from(BLANKS), max_size=2).map("".join)
short_texts: Texts = st.one_of(
    st.sampled_from(AWKWARD),
    arbitrary,
    st.sampled_from(PEOPLE),
    st.lists(st.sampled_from((*BLANKS, *NEARLY_BLANK, "a", "Ann")), max_size=5).map("".join),
)
texts: Texts = st.integers(0, 299).flatmap(lambda one: st.sampled_from(LONG) if one == 41 else short_texts)


def cut(length: int) -> Callable[[str], str]:
    """What a `character varying(length)` takes."""
    return lambda text: text[:length]


def told_another_way(text: str) -> Texts:
    """Texts that are the same label to a person: other blanks, other case."""
    return st.sampled_from(
        (
            text,
            text.upper(),
            text.lower(),
            f" {text}",
            f"{text}\u00a0",
            text.replace(" ", " \u00a0\t"),
            text.swapcase(),
        )
    )


# --- JSON -------------------------------------------------------------------------------------------------

NUMBERS = (
    *("0", "-0", "0.0", "-0.00", "1", "1.0", "1.00", "10e-1", "0.1", "-1.5e3", "1E+2", "9007199254740993"),
    *(
        "1e400",
        "-1e400",
        "1e-400",
        "123456789012345678901234567890.123456789",
        "2147483648",
        "1e5000",
        "0.10",
    ),
)
KEYS = (
    "",
    "a",
    "A",
    " a",
    "a ",
    "a\u00a0",
    "\u00e9",
    "e\u0301",
    "1",
    "1.0",
    "null",
    "(json null)",
    "name",
    "tier",
    "a.b",
    '"',
)
BROKEN = (
    *(
        "[",
        '["a"',
        '{"a":',
        "{'a': 1}",
        "[1,]",
        '"',
        '["\\u0000"]',
        '["\\ud800"]',
        "[1e200000]",
        "[NaN]",
        "nul",
        "[01]",
        "[1] x",
    ),
    *(
        "\u00a0[1]",
        "\ufeff[1]",
        "\v[1]",
        " [1]\n",
        '{"a":1,"a":2}',
        '{"b":1, "a":[1.0,1.00]}',
        "[]",
        "{}",
        "null",
        "5",
        "[" * 500 + "]" * 499,
    ),
    *('"[1]"', '"\\"[1]\\""', '"5"', '"text"', '" "', '["[1]"]', '"[1"', "[" * 10_000 + "]" * 10_000),
)


def quoted(text: str) -> str:
    """A JSON string."""
    return json.dumps(text, ensure_ascii=False)


def nested(depth: int) -> str:
    """Arrays in objects in arrays."""
    return "[" * depth + '{"a":' * depth + "1.0" + "}" * depth + "]" * depth


scalars: Texts = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(("null", "true", "false")),
    short_texts.map(quoted),
    st.sampled_from(BROKEN).map(quoted),
)


def _collections(elements: Texts) -> Texts:
    members = st.tuples(st.one_of(st.sampled_from(KEYS), arbitrary), elements)
    return st.one_of(
        st.lists(elements, max_size=4).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(members, max_size=4).map(
            lambda items: "{" + ", ".join(f"{quoted(key)}: {item}" for key, item in items) + "}"
        ),
    )


collections: Texts = st.one_of(
    st.sampled_from(("[]", "{}", "[[]]", '[""]', "[null]", '{"a": null}', '["a"]', '["b", "a"]')),
    _collections(scalars),
    _collections(st.one_of(scalars, _collections(scalars))),
    st.integers(1, 200).map(nested),
)
plain_json: Texts = st.one_of(scalars, collections, collections)


@st.composite
def json_values(draw: Draw) -> str:
    """JSON, one time in three wrapped in a string, or in strings of strings."""
    value: str = draw(plain_json)
    for _ in range(draw(st.sampled_from((0, 0, 0, 0, 1, 1, 2, 3)))):
        value = quoted(draw(st.sampled_from(("", "", "", " ", "\n"))) + value)
    return value


# --- times and numbers ------------------------------------------------------------------------------------

TIMES = (
    *(
        "infinity",
        "-infinity",
        "4714-11-24 00:00:00+00 BC",
        "0044-03-15 12:00:00+00 BC",
        "0001-01-01 00:00:00+00",
    ),
    *(
        "294276-12-31 23:59:59.999999+00",
        "10000-01-01 00:00:00+00",
        "1970-01-01 00:00:00+00",
        "1883-11-18 12:03:58+00",
    ),
    *(
        "2024-01-01 00:00:00+00",
        "2024-01-01 00:00:00.000001+00",
        "2024-03-31 01:59:59.999999+01",
        "2024-02-29 23:59:59.5-12",
    ),
)
times: Texts = st.one_of(
    st.sampled_from(TIMES),
    st.integers(-(10**15), 10**15).map(
        lambda number: (
            f"{2000 + number % 400:04}-01-01 {abs(number) // 10**9 % 24:02}:00:{abs(number) % 60:02}"
            f".{abs(number) % 10**6:06}+00"
        )
    ),
)
integers: Texts = st.one_of(
    st.sampled_from((0, 1, -1, 2**31 - 1, -(2**31))), st.integers(-(2**31), 2**31 - 1)
).map(str)
booleans: Texts = st.sampled_from(("true", "false"))
