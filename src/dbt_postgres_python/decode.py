"""From rows in PostgreSQL's binary COPY format to Arrow, column by column, without a loop over the rows.

What is read from the rows is described by three things: the bytes, where each value begins in them, and
how long it is (-1: null), the last two as arrays of one number a row.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dbt_postgres_python.errors import ValueProblem
from dbt_postgres_python.pgtypes import ARROW, Column, PgType

Numbers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

PADDING = bytes(32)
"""To be put behind the rows, so that no value lies too near the end to be read in one piece."""

# PostgreSQL counts from 2000, Arrow from 1970.
EPOCH_DAYS = 10_957
EPOCH_MICROSECONDS = EPOCH_DAYS * 86_400_000_000


def decode(data: bytes, starts: Numbers, columns: Sequence[Column], first_row: int = 0) -> list[pa.Array]:
    """The columns of the rows that begin at `starts` in `data` (which ends with PADDING).

    Raises ValueProblem for a value that its Arrow type cannot hold.
    """
    buffer = np.frombuffer(data, np.uint8)
    at = starts + 2
    arrays = []
    for column in columns:
        lengths = _gather(buffer, ">i4", at).astype(np.int64)
        at = at + 4
        try:
            arrays.append(_values(buffer, at, lengths, column.type))
        except ValueProblem as problem:
            raise problem.in_column(column.name, first_row) from None
        at = at + np.maximum(lengths, 0)
    return arrays


def _gather(buffer: Bytes, dtype: str, at: Numbers) -> npt.NDArray[Any]:
    """The numbers of a type that begin at these places."""
    size = np.dtype(dtype).itemsize
    everywhere: npt.NDArray[Any] = np.ndarray(
        (len(buffer) - size + 1,), dtype, buffer=buffer.data, strides=(1,)
    )
    return everywhere[at]


def _values(buffer: Bytes, at: Numbers, lengths: Numbers, of: PgType) -> pa.Array:
    if of.element is not None:
        return _lists(buffer, at, lengths, of.element)
    decoder = _DECODERS.get(of.kind)
    if decoder is not None:
        return decoder(buffer, at, lengths)
    text = _text(buffer, at, lengths)
    return text if of.arrow == pa.string() else _decimals(text, of.arrow)


def _validity(lengths: Numbers) -> pa.Buffer | None:
    present = lengths >= 0
    return None if present.all() else pa.py_buffer(np.packbits(present, bitorder="little"))


def _fixed(dtype: str, kind: str, shift: int = 0) -> Callable[[Bytes, Numbers, Numbers], pa.Array]:
    """A decoder of numbers; `shift` is added to all but the infinities of dates and times."""

    def decoder(buffer: Bytes, at: Numbers, lengths: Numbers) -> pa.Array:
        native = np.dtype(dtype).newbyteorder("=")
        values = _gather(buffer, dtype, at).astype(native)
        if shift:
            values = _shifted(values, shift)
        return pa.Array.from_buffers(ARROW[kind], len(at), [_validity(lengths), pa.py_buffer(values)])

    return decoder


def _shifted(values: npt.NDArray[Any], shift: int) -> npt.NDArray[Any]:
    """From PostgreSQL's count to Arrow's.

    Infinity stays the largest number; -infinity becomes the smallest but one, because the smallest itself is
    how numpy and pandas say null.
    """
    limits = np.iinfo(values.dtype)
    infinite, minus_infinite = values == limits.max, values == limits.min
    shifted: npt.NDArray[Any] = values + values.dtype.type(shift)
    if infinite.any() or minus_infinite.any():
        shifted[infinite] = limits.max
        shifted[minus_infinite] = limits.min + 1
        overflown = ~infinite & (shifted < values)
    else:
        overflown = shifted < values
    if overflown.any():
        raise ValueProblem("is later than Arrow's last time", int(np.argmax(overflown)))
    return shifted


def _booleans(buffer: Bytes, at: Numbers, lengths: Numbers) -> pa.Array:
    bits = np.packbits(_gather(buffer, "u1", at).astype(bool), bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(at), [_validity(lengths), pa.py_buffer(bits)])


_HEX = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint8).reshape(256, 2)
_DASHES = (8, 13, 18, 23)
_DIGITS = [place for place in range(36) if place not in _DASHES]


def _uuids(buffer: Bytes, at: Numbers, lengths: Numbers) -> pa.Array:
    raw = _gather(buffer, "V16", at).view(np.uint8).reshape(len(at), 16)
    text = np.full((len(at), 36), ord("-"), np.uint8)
    text[:, _DIGITS] = _HEX[raw].reshape(len(at), 32)
    offsets = np.arange(0, 36 * (len(at) + 1), 36, dtype=np.int32)
    buffers = [_validity(lengths), pa.py_buffer(offsets), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.string(), len(at), buffers)


# Which of the 12 bytes of a short text in Arrow's view of it count, as three numbers, by its length.
_COUNTS = np.array(
    [[(1 << 8 * min(max(length - 4 * word, 0), 4)) - 1 for word in range(3)] for length in range(13)],
    np.uint32,
)


def _views(buffer: Bytes, at: Numbers, lengths: Numbers, of: pa.DataType) -> pa.Array:
    """Texts or bytes as Arrow's views, which leave the bytes where they are."""
    size = np.maximum(lengths, 0)
    views = np.empty((len(at), 4), np.uint32)
    views[:, 0] = size
    for word in range(3):
        views[:, word + 1] = _gather(buffer, "<u4", at + 4 * word)
    short = size <= 12
    views[:, 1:] &= np.where(short[:, None], _COUNTS[np.minimum(size, 12)], np.uint32(0xFFFFFFFF))
    views[~short, 2] = 0
    views[~short, 3] = at[~short]
    buffers = [_validity(lengths), pa.py_buffer(views), pa.py_buffer(buffer)]
    return pa.Array.from_buffers(of, len(at), buffers)


def _text(buffer: Bytes, at: Numbers, lengths: Numbers) -> pa.Array:
    return _views(buffer, at, lengths, pa.string_view()).cast(pa.string())


def _bytes(buffer: Bytes, at: Numbers, lengths: Numbers) -> pa.Array:
    return _views(buffer, at, lengths, pa.binary_view()).cast(pa.binary())


def _jsonb(buffer: Bytes, at: Numbers, lengths: Numbers) -> pa.Array:
    # The text comes after one byte, the version of the format.
    return _text(buffer, at + 1, np.where(lengths < 0, lengths, lengths - 1))


def _decimals(text: pa.Array, of: pa.DataType) -> pa.Array:
    try:
        return text.cast(of)
    except pa.ArrowInvalid:
        for row, value in enumerate(text):
            if value.as_py() in ("NaN", "Infinity", "-Infinity"):
                problem = f"{value} is no {of}; read the column as text: types={{column: pyarrow.string()}}"
                raise ValueProblem(problem, row) from None
        raise


def _lists(buffer: Bytes, at: Numbers, lengths: Numbers, element: PgType) -> pa.Array:
    """Arrays of one dimension that begin at 1; anything else is a ValueProblem."""
    present = lengths >= 0
    dimensions = np.where(present, _gather(buffer, ">i4", at), 0)
    has_items = dimensions > 0
    counts = np.where(has_items, _gather(buffer, ">i4", at + 12), 0).astype(np.int64)
    begins = np.where(has_items, _gather(buffer, ">i4", at + 16), 1)
    unusual = (dimensions > 1) | (begins != 1)
    if unusual.any():
        problem = (
            "is an array of several dimensions, or does not begin at 1; "
            "read the column as text: types={column: pyarrow.string()}"
        )
        raise ValueProblem(problem, int(np.argmax(unusual)))
    offsets = np.zeros(len(at) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    item_at = np.empty(offsets[-1], np.int64)
    item_lengths = np.empty(offsets[-1], np.int64)
    rows = np.flatnonzero(counts)
    place = at[rows] + 20
    item = 0
    while len(rows):
        length = _gather(buffer, ">i4", place).astype(np.int64)
        place = place + 4
        item_at[offsets[rows] + item] = place
        item_lengths[offsets[rows] + item] = length
        place = place + np.maximum(length, 0)
        item += 1
        more = counts[rows] > item
        if not more.all():
            rows, place = rows[more], place[more]
    items = _values(buffer, item_at, item_lengths, element)
    buffers = [_validity(lengths), pa.py_buffer(offsets.astype(np.int32))]
    return pa.Array.from_buffers(pa.list_(element.arrow), len(at), buffers, children=[items])


_DECODERS: dict[str, Callable[[Bytes, Numbers, Numbers], pa.Array]] = {
    "bool": _booleans,
    "int2": _fixed(">i2", "int2"),
    "int4": _fixed(">i4", "int4"),
    "int8": _fixed(">i8", "int8"),
    "oid": _fixed(">u4", "oid"),
    "float4": _fixed(">f4", "float4"),
    "float8": _fixed(">f8", "float8"),
    "date": _fixed(">i4", "date", EPOCH_DAYS),
    "timestamp": _fixed(">i8", "timestamp", EPOCH_MICROSECONDS),
    "timestamptz": _fixed(">i8", "timestamptz", EPOCH_MICROSECONDS),
    "uuid": _uuids,
    "bytea": _bytes,
    "json": _text,
    "jsonb": _jsonb,
    "text": _text,
}
