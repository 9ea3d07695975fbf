"""Pairs of legacy rows that may be one persona, by record linkage (docs/linking.md)."""

from personas.linking import LinkingError, Options, Spark, find_pairs


def options_of(config):
    """The options of linking, from the variables of dbt_project.yml, which the YAML hands over as `meta`."""
    return Options(
        queue_probability=number("match_queue_probability", config, float),
        engine=config["linkage_engine"],
        spark=Spark(master=config["linkage_spark_master"]),
        train=config["linkage_train"] is True,
        threads=number("linkage_threads", config, int),
        memory=config["linkage_memory"],
    )


def number(name, config, kind):
    """A variable as a number. Raises LinkingError, which names it."""
    try:
        return kind(config[name])
    except (TypeError, ValueError) as error:
        raise LinkingError(f"variable {name} is {config[name]!r}, which is no number") from error


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="upsert_changed")
    records = dbt.ref("int_linkage_records").arrow()
    role_words = dbt.ref("role_words").arrow()
    options = options_of(dbt.config.get("linkage"))
    return find_pairs(records, role_words["word"].to_pylist(), options)
