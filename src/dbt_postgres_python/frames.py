"""What a model may return, as Arrow arrays column by column."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import pyarrow as pa

from dbt_postgres_python.errors import ModelError
from dbt_postgres_python.pgtypes import Column

Arrays = list[pa.Array]
"""One array for each column, all equally long."""


class Frame(Protocol):
    """Rows and named columns."""

    names: list[str]

    def arrow_type(self, name: str) -> pa.DataType:
        """The Arrow type of a column."""

    def batches(self, columns: Sequence[Column]) -> Iterator[Arrays]:
        """The rows, of these columns in this order."""


class ArrowFrame:
    """An Arrow table or stream."""

    def __init__(self, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        self.names = list(schema.names)
        self._schema, self._batches = schema, batches

    def arrow_type(self, name: str) -> pa.DataType:
        return self._schema.field(name).type

    def batches(self, columns: Sequence[Column]) -> Iterator[Arrays]:
        places = [self.names.index(column.name) for column in columns]
        for batch in self._batches:
            yield [batch.column(place) for place in places]


class PandasFrame:
    """A pandas frame, without its index. What pandas takes for missing (NaN, NaT, None, NA) is null."""

    def __init__(self, frame: Any) -> None:
        unnamed = [name for name in frame.columns if not isinstance(name, str)]
        if unnamed:
            raise ModelError(f"every column needs a text for a name; this is none: {unnamed[0]!r}")
        self.names = list(frame.columns)
        self._frame = frame

    def arrow_type(self, name: str) -> pa.DataType:
        return _from_pandas(self._frame[name], name, None).type

    def batches(self, columns: Sequence[Column]) -> Iterator[Arrays]:
        converted = {c.name: _from_pandas(self._frame[c.name], c.name, c.type.kind) for c in columns}
        yield from ArrowFrame(
            pa.schema([(name, array.type) for name, array in converted.items()]),
            iter(pa.table(converted).to_batches()),
        ).batches(columns)


def _from_pandas(series: Any, name: str, kind: str | None) -> Any:
    """A pandas column as an Arrow array, perhaps in chunks."""
    values = series
    if series.dtype == object:
        values = [_plain(value, kind) for value in series]
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise ModelError(_odd_value(series, name) or f'column "{name}": {error}') from None


def _plain(value: Any, kind: str | None) -> Any:
    """Objects that Arrow would change: decimals get more zeros, dictionaries the keys of the others."""
    if kind in ("json", "jsonb") and isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if kind in ("numeric", "uuid") and type(value).__name__ in ("Decimal", "UUID"):
        return str(value)
    return value


def _odd_value(series: Any, name: str) -> str | None:
    """The first value that is of another kind than the first one that there is."""
    first = None
    for row, value in enumerate(series, start=1):
        if value is None or value != value:
            continue
        first = first or type(value)
        if type(value) is not first:
            kind = type(value).__name__
            return f'column "{name}", row {row}: {value!r} is a {kind}, those before are {first.__name__}'
    return None


def as_frames(result: Any) -> Iterator[Frame]:
    """What a model returned: one frame, or those of an iterator. Raises ModelError for anything else."""
    frame = _as_frame(result)
    if frame is not None:
        yield frame
        return
    if not isinstance(result, Iterator):
        raise ModelError(
            f"the model returned {_kind(result)}; it must return a pandas or polars frame, an Arrow table,"
            " a relation, or an iterator of such"
        )
    first: Frame | None = None
    for item in result:
        frame = _as_frame(item)
        if frame is None:
            raise ModelError(
                f"the model yielded {_kind(item)}; it must yield frames, Arrow tables or batches"
            )
        if first is not None and frame.names != first.names:
            raise ModelError(f"the model yielded columns {frame.names} after {first.names}")
        first = first or frame
        yield frame
    if first is None:
        raise ModelError("the model yielded nothing; an empty result needs its columns: yield an empty frame")


def _as_frame(result: Any) -> Frame | None:
    module = type(result).__module__.partition(".")[0]
    if module == "pandas" and type(result).__name__ == "DataFrame":
        return _checked(PandasFrame(result))
    if module == "polars" and type(result).__name__ == "LazyFrame":
        result = result.collect()
    if hasattr(result, "__arrow_c_stream__"):
        reader = pa.RecordBatchReader.from_stream(result)
        return _checked(ArrowFrame(reader.schema, reader))
    if isinstance(result, pa.RecordBatch):
        return _checked(ArrowFrame(result.schema, iter([result])))
    return None


def _checked(frame: Frame) -> Frame:
    twice = sorted({name for name in frame.names if frame.names.count(name) > 1})
    if twice:
        raise ModelError(f"the result has more than one column of the name {', '.join(map(repr, twice))}")
    if not frame.names:
        raise ModelError("the result has no columns")
    return frame


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__module__}.{type(value).__qualname__}"
