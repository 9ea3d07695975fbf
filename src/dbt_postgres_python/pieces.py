"""Pieces of rows, and how they are joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Matrix:
    """Bytes of every row, a row of the matrix each; of those only where the mask is true, if there is one."""

    data: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.bool_] | None = None

    def beside(self, right: "Matrix") -> "Matrix":
        """Both, this one first."""
        data = np.hstack([self.data, right.data])
        if self.mask is None and right.mask is None:
            return Matrix(data)
        masks = [np.ones(m.data.shape, bool) if m.mask is None else m.mask for m in (self, right)]
        return Matrix(data, np.hstack(masks))

    def as_array(self) -> pa.Array:
        """A binary array of its rows."""
        count, width = self.data.shape
        offsets = np.zeros(count + 1, np.int32)
        if self.mask is None:
            offsets[:] = np.arange(count + 1, dtype=np.int32) * width
            data = np.ascontiguousarray(self.data)
        else:
            np.cumsum(self.mask.sum(axis=1), out=offsets[1:])
            data = self.data[self.mask]
        return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(data)])


Piece: TypeAlias = Matrix | pa.Array
"""A part of every row: a matrix, or a binary array without nulls."""


def big_endian(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Numbers as PostgreSQL sends them: one row each."""
    turned = np.ascontiguousarray(values.astype(values.dtype.newbyteorder(">"), copy=False))
    return turned.view(np.uint8).reshape(len(values), values.dtype.itemsize)


def joined(pieces: Sequence[Piece]) -> pa.Array:
    """The pieces of each row, one after the other, as a binary array."""
    arrays: list[pa.Array] = []
    matrix: Matrix | None = None
    for piece in pieces:
        if isinstance(piece, Matrix):
            matrix = piece if matrix is None else matrix.beside(piece)
            continue
        if matrix is not None:
            arrays.append(matrix.as_array())
            matrix = None
        arrays.append(piece)
    if matrix is not None:
        arrays.append(matrix.as_array())
    if len(arrays) == 1:
        return arrays[0]
    return pc.binary_join_element_wise(*arrays, pa.scalar(b"", pa.binary()))
