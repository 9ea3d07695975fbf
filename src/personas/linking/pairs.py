"""From records to candidate pairs."""

import json
import math
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from personas.linking import blocking, engines, training, weights
from personas.linking.prepare import prepare
from personas.linking.schema import PAIRS, LinkingError, checked_input

QUEUE_PROBABILITY = 0.005
"""The least probability of a pair that a person is asked about."""


@dataclass(frozen=True)
class Options:
    """How to link. Pairs less likely than `queue_probability` (0 to 1) are not produced. DuckDB takes
    `threads` threads and `memory` ('1GB'), and writes what does not fit to a temporary directory. `train`
    takes the weights from the records where they are many (`training`); `seed` decides the sample.
    """

    queue_probability: float = QUEUE_PROBABILITY
    engine: Literal["duckdb", "spark"] = "duckdb"
    spark: engines.Spark = field(default_factory=engines.Spark)
    most_in_a_block: int = blocking.MOST_IN_A_BLOCK
    train: bool = False
    seed: int = 1
    threads: int = 2
    memory: str = "1GB"


def find_pairs(records: pa.Table, role_words: Iterable[str], options: Options | None = None) -> pa.Table:
    """The pairs of `records` (shape `schema.INPUT`) that may be one persona (shape `schema.PAIRS`).

    A name with one of `role_words` is a role title. The result is the same for the same records,
    whatever their order and the number of threads. Raises LinkingError.
    """
    options = options or Options()
    if not 0 < options.queue_probability < 1:
        raise LinkingError(f"the queue's probability is {options.queue_probability}, not between 0 and 1")
    found = checked_input(records)
    if found.num_rows < 2:
        return PAIRS.empty_table()
    with tempfile.TemporaryDirectory(prefix="personas-linking-") as scratch:
        connection = duckdb.connect(config=_limits(options, Path(scratch)))
        try:
            prepare(connection, found, role_words)
            blocking.add_blocks(connection, options.most_in_a_block)
            return _scored(connection, options)
        finally:
            connection.close()


def _limits(options: Options, scratch: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "threads": options.threads,
        "memory_limit": options.memory,
        "temp_directory": str(scratch),
        "preserve_insertion_order": False,
    }


def _scored(connection: duckdb.DuckDBPyConnection, options: Options) -> pa.Table:
    least = math.log2(options.queue_probability / (1 - options.queue_probability))
    trained = training.train(connection, options.seed) if options.train else None
    match options.engine:
        case "duckdb":
            scored = engines.scored_on_duckdb(connection, least, trained)
        case "spark":
            scored = engines.scored_on_spark(connection, least, options.spark, trained)
        case _:
            raise LinkingError(f"linkage_engine is {options.engine}, not duckdb or spark")
    records = engines.rows_of(connection)
    rules = ", ".join(f"{number}: '{_escaped(rule)}'" for number, rule in blocking.RULES.items())
    pairs = connection.sql(
        f"""
        with rounded as (
            select *, round(match_weight, 4) + 0.0 as weight from {scored}
        ),
        likely as (
            select *, round(1 / (1 + pow(2, -weight)), 6) as probability from rounded
        )
        select
            lefts.record_key as left_key,
            rights.record_key as right_key,
            weight as match_weight,
            probability as match_probability,
            '[' || array_to_string([{_reasons(records)}], ',') || ']' as reasons,
            map {{{rules}}}[list_min(list_transform(
                list_intersect(left_blocks.blocks, right_blocks.blocks),
                lambda block: block % {blocking.KINDS}
            ))] as blocking_rule
        from likely
        inner join cleaned as lefts on id_l = lefts.id
        inner join cleaned as rights on id_r = rights.id
        inner join blocked as left_blocks on id_l = left_blocks.id
        inner join blocked as right_blocks on id_r = right_blocks.id
        where probability >= $least
        order by left_key, right_key
        """,
        params={"least": options.queue_probability},
    )
    return pairs.to_arrow_table().cast(PAIRS)


def _reasons(records: int) -> str:
    """SQL of a list of JSON objects: the start, then each comparison that was made (null: it was not)."""
    start = weights.start(records)
    parts = [
        _escaped_literal(_reason("start", f"any two of {records} records", math.log2(start / (1 - start))))
    ]
    for comparison in weights.COMPARISONS:
        column = weights.column_of(comparison)
        levels = (*comparison.levels, comparison.otherwise)
        rarity = f"mw_tf_adj_{column}" if any(level.frequency for level in levels) else "0"
        weight = f"round(mw_{column} + {rarity}, 4) + 0.0"
        labels = " ".join(
            f"when {len(levels) - 1 - place} then {_escaped_literal(json.dumps(level.label))}"
            for place, level in enumerate(levels)
        )
        made = f"gamma_{column} >= 0"
        if comparison is weights.EXACT:
            made = f"gamma_{column} > 0"
        parts.append(
            f'case when {made} then \'{{"comparison":"{comparison.name}","label":\''
            f" || case gamma_{column} {labels} end"
            f" || ',\"weight\":' || ({weight})"
            f" || ',\"bayes_factor\":' || printf('%.6g', pow(2, {weight}))"
            f" || ',\"rarity_weight\":' || (round({rarity}, 4) + 0.0) || '}}' end"
        )
    return ", ".join(parts)


def _reason(comparison: str, label: str, weight: float) -> str:
    return json.dumps(
        {
            "comparison": comparison,
            "label": label,
            "weight": round(weight, 4),
            "bayes_factor": float(f"{2**weight:.6g}"),
            "rarity_weight": 0.0,
        },
        separators=(",", ":"),
    )


def _escaped(text: str) -> str:
    return text.replace("'", "''")


def _escaped_literal(text: str) -> str:
    return f"'{_escaped(text)}'"
