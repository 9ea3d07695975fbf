import datetime
import decimal

import pyarrow as pa


def model(dbt, session):
    """Types without a word in the YAML: the exact one for each Arrow type."""
    return pa.table(
        {
            "small": pa.array([1], pa.int8()),
            "whole": pa.array([1], pa.int32()),
            "big": pa.array([1], pa.int64()),
            "unsigned": pa.array([2**64 - 1], pa.uint64()),
            "money": pa.array([decimal.Decimal("1.10")], pa.decimal128(9, 2)),
            "text": pa.array(["x"]).dictionary_encode(),
            "at": pa.array([datetime.datetime(2024, 1, 1)], pa.timestamp("ms")),
            "day": pa.array([datetime.date(2024, 1, 1)]),
            "tags": pa.array([["a", None]]),
        }
    )
