import pyarrow as pa


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="id", incremental_strategy="merge")
    today = session.sql("select today from src.settings").arrow()["today"][0].as_py()
    if not dbt.is_incremental:
        return pa.table({"id": [1, 2], "day": [today, today], "seen": [0, 0]})
    seen = session.sql(f"select count(*) as n from {dbt.this}").arrow()["n"][0].as_py()
    return pa.table({"id": [2, 3], "day": [today, today], "seen": [seen, seen]})
