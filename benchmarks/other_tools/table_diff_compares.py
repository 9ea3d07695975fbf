"""SQLMesh's `table_diff`: columns and rows, by `id`."""

import tempfile
from typing import Any

from sqlmesh import Context
from sqlmesh.core.config import Config, GatewayConfig, ModelDefaultsConfig
from sqlmesh.core.config.connection import PostgresConnectionConfig

from other_tools.served import serve


def compare(database: dict[str, Any], pairs: list[tuple[str, str]]) -> str:
    """See `served.Compare`."""
    connection = PostgresConnectionConfig(
        host=database["host"],
        port=database["port"],
        user=database["user"],
        password="",
        database=database["dbname"],
    )
    config = Config(
        gateways={"here": GatewayConfig(connection=connection)},
        model_defaults=ModelDefaultsConfig(dialect="postgres"),
    )
    with tempfile.TemporaryDirectory() as directory:
        context = Context(paths=[directory], config=config)
        try:
            for old, new in pairs:
                (diff,) = context.table_diff(old, new, on=["id"], show=False)
                shape, rows = diff.schema_diff(), diff.row_diff()
                if shape.has_changes or _differ(rows.stats):
                    return f"{old}: {shape.added} {shape.removed} {shape.modified} {rows.stats}"[:200]
            return ""
        finally:
            context.close()


def _differ(stats: dict[str, float]) -> bool:
    return len({stats[name] for name in ("s_count", "t_count", "join_count", "full_match_count")}) > 1


serve(compare)
