"""From a query to Arrow, by COPY on dbt's own connection."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import pyarrow as pa

from dbt_postgres_python.decode import PADDING, Numbers, decode
from dbt_postgres_python.errors import ModelError
from dbt_postgres_python.pgtypes import Column, PgType, columns_of_query

_HEADER_SIZE = 19
_TRAILER = b"\xff\xff"
# Few enough rows for the processor's cache, and enough for the cost of a piece.
_PIECE_ROWS = 5000
_PIECE_BYTES = range(1 << 20, 16 << 20)  # whatever the rows
_WAITING = 8  # pieces, at most

Types = Mapping[str, pa.DataType]


class Source:
    """A query, and how its columns are to be read; `types` names Arrow types other than the usual ones."""

    def __init__(self, cursor: Any, query: str, types: Types | None = None) -> None:
        self._cursor, self._query = cursor, query
        self._wanted = dict(types or {})
        columns = columns_of_query(cursor, query)
        names = [column.name for column in columns]
        unknown = [name for name in self._wanted if name not in names]
        if unknown:
            raise ModelError(f"types names {_listed(unknown)}, but the columns are {_listed(names)}")
        self._columns = [self._as_read(column) for column in columns]
        self.schema = pa.schema([(c.name, self._wanted.get(c.name, c.type.arrow)) for c in columns])

    def table(self) -> pa.Table:
        """Everything, in memory. Received and decoded at the same time."""
        batches: list[pa.RecordBatch] = []
        with ThreadPoolExecutor(1) as decoder:
            waiting: deque[Future[pa.RecordBatch]] = deque()

            def take(starts: Numbers, data: bytes, first_row: int) -> None:
                waiting.append(decoder.submit(self._batch, starts, data, first_row))
                if len(waiting) > _WAITING:
                    batches.append(waiting.popleft().result())

            self._copy(take)
            batches += [future.result() for future in waiting]
        return pa.Table.from_batches(batches, self.schema)

    def batches(self) -> pa.RecordBatchReader:
        """One batch after the other. The rows wait in a file, so that the connection is free meanwhile."""
        spool = TemporaryFile()  # noqa: SIM115, it is read after the return
        index: list[tuple[int, int, int]] = []

        def take(starts: Numbers, data: bytes, first_row: int) -> None:
            index.append((len(starts), len(data), first_row))
            spool.write(starts.tobytes())
            spool.write(data)

        self._copy(take)
        spool.seek(0)

        def read() -> Iterator[pa.RecordBatch]:
            with spool:
                for rows, size, first_row in index:
                    starts = np.frombuffer(spool.read(8 * rows), np.int64)
                    yield self._batch(starts, spool.read(size), first_row)

        return pa.RecordBatchReader.from_batches(self.schema, read())

    def _as_read(self, column: Column) -> Column:
        """As text where that is asked for; numbers without precision always come as text."""
        wanted = self._wanted.get(column.name)
        if wanted is not None and (pa.types.is_string(wanted) or pa.types.is_large_string(wanted)):
            return Column(column.name, PgType("text", "text", 25))
        return column

    def _copy(self, take: Callable[[Numbers, bytes, int], None]) -> None:
        selected = ", ".join(map(_selected, self._columns))
        receiver = _Receiver(take)
        statement = f"copy (select {selected} from ({self._query}) as q) to stdout (format binary)"
        try:
            self._cursor.copy_expert(statement, receiver)
        except Exception:
            if receiver.problem is not None:
                raise receiver.problem from None
            raise
        receiver.finish()

    def _batch(self, starts: Numbers, data: bytes, first_row: int) -> pa.RecordBatch:
        arrays = decode(data, starts, self._columns, first_row)
        cast = [_cast(array, wanted) for array, wanted in zip(arrays, self.schema, strict=True)]
        return pa.RecordBatch.from_arrays(cast, schema=self.schema)


def _selected(column: Column) -> str:
    of = column.type
    if of.kind in ("numeric", "other") or of.oid == 25:
        return f"{column.quoted}::text"
    if of.element is not None and of.element.kind == "numeric":
        return f"{column.quoted}::text[]"
    return column.quoted


def _cast(array: pa.Array, wanted: pa.Field) -> pa.Array:
    if array.type == wanted.type:
        return array
    try:
        return array.cast(wanted.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ModelError(f'column "{wanted.name}" cannot be read as {wanted.type}: {error}') from None


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


class _Receiver:
    """A file to COPY into; libpq hands over one row at a time."""

    def __init__(self, take: Callable[[Numbers, bytes, int], None]) -> None:
        self._take = take
        self._rows: list[bytes] = []
        self._size = 0
        self._enough = _PIECE_BYTES.start
        self._taken = 0
        self._has_header = True
        self.problem: Exception | None = None

    def write(self, row: bytes) -> None:
        self._rows.append(row)
        self._size += len(row)
        if self._size >= self._enough:
            self._flush()

    def finish(self) -> None:
        self._flush()

    def _flush(self) -> None:
        rows, size, self._rows, self._size = self._rows, self._size, [], 0
        if self._has_header and rows:
            # It comes with the first row, or alone.
            rows[0] = rows[0][_HEADER_SIZE:]
            self._has_header = False
        if rows and rows[-1] == _TRAILER:
            rows.pop()
        rows = [row for row in rows if row] if rows and not rows[0] else rows
        if not rows:
            return
        self._enough = min(max(_PIECE_ROWS * size // len(rows), _PIECE_BYTES.start), _PIECE_BYTES.stop)
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        starts = np.cumsum(lengths) - lengths
        first_row = self._taken
        self._taken += len(rows)
        try:
            self._take(starts, b"".join([*rows, PADDING]), first_row)
        except Exception as problem:
            self.problem = problem
            raise
