"""A table with a contract, indexes, grants, hooks and docs; its pure function is tested without dbt."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass
class Limit:
    """What counts as high; a data class, because those look for their module."""

    score: float


def source(scores: pa.Array, limit: Limit) -> pa.Array:
    """Whether a score is high. A name that dbt's own Python models could not use."""
    return pc.greater(scores, limit.score)


def model(dbt, session):
    dbt.config(materialized="table")
    people = dbt.ref("people_view").arrow()
    limit = Limit(dbt.config.get("limit", 0))
    high = source(people["score"], limit)
    return people.select(["name", "id"]).append_column("is_high", high)
