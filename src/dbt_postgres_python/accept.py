"""Which Arrow arrays a column of a PostgreSQL type takes, and the one form that the encoder wants of each."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as is_

from dbt_postgres_python.errors import ValueProblem
from dbt_postgres_python.pgtypes import PgType


def _is_text(of: pa.DataType) -> bool:
    return bool(is_.is_string(of) or is_.is_large_string(of) or is_.is_string_view(of))


def _is_bytes(of: pa.DataType) -> bool:
    return bool(
        is_.is_binary(of) or is_.is_large_binary(of) or is_.is_binary_view(of) or is_.is_fixed_size_binary(of)
    )


def _is_list(of: pa.DataType) -> bool:
    return bool(
        is_.is_list(of)
        or is_.is_large_list(of)
        or is_.is_fixed_size_list(of)
        or is_.is_list_view(of)
        or is_.is_large_list_view(of)
    )


def _is_number(of: pa.DataType) -> bool:
    return bool(is_.is_integer(of) or is_.is_floating(of) or is_.is_decimal(of))


def accepted(array: pa.Array, of: PgType) -> pa.Array:
    """The array in the form that the encoder wants: a type of `pgtypes.ARROW`, a text, or a list of such.

    Raises ValueProblem where the column does not take this type of array, or not one of its values.
    """
    array = _plain(array)
    if is_.is_null(array.type):
        return pa.nulls(len(array), _wanted(of))
    if of.element is not None:
        return _accepted_list(array, of, of.element)
    takes, convert = _RULES.get(of.kind, _TEXT)
    if not takes(array.type):
        raise _wrong_type(array, of)
    return convert(array, of)


def _wanted(of: PgType) -> pa.DataType:
    if of.element is not None:
        return pa.list_(_wanted(of.element))
    return pa.string() if of.kind == "numeric" else of.arrow


def _plain(array: pa.Array) -> pa.Array:
    """Without dictionary, run-length or extension types."""
    if isinstance(array, pa.ExtensionArray):
        return _plain(array.storage)
    if is_.is_dictionary(array.type):
        return array.dictionary_decode()
    if is_.is_run_end_encoded(array.type):
        return pc.run_end_decode(array)
    return array


def _wrong_type(array: pa.Array, of: PgType) -> ValueProblem:
    row = next((row for row, value in enumerate(array) if value.is_valid), 0)
    found = _shown(array[row]) if len(array) else "nothing"
    return ValueProblem(
        f"{found} is of Arrow type {array.type}, which a column of type {of.name} does not take", row
    )


def _shown(value: pa.Scalar) -> str:
    try:
        text = repr(value.as_py())
    except (ValueError, OverflowError):
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _cast(array: pa.Array, of: PgType) -> pa.Array:
    """To the Arrow type of the column, where every value stays what it is."""
    wanted = _wanted(of)
    if array.type == wanted:
        return array
    try:
        return array.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass
    for row in range(len(array)):
        try:
            array.slice(row, 1).cast(wanted)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise ValueProblem(f"{_shown(array[row])} is no value of type {of.name}", row) from None
    raise ValueProblem(f"cannot be turned into {of.name}", 0)


def _accepted_list(array: pa.Array, of: PgType, element: PgType) -> pa.Array:
    if not _is_list(array.type):
        raise _wrong_type(array, of)
    # Without offset and without items that belong to no row.
    if not is_.is_list(array.type):
        array = array.cast(pa.list_(array.type.value_type))
    items = array.flatten()
    counts = pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(array) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    try:
        values = accepted(items, element)
    except ValueProblem as problem:
        row = int(np.searchsorted(offsets, problem.row, side="right")) - 1
        raise ValueProblem(problem.problem, max(row, 0)) from None
    validity = None
    if array.null_count:
        present = array.is_valid().to_numpy(zero_copy_only=False)
        validity = pa.py_buffer(np.packbits(present, bitorder="little"))
    return pa.Array.from_buffers(
        pa.list_(values.type), len(array), [validity, pa.py_buffer(offsets)], children=[values]
    )


def _numeric(array: pa.Array, of: PgType) -> pa.Array:
    """As text; a float as the shortest text that is read back as the same float."""
    if _is_text(array.type):
        return array.cast(pa.string())
    if is_.is_decimal(array.type):
        return _decimal_text(array)
    return array.cast(pa.string())


def _decimal_text(array: pa.Array) -> pa.Array:
    text = array.cast(pa.string())
    # Arrow writes small numbers as 1E-7, which says less of the digits behind the point.
    if pc.any(pc.match_substring(text, "E")).as_py():
        return pa.array([None if v is None else format(v, "f") for v in array.to_pylist()], pa.string())
    return text


def _date(array: pa.Array, of: PgType) -> pa.Array:
    if not is_.is_timestamp(array.type):
        return _cast(array, of)
    dates = array.cast(pa.date32(), safe=False)
    inexact = pc.not_equal(dates.cast(array.type), array).fill_null(False)
    row = pc.index(inexact, True).as_py()
    if row >= 0:
        raise ValueProblem(f"{_shown(array[row])} is no date: it has a time of day", row)
    return dates


def _uuid(array: pa.Array, of: PgType) -> pa.Array:
    return array if is_.is_fixed_size_binary(array.type) else array.cast(pa.string())


def _json(array: pa.Array, of: PgType) -> pa.Array:
    """Text is taken for JSON; structs, lists and maps are written as JSON."""
    if _is_text(array.type):
        return array.cast(pa.string())
    rows = array.to_pylist(maps_as_pydicts="strict")
    texts = []
    for row, value in enumerate(rows):
        try:
            texts.append(None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise ValueProblem(f"cannot be written as JSON: {error}", row) from None
    return pa.array(texts, pa.string())


def _no_zone(of: pa.DataType) -> bool:
    return bool(is_.is_timestamp(of) and of.tz is None)


def _zone(of: pa.DataType) -> bool:
    return bool(is_.is_timestamp(of) and of.tz is not None)


Rule = tuple[Callable[[pa.DataType], Any], Callable[[pa.Array, PgType], pa.Array]]
_TEXT: Rule = (_is_text, _cast)
_JSON: Rule = (lambda of: _is_text(of) or is_.is_struct(of) or _is_list(of) or is_.is_map(of), _json)
_RULES: dict[str, Rule] = {
    "bool": (is_.is_boolean, _cast),
    **dict.fromkeys(("int2", "int4", "int8", "oid"), (_is_number, _cast)),
    **dict.fromkeys(("float4", "float8"), (_is_number, _cast)),
    "numeric": (lambda of: _is_number(of) or _is_text(of), _numeric),
    "date": (lambda of: is_.is_date(of) or _no_zone(of), _date),
    "timestamp": (_no_zone, _cast),
    "timestamptz": (_zone, _cast),
    "uuid": (lambda of: _is_text(of) or of == pa.binary(16), _uuid),
    "bytea": (_is_bytes, _cast),
    "json": _JSON,
    "jsonb": _JSON,
}
