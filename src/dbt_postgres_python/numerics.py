"""Numbers without a limit to their digits: PostgreSQL's numeric.

On the wire a numeric is its decimal digits in groups of four, with the number of digits to show behind the
point (1.0 and 1.00 differ), so a number that comes as text arrives as it was written.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dbt_postgres_python.errors import ValueProblem
from dbt_postgres_python.pieces import Matrix, Piece, big_endian

_NEGATIVE, _NOT_A_NUMBER, _INFINITE, _MINUS_INFINITE = 0x4000, 0xC000, 0xD000, 0xF000
_POWERS = np.array([1000, 100, 10, 1], np.uint16)
_MANY = 200  # characters, of which a matrix is made for the whole batch
_MOST_DIGITS_BEHIND_POINT = 16383


def numeric_pieces(array: pa.Array) -> list[Piece]:
    """A column of texts, each a number, as pieces of rows. Raises ValueProblem for a text that is none."""
    present = np.asarray(array.is_valid().to_numpy(zero_copy_only=False), bool)
    payload = _plain_numbers(array.fill_null("0") if array.null_count else array)
    if payload is not None:
        lengths = np.where(present, payload.shape[1], -1).astype(np.int32)
        mask = None if present.all() else np.broadcast_to(present[:, None], payload.shape)
        return [Matrix(big_endian(lengths)), Matrix(payload, mask)]
    texts = array.to_pylist()
    values = [None if text is None else _on_the_wire(text, row) for row, text in enumerate(texts)]
    lengths = np.array([-1 if value is None else len(value) for value in values], np.int32)
    return [Matrix(big_endian(lengths)), pa.array([value or b"" for value in values], pa.binary())]


def _plain_numbers(text: pa.Array) -> npt.NDArray[np.uint8] | None:
    """The numbers on the wire, all with the same number of groups: PostgreSQL drops the zeros at both ends.

    None where one is not just digits with perhaps a sign and a point, or has very many.
    """
    sizes = pc.binary_length(text).to_numpy(zero_copy_only=False)
    if not len(text) or int(sizes.min()) == 0 or int(sizes.max()) > _MANY:
        return None
    offsets = np.frombuffer(text.buffers()[1], np.int32)[text.offset :][: len(text)]
    characters = np.frombuffer(text.buffers()[2], np.uint8)
    point = pc.find_substring(text, ".").to_numpy(zero_copy_only=False)
    negative = characters[offsets] == ord("-")
    begins, ends = offsets + negative, offsets + sizes
    points = np.where(point >= 0, offsets + point, ends)
    scales = np.maximum(ends - points - 1, 0)
    if ((points <= begins) | ((point >= 0) & (scales == 0))).any():
        return None
    before, behind = (-(-int(most.max()) // 4) for most in (points - begins, scales))
    places = np.arange(-4 * before, 4 * behind, dtype=np.int32)
    places[4 * before :] += 1
    at = points[:, None] + places
    counts = (at >= begins[:, None]) & (at < ends[:, None])
    at[~counts] = 0
    digits = np.where(counts, characters[at] - np.uint8(ord("0")), 0).astype(np.uint8)
    if (digits > 9).any():
        return None
    numbers = np.empty((len(text), 4 + before + behind), np.uint16)
    numbers[:, 0] = before + behind
    numbers[:, 1] = before - 1
    numbers[:, 2] = np.where(negative, _NEGATIVE, 0)
    numbers[:, 3] = scales
    numbers[:, 4:] = digits.reshape(len(text), -1, 4).astype(np.uint16) @ _POWERS
    return big_endian(numbers.ravel()).reshape(len(text), -1)


def _on_the_wire(text: str, row: int) -> bytes:
    """One number, of any kind. Raises ValueProblem for what is none."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise ValueProblem(f"{text!r} is no number", row) from None
    if value.is_nan():
        return _packed([], 0, _NOT_A_NUMBER, 0)
    if value.is_infinite():
        return _packed([], 0, _MINUS_INFINITE if value.is_signed() else _INFINITE, 0)
    sign, digits, exponent = value.as_tuple()
    exponent = int(exponent)
    scale = max(-exponent, 0)
    if scale > _MOST_DIGITS_BEHIND_POINT or exponent + len(digits) > 131_072:
        raise ValueProblem(f"{text[:40]!r} has more digits than a numeric can hold", row)
    padding = -scale % 4
    number = "".join(map(str, digits)) + "0" * (max(exponent, 0) + padding)
    number = number.zfill(-(-len(number) // 4) * 4)
    groups = [int(number[place : place + 4]) for place in range(0, len(number), 4)]
    weight = len(groups) - (scale + padding) // 4 - 1
    return _packed(groups, weight, _NEGATIVE if sign else 0, scale)


def _packed(groups: list[int], weight: int, sign: int, scale: int) -> bytes:
    head: list[Any] = [len(groups), weight & 0xFFFF, sign, scale]
    return np.array([*head, *groups], ">u2").tobytes()
