"""What dual-write costs: the same writes on two databases, one without and one with it, in turn."""

import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]
ROWS = 2_000
BULK = 100_000
WRITERS = 4
# Statement → largest ratio of its median.
ONE_ROW = {
    "legacy": ("update dh_personas set notes = %s where id = %s", 2.0),
    "legacy, with links": ("update dh_personas set pharma_id = left(%s, 50) where id = %s", None),
    "personas": ("update personas.personas set description = %s where id = %s", 2.5),
}


def run(
    connect: Callable[[str], Connection], without: str, with_it: str, operation: Callable[..., None]
) -> None:
    """Prints the figures. `operation` runs a dbt operation on the second database."""
    with connect(without) as plain, connect(with_it) as live:
        for connection in (plain, live):
            connection.execute("vacuum analyze")
        _one_row(plain, live)
        _bulk(plain, live)
    _switch(lambda: connect(with_it), operation)


def _one_row(plain: Connection, live: Connection) -> None:
    chance = random.Random(1)
    query = "select id from personas.personas inner join dh_personas using (id) order by id limit 50000"
    ids = [row for (row,) in plain.execute(query).fetchall()]
    for name, (statement, limit) in ONE_ROW.items():
        took: dict[str, list[float]] = {"without": [], "with": []}
        for number in range(ROWS):
            row = chance.choice(ids)
            for side, connection in (("without", plain), ("with", live)):
                began = time.perf_counter()
                connection.execute(statement, [f"written {number}", row])
                took[side].append(time.perf_counter() - began)
        # The first ones make the plans of their session.
        medians = {side: statistics.median(seconds[100:]) * 1000 for side, seconds in took.items()}
        ratio = medians["with"] / medians["without"]
        print(
            f"one row of {name:20} {medians['without']:6.2f} ms without, {medians['with']:6.2f} ms with it,"
            f" ratio {ratio:.2f}" + (f" (limit {limit})" if limit else ""),
            flush=True,
        )


def _bulk(plain: Connection, live: Connection) -> None:
    for table, column in (("dh_personas", "focus"), ("personas.personas", "description")):
        took = {}
        for name, connection in (("without", plain), ("with", live)):
            began = time.perf_counter()
            connection.execute(
                f"update {table} set {column} = 'bulk'"
                f" where id in (select id from dh_personas order by id limit {BULK})"
            )
            took[name] = time.perf_counter() - began
        share = took["without"] / took["with"]
        limit = " (limit 0.25)" if table == "dh_personas" else ""
        print(
            f"bulk of {BULK:,} rows of {table}: {took['without']:.1f} s without,"
            f" {took['with']:.1f} s with it, {share:.2f} of the rate{limit}",
            flush=True,
        )


@dataclass
class _Writers:
    """Applications that write one row after the other, and note how long each took."""

    connect: Callable[[], Connection]
    ids: list[Any]
    waits: list[tuple[float, float]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def _write(self, number: int) -> None:
        chance = random.Random(number)
        with self.connect() as connection:
            while not self.stop.is_set():
                began = time.perf_counter()
                connection.execute(
                    "update dh_personas set notes = %s where id = %s",
                    [str(chance.random()), chance.choice(self.ids)],
                )
                self.waits.append((began, time.perf_counter() - began))


def _switch(connect: Callable[[], Connection], operation: Callable[..., None]) -> None:
    with connect() as connection:
        ids = [row for (row,) in connection.execute("select id from dh_personas order by id limit 50000")]
    writers = _Writers(connect, ids)
    spans = {}
    with writers.running():
        time.sleep(3)
        quiet = [wait for _, wait in writers.waits]
        for name in ("dual_write_off", "dual_write_on"):
            began = time.perf_counter()
            operation(name)
            spans[name] = (began, time.perf_counter())
    print(f"writers meanwhile, {WRITERS} of them: median {statistics.median(quiet) * 1000:.1f} ms")
    for name, (began, ended) in spans.items():
        waits = sorted(wait for at, wait in writers.waits if began <= at <= ended)
        p99 = waits[int(len(waits) * 0.99)] * 1000
        print(
            f"{name}: {ended - began:.1f} s; {len(waits):,} writes, p99 {p99:.0f} ms (limit 200),"
            f" longest {waits[-1] * 1000:.0f} ms",
            flush=True,
        )


def run_operation(root: Path, environment: dict[str, str], scratch: Path, *arguments: str) -> None:
    """A dbt operation. Raises RuntimeError when it fails."""
    dbt = str(Path(sys.executable).parent / "dbt")
    paths = ["--profiles-dir", scratch, "--target-path", scratch / "target", "--log-path", scratch / "logs"]
    command = [dbt, "--quiet", "run-operation", *arguments, *map(str, paths)]
    if subprocess.run(command, cwd=root, env=environment, stdout=subprocess.DEVNULL).returncode:
        raise RuntimeError(f"dbt run-operation {arguments[0]} failed")
