"""The PostgreSQL type of a column whose type the model's YAML does not name."""

import pyarrow as pa
import pyarrow.types as is_

from dbt_postgres_python.errors import ModelError

# Each keeps every value of the Arrow type, and nothing is taken from the values themselves.
_EXACT = {
    pa.bool_(): "boolean",
    pa.int8(): "smallint",
    pa.int16(): "smallint",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.uint8(): "smallint",
    pa.uint16(): "integer",
    pa.uint32(): "bigint",
    pa.uint64(): "numeric",
    pa.float32(): "real",
    pa.float64(): "double precision",
    pa.string(): "text",
    pa.large_string(): "text",
    pa.string_view(): "text",
    pa.binary(): "bytea",
    pa.large_binary(): "bytea",
    pa.binary_view(): "bytea",
    pa.date32(): "date",
    pa.uuid(): "uuid",
}


def sql_type(name: str, of: pa.DataType) -> str:
    """The PostgreSQL type for an Arrow type. Raises ModelError where there is none that is exact."""
    if of in _EXACT:
        return _EXACT[of]
    if is_.is_decimal(of):
        return f"numeric({of.precision}, {of.scale})"
    if is_.is_timestamp(of) and of.unit in ("us", "ms", "s"):
        return "timestamp" if of.tz is None else "timestamptz"
    if is_.is_dictionary(of):
        return sql_type(name, of.value_type)
    if is_.is_list(of) or is_.is_large_list(of):
        return sql_type(name, of.value_type) + "[]"
    raise ModelError(f'column "{name}" is of Arrow type {of}; name its data_type in the model\'s YAML')
