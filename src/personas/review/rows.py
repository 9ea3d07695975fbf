"""How a legacy row is named: `dh_personas:<uuid>`, as the models' record_key."""

import re

from personas.errors import PersonasError
from personas.proof.places import PERSONA_TABLES
from personas.review.text import visible

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Pair = frozenset[str]
"""The keys of two rows, in no order; one key where somebody named a row twice."""


def is_key(text: str) -> bool:
    """Whether a text is table and uuid, in the very form of a record_key."""
    table, _, row_id = text.partition(":")
    return table in PERSONA_TABLES and _UUID.fullmatch(row_id) is not None


def parse_key(text: str) -> str:
    """The key that somebody typed, whatever its capitals and the spaces around it.

    Raises PersonasError: it names no row of the two tables.
    """
    key = text.strip().lower()
    if not is_key(key):
        raise PersonasError(
            f"{visible(text)} is no row; write {' or '.join(f'{table}:<uuid>' for table in PERSONA_TABLES)}, "
            "as `personas review list` does"
        )
    return key
