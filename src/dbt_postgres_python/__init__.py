"""Python models on plain dbt-postgres, inside dbt's own connection and transaction.

dbt imports every module whose name begins with `dbt_` when it starts, so installing the package is enough.
"""

from dbt_postgres_python.plugin import install

install()
