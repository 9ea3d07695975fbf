"""The speed of linking alone, without a database: `make bench ARGS=linking`, or this script.

Seconds and memory of finding the pairs of generated personas (15 % twins) on two threads, each size in a
process of its own, and the exponent of the growth. In `dbt build`, COPY comes on top.
"""

import argparse
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

SIZES = (25_000, 100_000, 400_000, 1_000_000)
LIMIT_SIZE = 400_000  # 200,000 + 200,000
LIMIT_SECONDS = 10.0
LIMIT_MEGABYTES = 2_048
LIMIT_EXPONENT = 1.2
RUNS = 3


def run(sizes: Sequence[int] = SIZES, runs: int = RUNS) -> None:
    """Prints the table and whether the limits hold."""
    print(f"   records     pairs  seconds us/record  Python process   (fastest of {runs})")
    points = []
    with tempfile.TemporaryDirectory() as scratch:
        for size in sizes:
            measured = _measure(size, Path(scratch), runs)
            points.append((size, min(seconds for seconds, _, _ in measured)))
            seconds, pairs, megabytes = min(measured)
            print(
                f"{size:10,} {pairs:9,} {seconds:8.2f} {seconds / size * 1e6:9.1f} {megabytes:12,.0f} MB",
                flush=True,
            )
            if size == LIMIT_SIZE:
                print(f"{'':10} {limits_told(seconds, megabytes)}")
    if len(points) > 1:
        grown = exponent(points)
        held = grown <= LIMIT_EXPONENT
        print(f"exponent {grown:.2f} (limit {LIMIT_EXPONENT}: {_told(held)})")


def limits_told(seconds: float, megabytes: float) -> str:
    """Whether the limits for `LIMIT_SIZE` records hold."""
    held = seconds <= LIMIT_SECONDS and megabytes <= LIMIT_MEGABYTES
    return f"limit {LIMIT_SECONDS} s, {LIMIT_MEGABYTES:,} MB: {_told(held)}"


def _told(held: bool) -> str:
    return "holds" if held else "DOES NOT HOLD"


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the least-squares line through the logarithms of (records, seconds)."""
    logs = [(math.log(size), math.log(seconds)) for size, seconds in points]
    x_mean = sum(x for x, _ in logs) / len(logs)
    y_mean = sum(y for _, y in logs) / len(logs)
    return sum((x - x_mean) * (y - y_mean) for x, y in logs) / sum((x - x_mean) ** 2 for x, _ in logs)


def _measure(size: int, scratch: Path, runs: int) -> list[tuple[float, int, float]]:
    """Seconds, pairs, and the process's largest memory in MB, of each run."""
    table = scratch / f"{size}.arrow"
    call = [sys.executable, __file__, "--one", str(table)]
    subprocess.run([*call, "--make", str(size)], check=True)
    told = [
        subprocess.run(call, check=True, capture_output=True, text=True).stdout.split() for _ in range(runs)
    ]
    table.unlink()
    return [(float(seconds), int(pairs), float(megabytes)) for seconds, pairs, megabytes in told]


def _make(size: int, table: Path) -> None:
    from generated_personas import generate

    records = generate(size // 2, seed=1).records
    with pa.ipc.new_file(str(table), records.schema) as writer:
        writer.write_table(records)


def _one(table: Path) -> None:
    from legacy_records import role_words

    from personas.linking import Options, find_pairs

    records = pa.ipc.open_file(str(table)).read_all()
    began = time.monotonic()
    pairs = find_pairs(records, role_words(), Options(threads=2))
    took = time.monotonic() - began
    print(took, pairs.num_rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    """One size in this process, or all of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="records of both tables together")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.make:
        _make(arguments.make, arguments.one)
    elif arguments.one:
        _one(arguments.one)
    else:
        run(arguments.sizes, arguments.runs)


if __name__ == "__main__":
    main()
