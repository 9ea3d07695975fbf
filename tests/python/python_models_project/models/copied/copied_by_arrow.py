def model(dbt, session):
    dbt.config(materialized="table")
    return dbt.source("src", "everything").arrow()
