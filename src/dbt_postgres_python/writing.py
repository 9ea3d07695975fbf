"""From what a model returned to a new table, by COPY on dbt's own connection."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg2

from dbt_postgres_python.api import Relation
from dbt_postgres_python.encode import encode
from dbt_postgres_python.errors import ModelError
from dbt_postgres_python.frames import Arrays, Frame, as_frames
from dbt_postgres_python.mapping import sql_type
from dbt_postgres_python.pgtypes import Column, PgType, columns_of_query, columns_of_table, quote
from dbt_postgres_python.settings import Target

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
# Few enough rows to stay in the processor's cache.
_ROWS = 8192
_BYTES = 64 << 20
_READ_BYTES = 256 << 10
_STAGING = '"dbt_postgres_python_staging"'

Types = Mapping[str, str | None]
"""Column → its data_type in the model's YAML, None where that names none."""


def store(cursor: Any, result: Any, target: Target, yaml: Types) -> int:
    """Makes the target table and fills it; returns the number of rows. Raises ModelError."""
    if isinstance(result, Relation):
        return _store_query(cursor, result.query, target, yaml)
    rows = 0
    columns: list[Column] | None = None
    for frame in as_frames(result):
        if columns is None:
            _create(cursor, frame.names, partial(_type_by_arrow, frame), target, yaml)
            columns = columns_of_table(cursor, target.relation)
        rows += _copy(cursor, frame, columns, target.relation, rows)
    return rows


def _store_query(cursor: Any, query: str, target: Target, yaml: Types) -> int:
    """A relation that the model returned as it is: the rows do not leave the server."""
    columns = columns_of_query(cursor, query)
    types = {column.name: column.type for column in columns}
    names = list(types)
    _create(cursor, names, lambda name: types[name].name, target, yaml)
    for made in columns_of_table(cursor, target.relation):
        found = types[made.name]
        if found.oid != made.type.oid and {found.kind, made.type.kind} != {"text"}:
            # The insert would turn numbers into others, as 1.5 into 2.
            raise ModelError(f'column "{made.name}" is of type {found.name}, not {made.type.name}')
    listed = ", ".join(map(quote, names))
    cursor.execute(f"insert into {target.relation} ({listed}) select {listed} from ({query}) as q")
    return int(cursor.rowcount)


def _type_by_arrow(frame: Frame, name: str) -> str:
    return sql_type(name, frame.arrow_type(name))


def _create(
    cursor: Any, names: Sequence[str], type_of: Callable[[str], str], target: Target, yaml: Types
) -> None:
    """Makes the table; `type_of` gives the SQL type of a column that has none in the YAML."""
    _check_names(names, [name for name, of in yaml.items() if of or target.is_enforced], target.is_enforced)
    definition = target.definition
    if definition is None:
        order = list(yaml) if target.is_enforced else names
        definition = (
            "(" + ", ".join(f"{quote(name)} {yaml.get(name) or type_of(name)}" for name in order) + ")"
        )
    cursor.execute(f"{target.create} {definition}")


def _check_names(found: Sequence[str], wanted: Sequence[str], is_complete: bool) -> None:
    missing = [name for name in wanted if name not in found]
    extra = [name for name in found if name not in wanted] if is_complete else []
    problems = []
    if missing:
        problems.append(f"the result lacks {_listed(missing)}, which the model's YAML has")
    if extra:
        problems.append(f"the result has {_listed(extra)}, which the model's YAML, a contract, does not have")
    if problems:
        raise ModelError("; ".join(problems) + f" (columns of the result: {_listed(found)})")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names) or "none"


def _copy(cursor: Any, frame: Frame, columns: Sequence[Column], relation: str, first_row: int) -> int:
    """Adds the rows of a frame; values of types that COPY wants as text go through a temporary table."""
    staged = [Column(c.name, _TEXT if c.type.kind == "other" else c.type) for c in columns]
    if staged == list(columns):
        return _copy_into(cursor, frame, columns, relation, first_row)
    described = ", ".join(f"{c.quoted} {c.type.name}" for c in staged)
    cursor.execute(f"create temporary table {_STAGING} ({described}) on commit drop")
    rows = _copy_into(cursor, frame, staged, _STAGING, first_row)
    names = ", ".join(column.quoted for column in columns)
    values = ", ".join(f"{c.quoted}::{c.type.name}" for c in columns)
    cursor.execute(f"insert into {relation} ({names}) select {values} from {_STAGING}")
    cursor.execute(f"drop table {_STAGING}")
    return rows


_TEXT = PgType("text", "text", 25)


def _copy_into(cursor: Any, frame: Frame, columns: Sequence[Column], relation: str, first_row: int) -> int:
    names = ", ".join(column.quoted for column in columns)
    with ThreadPoolExecutor(1) as encoder:
        rows = _Rows(frame.batches(columns), columns, first_row, encoder)
        try:
            cursor.copy_expert(f"copy {relation} ({names}) from stdin (format binary)", rows, _READ_BYTES)
        except psycopg2.Error as error:
            if rows.problem is not None:
                raise rows.problem from None
            raise ModelError(_explained(error, first_row)) from error
    return rows.count


def _explained(error: psycopg2.Error, first_row: int) -> str:
    """The server's words, which name row and column."""
    place = error.diag.context or ""
    line = place.rpartition(", line ")[2]
    number, _, column = line.partition(", column ")
    words = [part for part in (error.diag.message_primary, error.diag.message_detail) if part] or [
        str(error).strip()
    ]
    where = ""
    if number.strip().isdigit():
        where = f"row {first_row + int(number)}: "
        if column:
            where = f'column "{column.strip()}", ' + where
    return where + ". ".join(words)


class _Rows:
    """A file to COPY from. While the server takes one piece, the next is made."""

    def __init__(
        self,
        batches: Iterator[Arrays],
        columns: Sequence[Column],
        first_row: int,
        encoder: ThreadPoolExecutor,
    ) -> None:
        self._columns, self._encoder = columns, encoder
        self._slices = _sliced(batches)
        self._left = memoryview(_HEADER)
        self._ended = False
        self._first_row = first_row
        self.count = 0
        self.problem: Exception | None = None
        self._next = self._make_next()

    def _make_next(self) -> Any:
        first_row = self._first_row + self.count

        def make() -> memoryview | None:
            arrays = next(self._slices, None)
            if arrays is None:
                return None
            self.count += len(arrays[0])
            return encode(arrays, self._columns, first_row)

        return self._encoder.submit(make)

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end."""
        if not self._left and not self._ended:
            try:
                made = self._next.result()
            except Exception as problem:
                self.problem = problem
                raise
            if made is None:
                self._ended, made = True, memoryview(_TRAILER)
            else:
                self._next = self._make_next()
            self._left = made
        taken, self._left = self._left[:size], self._left[size:]
        return bytes(taken)


def _sliced(batches: Iterator[Arrays]) -> Iterator[Arrays]:
    """The same rows, few at a time."""
    for arrays in batches:
        count = len(arrays[0])
        size = sum(array.nbytes for array in arrays)
        rows = max(1, min(_ROWS, _BYTES * count // max(size, 1)))
        for begin in range(0, count, rows):
            yield [array.slice(begin, rows) for array in arrays]
