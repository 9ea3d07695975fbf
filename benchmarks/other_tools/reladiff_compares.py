"""reladiff: all columns, by `id`; on one database it joins there (its own choice)."""

from typing import Any
from urllib.parse import quote

import reladiff

from other_tools.served import serve


def compare(database: dict[str, Any], pairs: list[tuple[str, str]]) -> str:
    """See `served.Compare`."""
    address = f"{database['user']}@{quote(database['host'], safe='')}:{database['port']}/{database['dbname']}"
    connection = reladiff.connect(f"postgresql://{address}")
    try:
        for names in pairs:
            old, new = (_segment(connection, name) for name in names)
            found = list(reladiff.diff_tables(old, new, allow_empty_tables=True))
            if found:
                return f"{names[0]}: {len(found)} rows"
        return ""
    finally:
        connection.close()


def _segment(connection: Any, name: str) -> Any:
    path = tuple(name.split("."))
    columns = tuple(column for column in connection.query_table_schema(path) if column != "id")
    return reladiff.connect_to_table(connection, path, "id", extra_columns=columns)


serve(compare)
