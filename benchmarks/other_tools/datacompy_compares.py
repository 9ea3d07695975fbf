"""datacompy: both relations as pandas data frames, joined by `id`."""

from typing import Any

import datacompy
import pandas as pd
import psycopg2

from other_tools.served import serve


def compare(database: dict[str, Any], pairs: list[tuple[str, str]]) -> str:
    """See `served.Compare`."""
    connection = psycopg2.connect(**database)
    try:
        for names in pairs:
            old, new = (pd.read_sql(f"select * from {name}", connection) for name in names)
            compared = datacompy.PandasCompare(old, new, join_columns="id")
            if not compared.matches():
                return f"{names[0]}: differs"
        return ""
    finally:
        connection.close()


serve(compare)
