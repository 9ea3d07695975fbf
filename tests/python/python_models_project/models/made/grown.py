import pyarrow as pa


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="id", on_schema_change="append_new_columns")
    columns = {"id": [1]}
    if dbt.is_incremental:
        columns["more"] = ["x"]
    return pa.table(columns)
