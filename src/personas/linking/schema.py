"""What goes into linking and what comes out: columns and types, in one place."""

import pyarrow as pa

from personas.errors import PersonasError

INPUT = pa.schema(
    [
        pa.field("record_key", pa.string(), nullable=False),  # 'dh_personas:<uuid>'; unique
        pa.field("tenant_id", pa.string()),  # null: the shared library
        pa.field("name", pa.string()),
        pa.field("title", pa.string()),
        pa.field("organization", pa.string()),
        pa.field("department", pa.string()),  # org_personas: department; dh_personas: function
        pa.field("industry_id", pa.string()),  # the canonical one
        pa.field("typical_titles", pa.string()),  # JSON array, or a JSON string with one inside
        pa.field("role_label", pa.string()),  # title of the primary role
    ]
)
"""One row per living record. More columns may come along; they are not looked at."""

PAIRS = pa.schema(
    [
        pa.field("left_key", pa.string(), nullable=False),  # left_key < right_key
        pa.field("right_key", pa.string(), nullable=False),
        pa.field("match_weight", pa.float64(), nullable=False),  # log2 of the odds
        pa.field("match_probability", pa.float64(), nullable=False),
        pa.field("reasons", pa.string(), nullable=False),  # JSON, see `personas.linking`
        pa.field("blocking_rule", pa.string(), nullable=False),  # what brought the two together
    ]
)
"""One row per candidate pair, ordered by both keys."""


class LinkingError(PersonasError):
    """The input is not what linking takes, or an engine is not to be had."""


def checked_input(records: pa.Table) -> pa.Table:
    """The columns of `INPUT`, as text. Raises LinkingError: one is missing, a key is null or there twice."""
    missing = [name for name in INPUT.names if name not in records.column_names]
    if missing:
        raise LinkingError(f"the records to link have no column {', '.join(missing)}")
    found = pa.table(
        {field.name: records.column(field.name).cast(pa.string()) for field in INPUT}, schema=INPUT
    )
    keys = found.column("record_key")
    if keys.null_count:
        raise LinkingError(f"{keys.null_count} of the records to link have no record_key")
    if len(keys.unique()) != len(keys):
        raise LinkingError("a record_key of the records to link is there twice")
    return found
