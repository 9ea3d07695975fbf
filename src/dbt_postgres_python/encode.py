"""From Arrow to rows in PostgreSQL's binary COPY format, column by column, without a loop over the rows.

Each column becomes pieces, one value a row each, that Arrow then joins row by row: matrices of bytes (a row's
bytes side by side, a mask where some of them do not count) and binary arrays.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dbt_postgres_python.accept import accepted
from dbt_postgres_python.decode import EPOCH_DAYS, EPOCH_MICROSECONDS
from dbt_postgres_python.errors import ValueProblem
from dbt_postgres_python.numerics import numeric_pieces
from dbt_postgres_python.pgtypes import ARROW, Column, PgType
from dbt_postgres_python.pieces import Matrix, Piece, big_endian, joined

Mask = npt.NDArray[np.bool_]


def encode(arrays: Sequence[pa.Array], columns: Sequence[Column], first_row: int = 0) -> memoryview:
    """The rows of these arrays, one for each column and of equal length.

    Raises ModelError for a value that its column cannot hold.
    """
    count = len(arrays[0])
    pieces: list[Piece] = [Matrix(big_endian(np.full(count, len(columns), np.int16)))]
    for array, column in zip(arrays, columns, strict=True):
        try:
            pieces += _pieces(accepted(array, column.type), column.type)
        except ValueProblem as problem:
            raise problem.in_column(column.name, first_row) from None
    data = joined(pieces)
    offsets = np.frombuffer(data.buffers()[1], np.int32)[data.offset :]
    return memoryview(data.buffers()[2])[offsets[0] : offsets[len(data)]]


def _pieces(array: pa.Array, of: PgType) -> list[Piece]:
    """A column, each value with its length before it."""
    if of.element is not None:
        return _lists(array, of.element)
    if of.kind == "numeric":
        return numeric_pieces(array)
    return _ENCODERS.get(of.kind, _text)(array)


def _present(array: pa.Array) -> Mask | None:
    """Where the array is not null; None: everywhere."""
    if not array.null_count:
        return None
    return np.asarray(array.is_valid().to_numpy(zero_copy_only=False), bool)


def _of_fixed_size(payload: npt.NDArray[np.uint8], present: Mask | None) -> list[Piece]:
    count, size = payload.shape
    lengths = np.full(count, size, np.int32)
    if present is None:
        return [Matrix(big_endian(lengths)), Matrix(payload)]
    lengths[~present] = -1
    return [Matrix(big_endian(lengths)), Matrix(payload, np.broadcast_to(present[:, None], payload.shape))]


def _numbers(array: pa.Array) -> npt.NDArray[Any]:
    """The values as they lie in memory, with anything where there is a null."""
    size = array.type.bit_width // 8
    data = array.buffers()[1]
    values: npt.NDArray[Any] = np.frombuffer(data, f"V{size}")
    return values[array.offset : array.offset + len(array)]


def _fixed(dtype: str, shift: int = 0) -> Callable[[pa.Array], list[Piece]]:
    def encoder(array: pa.Array) -> list[Piece]:
        values = _numbers(array).view(np.dtype(dtype))
        present = _present(array)
        if shift:
            values = _shifted(values, shift, present)
        return _of_fixed_size(big_endian(values), present)

    return encoder


def _shifted(values: npt.NDArray[Any], shift: int, present: Mask | None) -> npt.NDArray[Any]:
    """From Arrow's count to PostgreSQL's; see `decode._shifted`."""
    limits = np.iinfo(values.dtype)
    if present is not None:
        values = np.where(present, values, 0)
    shifted: npt.NDArray[Any] = values - values.dtype.type(shift)
    infinite, minus_infinite = values == limits.max, values <= limits.min + 1
    if infinite.any() or minus_infinite.any():
        shifted[infinite] = limits.max
        shifted[minus_infinite] = limits.min
    overflown = ~minus_infinite & (shifted > values)
    if overflown.any():
        raise ValueProblem("is earlier than PostgreSQL's first time", int(np.argmax(overflown)))
    return shifted


def _booleans(array: pa.Array) -> list[Piece]:
    values = array.fill_null(False).to_numpy(zero_copy_only=False).astype(np.uint8)
    return _of_fixed_size(values.reshape(-1, 1), _present(array))


def _of_any_size(array: pa.Array, prefix: bytes = b"") -> list[Piece]:
    """Texts or bytes, each after a constant prefix."""
    data = array.view(pa.binary()) if array.type == pa.string() else array
    lengths = pc.binary_length(data)
    present = _present(array)
    if present is not None:
        data, lengths = data.fill_null(b""), lengths.fill_null(-1 - len(prefix))
    sizes = lengths.to_numpy(zero_copy_only=False).astype(np.int32) + np.int32(len(prefix))
    pieces: list[Piece] = [Matrix(big_endian(sizes))]
    if prefix:
        constant = np.broadcast_to(np.frombuffer(prefix, np.uint8), (len(array), len(prefix)))
        mask = None if present is None else np.broadcast_to(present[:, None], constant.shape)
        pieces.append(Matrix(constant, mask))
    return [*pieces, data]


def _text(array: pa.Array) -> list[Piece]:
    return _of_any_size(array)


def _jsonb(array: pa.Array) -> list[Piece]:
    return _of_any_size(array, b"\x01")


_NO_DIGIT = 255
_DIGIT = np.full(256, _NO_DIGIT, np.uint8)
for _value, _signs in enumerate("0 1 2 3 4 5 6 7 8 9 aA bB cC dD eE fF".split()):
    for _sign in _signs:
        _DIGIT[ord(_sign)] = _value
_DASHES = (8, 13, 18, 23)
_DIGITS = [place for place in range(36) if place not in _DASHES]


def _uuids(array: pa.Array) -> list[Piece]:
    present = _present(array)
    if array.type == pa.binary(16):
        return _of_fixed_size(_numbers(array).view(np.uint8).reshape(-1, 16), present)
    if present is not None:
        array = array.fill_null("0" * 8 + "-0000" * 3 + "-" + "0" * 12)
    sizes = pc.binary_length(array).to_numpy(zero_copy_only=False)
    unusual = sizes != 36
    if unusual.any():
        raise _no_uuid(array, int(np.argmax(unusual)))
    offsets = np.frombuffer(array.buffers()[1], np.int32)[array.offset :]
    begin, end = int(offsets[0]), int(offsets[len(array)])
    text = np.frombuffer(array.buffers()[2] or b"", np.uint8)[begin:end].reshape(-1, 36)
    digits = _DIGIT[text[:, _DIGITS]]
    wrong = (digits == _NO_DIGIT).any(axis=1) | (text[:, _DASHES] != ord("-")).any(axis=1)
    if wrong.any():
        raise _no_uuid(array, int(np.argmax(wrong)))
    return _of_fixed_size((digits[:, 0::2] << 4 | digits[:, 1::2]).astype(np.uint8), present)


def _no_uuid(array: pa.Array, row: int) -> ValueProblem:
    return ValueProblem(f"{array[row].as_py()!r} is no uuid", row)


def _lists(array: pa.Array, element: PgType) -> list[Piece]:
    """Arrays: a header of 20 bytes (12 where there are no items), then the items."""
    present = _present(array)
    offsets = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
    counts = np.diff(offsets)
    if present is not None:
        counts = np.where(present, counts, 0)
    items = array.values
    encoded = joined(_pieces(items, element)) if len(items) else pa.array([], pa.binary())
    places = np.frombuffer(encoded.buffers()[1], np.int32)[encoded.offset :]
    data = encoded.buffers()[2]
    # A row's items lie side by side, so that its items are one value of the same bytes, cut elsewhere.
    if present is not None and (np.diff(offsets)[~present] > 0).any():
        raise ValueProblem("is null and has items, which is no array of Arrow's", int(np.argmax(~present)))
    content = pa.Array.from_buffers(pa.binary(), len(array), [None, pa.py_buffer(places[offsets]), data])
    sizes = pc.binary_length(content).to_numpy(zero_copy_only=False)
    with_items = counts > 0
    header = np.zeros((len(array), 5), ">i4")
    header[:, 0] = with_items
    header[:, 1] = bool(items.null_count)
    header[:, 2] = element.oid
    header[:, 3] = counts
    header[:, 4] = 1
    lengths = np.where(with_items, 20 + sizes, 12).astype(np.int32)
    mask = np.ones((len(array), 20), bool)
    mask[~with_items, 12:] = False
    if present is not None:
        lengths[~present] = -1
        mask[~present] = False
    head = header.view(np.uint8).reshape(len(array), 20)
    return [Matrix(big_endian(lengths)), Matrix(head, None if mask.all() else mask), content]


_ENCODERS: dict[str, Callable[[pa.Array], list[Piece]]] = {
    "bool": _booleans,
    **{kind: _fixed(f"i{ARROW[kind].bit_width // 8}") for kind in ("int2", "int4", "int8")},
    "oid": _fixed("u4"),
    "float4": _fixed("f4"),
    "float8": _fixed("f8"),
    "date": _fixed("i4", EPOCH_DAYS),
    "timestamp": _fixed("i8", EPOCH_MICROSECONDS),
    "timestamptz": _fixed("i8", EPOCH_MICROSECONDS),
    "uuid": _uuids,
    "bytea": _of_any_size,
    "jsonb": _jsonb,
}
