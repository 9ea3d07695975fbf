"""What Python models are made of, without dbt and without a database."""

import importlib.util
import sys
from decimal import Context, Decimal
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from dbt.adapters.base.impl import BaseAdapter
from hypothesis import given
from hypothesis import strategies as st

from dbt_postgres_python.decode import PADDING, decode
from dbt_postgres_python.encode import encode
from dbt_postgres_python.errors import ModelError
from dbt_postgres_python.frames import as_frames
from dbt_postgres_python.mapping import sql_type
from dbt_postgres_python.model import explained, loaded
from dbt_postgres_python.numerics import _on_the_wire, numeric_pieces
from dbt_postgres_python.pgtypes import Column, PgType
from dbt_postgres_python.pieces import joined
from dbt_postgres_python.plugin import check_interfaces

_EXACT = Context(prec=1000)
MODELS = Path(__file__).parent / "python_models_project" / "models"


def test_what_dbt_no_longer_has_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    check_interfaces()
    monkeypatch.delattr(BaseAdapter, "submit_python_job")
    with pytest.raises(ModelError, match=r"dbt-core 1\..*PostgresAdapter.submit_python_job is not there"):
        check_interfaces()


def of(kind: str, element: str | None = None) -> PgType:
    """A type of a kind, for a column."""
    return PgType(kind, kind, 1, element=None if element is None else of(element))


def back_and_forth(values: pa.Array, kind: PgType) -> pa.Array:
    """Encoded as one column, and decoded."""
    rows = [bytes(encode([values.slice(row, 1)], [Column("c", kind)])) for row in range(len(values))]
    if kind.element is None:  # of arrays, each row by itself knows whether it holds a null
        assert b"".join(rows) == bytes(encode([values], [Column("c", kind)]))
    sizes = np.array([len(row) for row in rows], np.int64)
    (found,) = decode(b"".join([*rows, PADDING]), np.cumsum(sizes) - sizes, [Column("c", kind)])
    found.validate(full=True)
    return found


@given(st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_texts_survive(texts: list[str | None]) -> None:
    values = pa.array(texts, pa.string())
    for kind in ("text", "jsonb"):
        assert back_and_forth(values, of(kind)) == values
    assert back_and_forth(values.cast(pa.binary()), of("bytea")) == values.cast(pa.binary())


@given(
    st.lists(st.none() | st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]))), min_size=1)
)
def test_lists_survive(lists: list[list[str | None] | None]) -> None:
    values = pa.array(lists, pa.list_(pa.string()))
    assert back_and_forth(values, of("array", "text")) == values


@given(st.lists(st.none() | st.integers(-(2**63) + 2, 2**63 - 1), min_size=1))
def test_whole_numbers_survive(numbers: list[int | None]) -> None:
    values = pa.array(numbers, pa.int64())
    assert back_and_forth(values, of("int8")) == values


def test_infinite_times_survive() -> None:
    values = pa.array([2**63 - 1, -(2**63) + 1, 0, None], pa.int64()).cast(pa.timestamp("us", "UTC"))
    assert back_and_forth(values, of("timestamptz")).cast(pa.int64()) == values.cast(pa.int64())


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=7), min_size=1, max_size=5))
def test_numbers_take_the_same_bytes_the_quick_and_the_slow_way(numbers: list[Decimal]) -> None:
    """But for zeros at the ends, which PostgreSQL drops: so their value, sign and scale are compared."""
    texts = [format(number, "f") for number in numbers]
    quick = [_number(value[4:]) for value in joined(numeric_pieces(pa.array(texts))).to_pylist()]
    assert quick == [_number(_on_the_wire(text, 0)) for text in texts]


def _number(wire: bytes) -> tuple[Decimal, int, int]:
    count, weight, sign, scale = (int(n) for n in np.frombuffer(wire, ">i2")[:4])
    groups = np.frombuffer(wire, ">i2")[4:]
    assert len(groups) == count
    value = sum(Decimal(int(g)).scaleb(4 * (weight - place), _EXACT) for place, g in enumerate(groups))
    return Decimal(value), sign, scale


@pytest.mark.parametrize(
    "text", ["", "-", ".", "1.", "1e5", "+1", " 1 ", "1_000", "0x1", "1.2.3", "NaN", "--1"]
)
def test_odd_texts_are_numbers_only_where_decimal_says_so(text: str) -> None:
    try:
        wanted = _on_the_wire(text, 0)
    except Exception as error:
        with pytest.raises(type(error)):
            numeric_pieces(pa.array([text]))
    else:
        assert joined(numeric_pieces(pa.array([text]))).to_pylist()[0][4:] == wanted


@pytest.mark.parametrize(
    ("values", "kind", "told"),
    [
        (pa.array([None, "x"]), of("int4"), "row 12: 'x' is of Arrow type string"),
        (pa.array([1, 40000]), of("int2"), "row 12: 40000 is no value"),
        (pa.array([1.0, 1.5]), of("int4"), "row 12: 1.5 is no value"),
        (pa.array([1, 0]), of("bool"), "row 11: 1 is of Arrow type int64"),
        (pa.array(["0" * 36]), of("uuid"), "is no uuid"),
        (pa.array(["1", "many"]), of("numeric"), "row 12: 'many' is no number"),
        (pa.array([0], pa.timestamp("us")), of("timestamptz"), "is of Arrow type timestamp"),
        (pa.array([0], pa.timestamp("us", "UTC")), of("timestamp"), "is of Arrow type timestamp"),
        (pa.array([86_400_000_000, 1], pa.timestamp("us")), of("date"), "row 12: .* has a time of day"),
        (pa.array([1], pa.timestamp("ns", "UTC")), of("timestamptz"), "is no value"),
        (pa.array([["a"], None, [], ["b", "c"]]), of("array", "int4"), "row 11: 'a' is of Arrow type string"),
        (pa.array([[1], [2, 2**40]]), of("array", "int4"), "row 12: 1099511627776 is no value"),
    ],
)
def test_values_that_do_not_fit_are_named(values: pa.Array, kind: PgType, told: str) -> None:
    with pytest.raises(ModelError, match=f'column "c", .*{told}'):
        encode([values], [Column("c", kind)], first_row=10)


def test_pandas_objects_keep_what_arrow_would_change() -> None:
    frame = pd.DataFrame(
        {"n": [Decimal("1.0"), Decimal("1.00"), None], "j": [{"a": 1}, [2], "{}"]}, dtype=object
    )
    (found,) = as_frames(frame)
    (arrays,) = found.batches([Column("n", of("numeric")), Column("j", of("jsonb"))])
    assert [array.to_pylist() for array in arrays] == [["1.0", "1.00", None], ['{"a": 1}', "[2]", "{}"]]


@pytest.mark.parametrize("arrow", [pa.null(), pa.struct([]), pa.duration("us"), pa.timestamp("ns")])
def test_a_type_without_an_exact_counterpart_has_to_be_named(arrow: pa.DataType) -> None:
    with pytest.raises(ModelError, match="name its data_type"):
        sql_type("c", arrow)


def test_a_frame_has_one_column_of_a_name() -> None:
    with pytest.raises(ModelError, match="more than one column of the name 'a'"):
        list(as_frames(pa.table([[1], [2]], names=["a", "a"])))


def test_a_model_is_a_module_whose_functions_can_be_tested() -> None:
    scored = _imported(MODELS / "made" / "scored.py")
    assert scored.source(pa.array([1.0, 2.0, None]), scored.Limit(1.5)).to_pylist() == [False, True, None]


def _imported(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("a_model", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["a_model"] = module
    spec.loader.exec_module(module)
    return module


def test_lines_are_counted_from_the_top_of_the_file(tmp_path: Path) -> None:
    """dbt hands over the code without the empty lines at the top."""
    file = tmp_path / "m.py"
    file.write_text("\n\n\ndef model(dbt, session):\n    return 1 / 0\n")
    with loaded(file.read_text().strip(), file, "m") as model:
        try:
            model(None, None)
        except ZeroDivisionError as error:
            told = explained(error, file, tmp_path)
    assert str(told.msg).splitlines() == [
        "ZeroDivisionError: division by zero",
        "  m.py, line 5, in model",
        "    return 1 / 0",
    ]
    assert "m" not in sys.modules
