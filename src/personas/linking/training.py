"""Optional: weights from the data itself, for tables of ten thousand records and more.

u comes from a sample of pairs, drawn by hash and seed; m from expectation maximisation among the pairs of one
role title, and among those of one name. What was not observed stays as `weights` states it, and so does
the exact evidence. Values are rounded, so that the same records and seed give the same weights, whatever
their order and the number of threads.

Not the default, however large the table: on 40,000 generated personas the queue was 1.8 times as long as with
the stated weights, and found no more. It is for data that is unlike the field's.
"""

import contextlib

import duckdb
from splink import DuckDBAPI, Linker
from splink.blocking_rule_library import CustomRule
from splink.internals.exceptions import EMTrainingException

from personas.linking import weights
from personas.linking.engines import linker_of, quiet, rows_of

FEWEST_RECORDS = 10_000
"""A smaller table trains nothing: the stated weights are used."""
SAMPLED_PAIRS = 2_000_000
LEAST, MOST = 1e-4, 0.95
"""Trained m and u stay within: no level becomes proof because the sample had hardly any of it."""
DIGITS = 3


def train(connection: duckdb.DuckDBPyConnection, seed: int) -> weights.Trained:
    """m and u of the levels for the records of table `blocked`; {} where they are few."""
    records = rows_of(connection)
    if records < FEWEST_RECORDS:
        return {}
    with quiet():
        linker = linker_of(DuckDBAPI(connection), "blocked", records, None)
        linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=seed)
        for column in ("role_no", "name_no"):
            _maximise(linker, column)
    found = {}
    for comparison in weights.COMPARISONS:
        if comparison is weights.EXACT:
            continue
        trained = linker._settings_obj._get_comparison_by_output_column_name(weights.column_of(comparison))
        by_label = {level.label_for_charts: level for level in trained.comparison_levels}
        for level in (*comparison.levels, comparison.otherwise):
            observed = by_label[level.label]
            found[comparison.name, level.label] = (
                _rounded(observed.m_probability, level.m),
                _rounded(observed.u_probability, level.u),
            )
    return found


def _maximise(linker: Linker, column: str) -> None:
    """m of all comparisons but the one that reads `column`, among pairs equal in it."""
    rule = CustomRule(f"l.{column} = r.{column}", sql_dialect="duckdb")
    with contextlib.suppress(EMTrainingException):  # no two records share a value
        linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=SAMPLED_PAIRS)


def _rounded(observed: object, stated: float) -> float:
    """The observed probability within its bounds, or the stated one where none was observed."""
    if not isinstance(observed, float):
        return stated
    return float(f"{min(max(observed, LEAST), MOST):.{DIGITS}g}")
