"""What a model gets: `dbt` and `session`."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dbt_postgres_python.errors import ModelError
from dbt_postgres_python.reading import Source, Types
from dbt_postgres_python.settings import Settings


class Relation:
    """A table, a view or a query, read when it is asked for; as text, what stands in SQL behind `from`."""

    def __init__(self, cursor: Any, name: str, query: str | None = None) -> None:
        self._cursor, self._name = cursor, name
        self.query = query or f"select * from {name}"

    def __str__(self) -> str:
        return self._name

    def arrow(self, types: Types | None = None) -> pa.Table:
        """All rows as an Arrow table; `types` names types other than the usual, e.g. {"n": pa.float64()}."""
        return Source(self._cursor, self.query, types).table()

    def batches(self, types: Types | None = None) -> pa.RecordBatchReader:
        """The rows batch by batch, in little memory: they wait in a temporary file."""
        return Source(self._cursor, self.query, types).batches()

    def pandas(self, types: Types | None = None) -> Any:
        """All rows as a pandas frame with Arrow's types, so that a null changes no number into another."""
        import pandas

        return self.arrow(types).to_pandas(types_mapper=pandas.ArrowDtype)

    def polars(self, types: Types | None = None) -> Any:
        """All rows as a polars frame."""
        import polars

        return polars.from_arrow(self.arrow(types))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.batches().__arrow_c_stream__(requested_schema)


class This(Relation):
    """The table that the model makes, as it was before; only a later run of the model finds one."""

    def __init__(self, cursor: Any, this: Mapping[str, str]) -> None:
        super().__init__(cursor, this["relation"])
        self.database, self.schema, self.identifier = this["database"], this["schema"], this["identifier"]


class Config:
    """The model's configuration."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config

    def __call__(self, **_: Any) -> None:
        """`dbt.config(materialized=…)` was read when dbt parsed the project."""

    def get(self, key: str, default: Any = None) -> Any:
        """A setting, or one of `meta`."""
        value = self._config.get(key)
        return self.meta_get(key, default) if value is None else value

    def meta_get(self, key: str, default: Any = None) -> Any:
        """A setting under `meta`."""
        value = (self._config.get("meta") or {}).get(key)
        return default if value is None else value


class Session:
    """Queries in dbt's transaction."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def sql(self, query: str) -> Relation:
        """The result of a query, e.g. session.sql(f"select max(at) as at from {dbt.this}").arrow()."""
        query = query.strip().rstrip(";")
        return Relation(self._cursor, f"({query})", query)


class Dbt:
    """What dbt knows of the model."""

    def __init__(self, cursor: Any, settings: Settings, config: Mapping[str, Any]) -> None:
        self._cursor, self._settings = cursor, settings
        self.config = Config(config)
        self.this = This(cursor, settings.this)
        self.is_incremental = settings.is_incremental

    def ref(self, *names: str, v: Any = None, version: Any = None) -> Relation:
        """A model, seed or snapshot."""
        number = version if v is None else v
        key = ".".join([*names, *([] if number is None else [f"v{number}"])])
        return self._relation(self._settings.refs, key, f"dbt.ref({', '.join(map(repr, names))})")

    def source(self, source_name: str, table_name: str) -> Relation:
        """A table of a source."""
        key = f"{source_name}.{table_name}"
        return self._relation(self._settings.sources, key, f"dbt.source({source_name!r}, {table_name!r})")

    def _relation(self, known: Mapping[str, str], key: str, call: str) -> Relation:
        if key not in known:
            raise ModelError(f"{call}: dbt found no such call when it parsed the model; write the names out")
        return Relation(self._cursor, known[key])
