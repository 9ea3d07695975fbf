"""Splink on DuckDB or on Spark: one prepared table in, one table of scored pairs out.

Both engines get the same settings and the same rows, so that they find the same pairs.
"""

import contextlib
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.blocking_rule_library import CustomRule
from splink.comparison_level_library import CustomLevel
from splink.comparison_library import CustomComparison

from personas.linking import weights
from personas.linking.blocking import KINDS, ROLES_ONLY
from personas.linking.schema import LinkingError
from personas.linking.weights import COMPARISONS, Comparison, Level

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from splink import SparkAPI
    from splink.internals.comparison_level_creator import ComparisonLevelCreator

MARGIN = 0.01
"""Pairs of so much less match weight than wanted are kept until the weights are rounded."""


def settings(records: int, trained: weights.Trained | None = None) -> SettingsCreator:
    """Splink's settings for so many records. Columns of its pairs: id_l, id_r, match_weight, and for each
    comparison gamma_<column>, mw_<column> and, where a frequency counts, mw_tf_adj_<column>."""
    roles_only = ", ".join(map(str, ROLES_ONLY))
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        probability_two_random_records_match=weights.start(records),
        blocking_rules_to_generate_predictions=[
            CustomRule(
                "l.blocks = r.blocks"
                " and (l.tenant_no = r.tenant_no or l.tenant_no is null or r.tenant_no is null)"
                f" and (l.is_role or r.is_role or l.blocks % {KINDS} not in ({roles_only}))",
                sql_dialect="duckdb",
                arrays_to_explode=["blocks"],
            )
        ],
        comparisons=[_comparison(comparison, trained or {}) for comparison in COMPARISONS],
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=True,  # only with them it tells which level held
    )


def _comparison(comparison: Comparison, trained: weights.Trained) -> CustomComparison:
    levels: list[ComparisonLevelCreator | dict[str, Any]] = [
        CustomLevel(comparison.unknown, comparison.unknown, "duckdb").configure(is_null_level=True)
    ]
    for level in (*comparison.levels, comparison.otherwise):
        m, u = trained.get((comparison.name, level.label), (level.m, level.u))
        levels.append(_level(level, m, u))
    return CustomComparison(levels, weights.column_of(comparison))


def _level(level: Level, m: float, u: float) -> CustomLevel:
    made = CustomLevel(level.condition or "ELSE", level.label, "duckdb" if level.condition else None)
    made.configure(m_probability=m, u_probability=u)
    if level.frequency:
        made.configure(tf_adjustment_column=level.frequency, disable_tf_exact_match_detection=True)
    return made


@dataclass(frozen=True)
class Spark:
    """Where Spark runs: the URL of its master, and settings of the session beside Splink's own."""

    master: str = "local[2]"
    options: tuple[tuple[str, str], ...] = (
        ("spark.driver.memory", "2g"),
        ("spark.sql.shuffle.partitions", "8"),
        ("spark.ui.enabled", "false"),
        ("spark.ui.showConsoleProgress", "false"),
        # Put into one, the comparisons and the weights that are made of them are too long to be compiled.
        ("spark.sql.optimizer.excludedRules", "org.apache.spark.sql.catalyst.optimizer.CollapseProject"),
    )


def scored_on_duckdb(
    connection: duckdb.DuckDBPyConnection, least: float, trained: weights.Trained | None = None
) -> str:
    """Scores the blocked pairs of table `blocked` in its own database; returns the name of the table of pairs
    of a match weight of at least `least`."""
    with quiet():
        linker = linker_of(DuckDBAPI(connection), "blocked", rows_of(connection), trained)
        scored = linker.inference.predict(threshold_match_weight=least - MARGIN, warning_mode="never")
    return scored.physical_name


def scored_on_spark(
    connection: duckdb.DuckDBPyConnection, least: float, spark: Spark, trained: weights.Trained | None = None
) -> str:
    """The same on Spark; the pairs come back as a table of `connection`. Raises LinkingError without it."""
    blocked = connection.sql("select * from blocked order by id").to_arrow_table()
    with quiet(), _session(spark) as session:
        from splink import SparkAPI

        api = SparkAPI(  # type: ignore[no-untyped-call]
            spark_session=session, break_lineage_method="persist", register_udfs_automatically=False
        )
        session.createDataFrame(blocked).createOrReplaceTempView("blocked")
        linker = linker_of(api, "blocked", blocked.num_rows, trained)
        # With a threshold, Spark puts the comparisons into the filter as well, which is too long again.
        scored = linker.inference.predict(warning_mode="never")
        likely = session.table(scored.physical_name).where(f"match_weight >= {least - MARGIN}")
        pairs = likely.toArrow()
    connection.register("pairs_of_spark", pairs)
    return "pairs_of_spark"


def linker_of(
    api: "DuckDBAPI | SparkAPI", table: str, records: int, trained: weights.Trained | None
) -> Linker:
    """Splink's linker of the records of `table`, with our settings."""
    return Linker(
        api.register(table, table_name="records"),
        settings(records, trained),
        log_level=logging.ERROR,
        validate_settings=False,
    )


def rows_of(connection: duckdb.DuckDBPyConnection) -> int:
    ((count,),) = connection.execute("select count(*) from blocked").fetchall()
    return int(count)


@contextlib.contextmanager
def _session(spark: Spark) -> "Iterator[SparkSession]":
    """A Spark session of our own, stopped afterwards; one that is there already is used and left."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise LinkingError("linkage_engine spark needs pyspark: pip install 'personas[spark]'") from error
    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    if spark.master.startswith("local") and shutil.which("java") is None:
        raise LinkingError("linkage_engine spark on this machine needs Java 17 or newer; there is no java")
    builder = SparkSession.builder.master(spark.master).appName("personas linking")
    for name, value in (*spark.options, ("spark.sql.session.timeZone", "UTC")):
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Splink tells its progress and its opinion of fixed weights at level INFO and WARNING; not here."""
    logger = logging.getLogger("splink")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
