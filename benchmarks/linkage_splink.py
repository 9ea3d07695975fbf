"""Splink as others would set it up: its plain defaults for any table, and settings for persons (FEBRL)."""

import contextlib
import logging
import warnings
from collections.abc import Sequence

import pyarrow as pa
import splink.comparison_library as cl
from linkage_scores import Pair
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule
from splink.internals.comparison_creator import ComparisonCreator

logging.getLogger("splink").setLevel(logging.ERROR)

SEED = 1


def plain_defaults(
    records: pa.Table, compared: Sequence[str], blocked: Sequence[Sequence[str]], least: float
) -> set[Pair]:
    """The first column as a name, the others as texts, everything else as the tutorial has it."""
    comparisons: list[ComparisonCreator] = [cl.NameComparison(compared[0])]
    comparisons += [cl.JaroWinklerAtThresholds(column) for column in compared[1:]]
    return _found(records, comparisons, [block_on(*columns) for columns in blocked], least, blocked)


def for_persons(records: pa.Table, least: float) -> set[Pair]:
    """FEBRL's columns: names by sound and spelling, date of birth, number and address by typing errors."""
    comparisons: list[ComparisonCreator] = [
        cl.ForenameSurnameComparison("given_name", "surname"),
        cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
        cl.LevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]),
        cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]),
        cl.LevenshteinAtThresholds("postcode", [1]),
        cl.ExactMatch("street_number"),
        cl.ExactMatch("state"),
    ]
    blocked = (
        ("soc_sec_id",),
        ("given_name", "surname"),
        ("date_of_birth", "state"),
        ("surname", "postcode"),
        ("given_name", "postcode"),
        ("given_name", "date_of_birth"),
        ("surname", "date_of_birth"),
        ("suburb", "street_number"),
        ("address_1", "street_number"),
        ("address_1", "postcode"),
    )
    rules: list[CustomRule] = [block_on(*columns) for columns in blocked]  # type: ignore[misc]
    swapped = CustomRule("l.given_name = r.surname and l.surname = r.given_name", sql_dialect="duckdb")
    return _found(records, comparisons, [*rules, swapped], least, blocked[:3])


def _found(
    records: pa.Table,
    comparisons: list[ComparisonCreator],
    rules: Sequence[object],
    least: float,
    trained_on: Sequence[Sequence[str]],
) -> set[Pair]:
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_key",
        comparisons=comparisons,  # type: ignore[arg-type]
        blocking_rules_to_generate_predictions=list(rules),  # type: ignore[arg-type]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = Linker(DuckDBAPI().register(records), settings, log_level=logging.ERROR)
        linker.training.estimate_probability_two_random_records_match([block_on(*trained_on[0])], recall=0.7)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
        for columns in trained_on:
            with contextlib.suppress(Exception):  # a table may be too small for one of them
                linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
        scored = linker.inference.predict(threshold_match_probability=least).as_pyarrow_table()  # type: ignore[no-untyped-call]
    lefts, rights = (scored.column(f"record_key_{side}").to_pylist() for side in "lr")
    return {(min(pair), max(pair)) for pair in zip(lefts, rights, strict=True)}
