"""The figures of the marts' build, as ratios from one run: `make bench`.

1. ratio: the build against `plain_script.sql`, which fills the same tables with identical rows
   under the same constraints and indexes on the same server, the two in turn.
2. growth: seconds of the build over rows, and the exponent of the line through them.
3. make build: the default demo in a fresh copy of the checkout, everything installed.
4. reads: the application's reads, new against old (`reads.py`), on 100,000 personas.
5. proof: round trip and fidelity of `personas verify` (`proof.py`), on 1,000,000 + 200,000 rows.
6. comparison: what other tools notice of the corruption suite (`comparison.py`).
7. python: a Python model that only copies, against `create table as select` (`python_models.py`).
8. linking: pairs of 25,000 to 1,000,000 records, alone (`linking.py`) and inside `dbt build`.
9. dual_write: what dual-write costs writers (`dual_write.py`), on 200,000 personas.
10. again: the second `dbt build` with all tests against the first, on the demo, on this server and on 15.

Everything happens on a server of its own in a temporary directory, which may have a quarter of the memory
(or, with PGHOST set, in databases of its own on that server), and is removed afterwards.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import comparison
import dual_write
import linking
import linking_in_build
import proof
import psutil
import psycopg
import python_models
import reads
from linking import exponent
from psycopg.conninfo import make_conninfo

from personas import demo, packages
from personas.demo.load import DEFAULT_ROWS
from personas.project import project_root
from personas.server import EmbeddedServer, wheel_binaries

ROOT = project_root()
PLAIN_SCRIPT = Path(__file__).with_name("plain_script.sql")
MARTS = (
    "personas",
    "persona_industry_mapping",
    "persona_role_mapping",
    "persona_jtbd_mapping",
    "persona_source_mapping",
    "persona_link_source_mapping",
)
# Bookkeeping, and what only linking knows, which the plain script does not do.
NOT_COMPARED = {"first_seen_at", "match_probability"}
ALL = ("ratio", "growth", "build", "reads", "proof", "comparison", "python", "linking", "dual_write", "again")
PROOF_ROWS = 1_000_000  # and a fifth of it in org_personas
WITH_CONTRIB = Path("/usr/lib/postgresql/15/bin")  # Debian's; the wheel's server has no extensions
DUAL_WRITE_ROWS = 166_667  # and a fifth of it in org_personas: 200,000
READS_ROWS = 83_334  # and a fifth of it in org_personas: 100,000


@dataclass(frozen=True)
class DbtRun:
    """One `dbt build` without tests: seconds from the start of the first model that makes rows
    (`int_persona_clusters`) to the end of the last mart, seconds of the whole process, its largest memory
    in MB, seconds of each model."""

    models: float
    process: float
    memory: float
    marts: dict[str, float]


@contextmanager
def server() -> Iterator[dict[str, str]]:
    """The PG* variables of the server to measure on."""
    if os.environ.get("PGHOST"):
        yield {name: value for name, value in os.environ.items() if name.startswith("PG")}
        return
    with scratch_directory() as home:
        yield from _while_running(
            EmbeddedServer(home / "server", wheel_binaries(), other_settings=_of_this_machine())
        )


@contextmanager
def server_with_contrib() -> Iterator[dict[str, str]]:
    """The PG* variables of a server of Debian's PostgreSQL 15, whose locale is like that of the wheel's."""
    options = ("--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8")
    with scratch_directory() as home:
        yield from _while_running(
            EmbeddedServer(home / "server", WITH_CONTRIB, 15, options, _of_this_machine())
        )


def _of_this_machine() -> dict[str, str]:
    """A quarter of the memory for PostgreSQL, as its manual advises; the laptop's server takes less."""
    return {"shared_buffers": f"{psutil.virtual_memory().total // 4 // 2**20}MB"}


def _while_running(server: EmbeddedServer) -> Iterator[dict[str, str]]:
    try:
        yield server.start()
    finally:
        server.stop()


def _load_demo(connection: psycopg.Connection, rows: int) -> None:
    demo.load_demo(connection, rows=rows)


@contextmanager
def database(
    settings: dict[str, str], rows: int, load: Callable[[psycopg.Connection, int], None] = _load_demo
) -> Iterator[dict[str, str]]:
    """A database with a generated legacy schema, by default the demo of `rows` + `rows` / 5 personas; dropped
    afterwards."""
    name = f"personas_bench_{rows}"
    with _connect(settings, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name}")
        connection.execute(f"create database {name}")
    here = {**settings, "PGDATABASE": name}
    try:
        with _connect(here) as connection:
            load(connection, rows)
            connection.commit()
            connection.autocommit = True
            connection.execute("vacuum analyze")
        yield here
    finally:
        with _connect(settings, autocommit=True) as connection:
            connection.execute(f"drop database if exists {name}")


def _connect(settings: dict[str, str], autocommit: bool = False) -> psycopg.Connection:
    names = {
        "PGHOST": "host",
        "PGPORT": "port",
        "PGUSER": "user",
        "PGPASSWORD": "password",
        "PGDATABASE": "dbname",
    }
    given = {names[name]: value for name, value in settings.items() if name in names}
    return psycopg.connect(make_conninfo("", **given), autocommit=autocommit)


def run_dbt(settings: dict[str, str], scratch: Path) -> DbtRun:
    """`dbt build` into an empty target. Raises RuntimeError when it fails."""
    built, took, memory = _dbt_build(settings, scratch)
    spans = [built[name]["timing"] for name in ("int_persona_clusters", *MARTS)]
    first = min(datetime.fromisoformat(step["started_at"]) for timing in spans for step in timing)
    last = max(datetime.fromisoformat(step["completed_at"]) for timing in spans for step in timing)
    seconds = {name: result["execution_time"] for name, result in built.items()}
    # Linking comes before it and has a benchmark of its own; the plain script does none.
    took -= seconds["int_persona_matches"]
    return DbtRun((last - first).total_seconds(), took, memory, seconds)


def _dbt_build(
    settings: dict[str, str], scratch: Path, *select: str
) -> tuple[dict[str, dict[str, Any]], float, float]:
    """`dbt build` into an empty target, as `_dbt` runs it, without tests."""
    with _connect(settings, autocommit=True) as connection:
        for suffix in ("", "_staging", "_intermediate", "_legacy", "_audit"):
            connection.execute(f"drop schema if exists personas{suffix} cascade")
        connection.execute("checkpoint")
    return _dbt(settings, scratch, *select, "--exclude-resource-type", "test", "unit_test", "snapshot")


def _dbt(
    settings: dict[str, str], scratch: Path, *given: str
) -> tuple[dict[str, dict[str, Any]], float, float]:
    """`dbt build`: node → its result, seconds of the process, its largest memory in MB.

    Raises RuntimeError when it fails.
    """
    shutil.copyfile(ROOT / "profiles.yml.example", scratch / "profiles.yml")
    dbt = [str(Path(sys.executable).parent / "dbt"), "--quiet"]
    paths = ["--profiles-dir", scratch, "--target-path", scratch / "target", "--log-path", scratch / "logs"]
    environment = {**os.environ, **settings, "PERSONAS_SCHEMA": "personas", "DO_NOT_TRACK": "1"}
    began = time.monotonic()
    arguments = [*dbt, "build", *given, *map(str, paths)]
    process = subprocess.Popen(arguments, cwd=ROOT, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - began
    if status:
        raise RuntimeError("dbt build failed")
    results = json.loads((scratch / "target" / "run_results.json").read_text())["results"]
    built = {result["unique_id"].rpartition(".")[2]: result for result in results}
    return built, took, usage.ru_maxrss / 1024


def run_plain_script(settings: dict[str, str]) -> float:
    """Seconds of the plain script, tables and indexes included, into schema `plain`."""
    with _connect(settings, autocommit=True) as connection:
        connection.execute("drop schema if exists plain cascade")
        tables, indexes = _definitions(connection)
        connection.execute("checkpoint")
    script = "\n".join(
        ["\\set ON_ERROR_STOP on", "create schema plain;", *tables, PLAIN_SCRIPT.read_text(), *indexes]
    )
    command = [
        str(wheel_binaries() / "psql"),
        "--quiet",
        "--no-psqlrc",
        "--set=legacy=public",
        "--set=staging=personas_staging",
        "--file=-",
    ]
    began = time.monotonic()
    subprocess.run(
        command,
        input=script,
        text=True,
        check=True,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - began


def _definitions(connection: psycopg.Connection) -> tuple[list[str], list[str]]:
    """The marts' tables with their constraints, and their other indexes, as statements for schema `plain`."""
    tables, indexes = [], []
    for mart in MARTS:
        tables.append(f"create table plain.{mart} (like personas.{mart} including defaults);")
        for name, definition in connection.execute(
            "select conname, pg_get_constraintdef(oid) from pg_constraint"
            " where conrelid = %s::regclass and contype <> 'n' order by contype = 'f', conname",
            (f"personas.{mart}",),
        ):
            moved = definition.replace("REFERENCES personas.", "REFERENCES plain.")
            tables.append(f"alter table plain.{mart} add constraint {name} {moved};")
        for (definition,) in connection.execute(
            "select pg_get_indexdef(indexrelid) from pg_index where indrelid = %s::regclass"
            " and not exists (select from pg_constraint where conindid = indexrelid)",
            (f"personas.{mart}",),
        ):
            indexes.append(definition.replace(f" ON personas.{mart} ", f" ON plain.{mart} ") + ";")
    return tables, indexes


def differences(settings: dict[str, str]) -> dict[str, int]:
    """Rows of each mart that only one of the two ways made."""
    found = {}
    with _connect(settings) as connection:
        for mart in MARTS:
            names = connection.execute(
                "select attname from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0 order by attnum",
                (f"personas.{mart}",),
            ).fetchall()
            columns = ", ".join(name for (name,) in names if name not in NOT_COMPARED)
            ours, plain = (f"select {columns} from {schema}.{mart}" for schema in ("personas", "plain"))
            row = connection.execute(
                f"select (select count(*) from ({ours} except {plain}) as a)"
                f" + (select count(*) from ({plain} except {ours}) as b)"
            ).fetchone()
            assert row is not None
            found[mart] = row[0]
    return found


def bench_ratio(settings: dict[str, str], rows: int, runs: int) -> None:
    """Prints the ratio of the build to the plain script, pair by pair."""
    print(f"\n== the marts' build against a plain script, {rows:,} + {rows // 5:,} rows, {runs} pairs")
    with database(settings, rows) as here, scratch_directory() as scratch:
        run_dbt(here, scratch)
        ratios = []
        for _ in range(runs):
            ours = run_dbt(here, scratch)
            plain = run_plain_script(here)
            ratios.append((ours.models / plain, ours.process / plain))
            print(
                f"build {ours.models:6.1f} s (process {ours.process:6.1f} s, {ours.memory:.0f} MB)"
                f"   plain script {plain:6.1f} s"
                f"   ratio {ours.models / plain:.2f} (process {ours.process / plain:.2f})"
            )
        slowest = sorted(ours.marts.items(), key=lambda item: -item[1])[:6]
        print(
            "slowest models of the last run: " + ", ".join(f"{name} {took:.1f} s" for name, took in slowest)
        )
        found = differences(here)
        print(
            "rows that differ (except, both ways): "
            + ", ".join(f"{name} {count}" for name, count in found.items())
        )
        models, processes = zip(*ratios, strict=True)
        print(
            f"median ratio {statistics.median(models):.2f},"
            f" dbt's start included {statistics.median(processes):.2f}"
        )


def bench_growth(settings: dict[str, str], sizes: Sequence[int]) -> None:
    """Prints seconds and memory over rows, and the exponent."""
    print("\n== growth of the marts' build")
    points = []
    for rows in sizes:
        with database(settings, rows) as here, scratch_directory() as scratch:
            took = run_dbt(here, scratch)
        points.append((rows, took.models))
        print(
            f"{rows:>9,} + {rows // 5:,} rows: build {took.models:7.1f} s,"
            f" {took.models / rows * 1e6:5.0f} us a row, Python process {took.memory:.0f} MB"
        )
    print(f"exponent {exponent(points):.2f} (least squares), {exponent(points[-2:]):.2f} (last two)")


def bench_linking(settings: dict[str, str], sizes: Sequence[int]) -> None:
    """Prints seconds and memory of `int_persona_matches` in `dbt build`, COPY included, and the exponent."""
    print("\n== linking inside dbt build, half of the records in each table")
    points = []
    for size in sizes:
        with database(settings, size, linking_in_build.load) as here, scratch_directory() as scratch:
            built, took, memory = _dbt_build(here, scratch, "--select", "+int_persona_matches")
            with _connect(here) as connection:
                query = "select count(*) from personas_intermediate.int_persona_matches"
                ((pairs,),) = connection.execute(query).fetchall()
        seconds = built["int_persona_matches"]["execution_time"]
        points.append((size, seconds))
        print(
            f"{size:10,} records {pairs:9,} pairs: {seconds:6.1f} s"
            f" (the whole of dbt {took:6.1f} s), Python process {memory:6,.0f} MB",
            flush=True,
        )
        if size == linking.LIMIT_SIZE:
            print(f"{'':10} {linking.limits_told(seconds, memory)}")
    print(f"exponent {exponent(points):.2f} (limit {linking.LIMIT_EXPONENT})")


def bench_make_build() -> None:
    """Prints the seconds of `personas build` in a fresh copy of the checkout, everything installed."""
    print("\n== make build on the default demo, everything installed")
    with scratch_directory() as scratch:
        copy = scratch / "checkout"
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        for name in filter(None, listed.decode().split("\0")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        personas = str(Path(sys.executable).parent / "personas")
        began = time.monotonic()
        built = subprocess.run([personas, "build"], cwd=copy, env=environment, capture_output=True, text=True)
        took = time.monotonic() - began
        subprocess.run([personas, "db", "stop"], cwd=copy, env=environment, check=True, capture_output=True)
        print(f"{took:.1f} s (limit 30), exit code {built.returncode}")
        if built.returncode:
            print(built.stdout[-2000:] + built.stderr[-2000:])


def bench_again(settings: dict[str, str]) -> None:
    """Prints the seconds of a first and of a second build, and the tests that take longer in the second."""
    with ExitStack() as stack:
        servers = [settings]
        if WITH_CONTRIB.is_dir() and not os.environ.get("PGHOST"):
            servers.append(stack.enter_context(server_with_contrib()))
        for here in servers:
            with database(here, DEFAULT_ROWS) as loaded, scratch_directory() as scratch:
                with _connect(loaded) as connection:
                    major = connection.info.server_version // 10_000
                (first, took, _), (second, took_again, _) = (_dbt(loaded, scratch) for _ in range(2))
            print(
                f"\n== the second build against the first, PostgreSQL {major}\n"
                f"{took:.1f} s, then {took_again:.1f} s: {took_again / took:.2f} (wanted at most 1)"
            )
            seconds = "execution_time"
            for name in sorted(second, key=lambda node: first[node][seconds] - second[node][seconds])[:3]:
                print(f"  {first[name][seconds]:6.2f} s, then {second[name][seconds]:6.2f} s  {name}")


def bench_reads(settings: dict[str, str], rows: int) -> None:
    """Prints the time of each of the application's reads, old and new, and of searches with pg_trgm."""
    print(f"\n== the application's reads, old and new, {rows:,} + {rows // 5:,} rows, medians")
    with database(settings, rows) as here, scratch_directory() as scratch:
        run_dbt(here, scratch)
        _time_reads(here)
    with ExitStack() as stack:
        if not _has_trigrams(settings):
            if not WITH_CONTRIB.is_dir():
                print(f"no pg_trgm here, nor in {WITH_CONTRIB}: the search with it is not measured")
                return
            settings = stack.enter_context(server_with_contrib())
        here = stack.enter_context(database(settings, rows))
        scratch = stack.enter_context(scratch_directory())
        with _connect(here, autocommit=True) as connection:
            connection.execute("create extension pg_trgm")
            major = connection.info.server_version // 10_000
        run_dbt(here, scratch)
        print(f"with pg_trgm, on PostgreSQL {major}")
        _time_reads(here, "contains")


def _has_trigrams(settings: dict[str, str]) -> bool:
    with _connect(settings) as connection:
        extension = "select from pg_available_extensions where name = 'pg_trgm'"
        return bool(connection.execute(extension).fetchall())


def bench_proof(settings: dict[str, str], rows: int) -> None:
    """Prints how fast the proof of both persona tables is."""
    print(f"\n== the proof of both persona tables, {rows:,} + {rows // 5:,} rows")
    with database(settings, rows) as here, scratch_directory() as scratch:
        run_dbt(here, scratch)
        with _connect(here, autocommit=True) as connection:
            connection.execute("vacuum analyze")
        os.environ.update(here)
        proof.run()


def bench_dual_write(settings: dict[str, str], rows: int) -> None:
    """Prints what dual-write costs writers, and how long it makes them wait when it is switched."""
    print(f"\n== dual-write, {rows:,} + {rows // 5:,} rows, durable commits")
    with database(settings, rows) as here, scratch_directory() as scratch:
        run_dbt(here, scratch)
        live = {**here, "PGDATABASE": f"{here['PGDATABASE']}_live"}
        with _connect(settings, autocommit=True) as connection:
            connection.execute(f"drop database if exists {live['PGDATABASE']}")
            connection.execute(f"create database {live['PGDATABASE']} template {here['PGDATABASE']}")
        environment = {**os.environ, **live, "PERSONAS_SCHEMA": "personas", "DO_NOT_TRACK": "1"}

        def operation(*arguments: str) -> None:
            dual_write.run_operation(ROOT, environment, scratch, *arguments)

        try:
            began = time.monotonic()
            operation("dual_write_on")
            print(f"switched on, nobody writing: {time.monotonic() - began:.1f} s")
            dual_write.run(
                lambda name: _connect({**here, "PGDATABASE": name}, autocommit=True),
                here["PGDATABASE"],
                live["PGDATABASE"],
                operation,
            )
        finally:
            with _connect(settings, autocommit=True) as connection:
                connection.execute(f"drop database if exists {live['PGDATABASE']} with (force)")


def _time_reads(settings: dict[str, str], only: str = "") -> None:
    with _connect(settings, autocommit=True) as old, _connect(settings, autocommit=True) as new:
        old.execute("vacuum analyze")
        reads.run(old, new, only)


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """A directory for one benchmark."""
    with tempfile.TemporaryDirectory(prefix="personas-bench-") as name:
        yield Path(name)


def main() -> None:
    """Runs the benchmarks that were asked for; all of them by default."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", choices=[*ALL, []], help="default: all")
    parser.add_argument("--rows", type=int, default=200_000, help="dh_personas rows of the ratio")
    parser.add_argument("--runs", type=int, default=3, help="pairs of the ratio")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="rows of the growth"
    )
    arguments = parser.parse_args()
    what = arguments.what or ALL
    print(packages.install(ROOT, lambda: False))
    if "build" in what:
        bench_make_build()
    if "linking" in what:
        # First: a child's memory is never told as less than its parent's was when it began.
        print("\n== linking alone")
        linking.run()
    if {"ratio", "growth", "reads", "proof", "python", "linking", "dual_write", "again"} & set(what):
        with server() as settings:
            if "ratio" in what:
                bench_ratio(settings, arguments.rows, arguments.runs)
            if "growth" in what:
                bench_growth(settings, arguments.sizes)
            if "reads" in what:
                bench_reads(settings, READS_ROWS)
            if "proof" in what:
                bench_proof(settings, PROOF_ROWS)
            if "python" in what:
                print("\n== a Python model that only copies, against create table as select")
                python_models.run(settings)
            if "linking" in what:
                bench_linking(settings, linking.SIZES)
            if "dual_write" in what:
                bench_dual_write(settings, min(arguments.rows, DUAL_WRITE_ROWS))
            if "again" in what:
                bench_again(settings)
    if "comparison" in what:
        print("\n== the corruption suite, seen by other tools")
        comparison.run()


if __name__ == "__main__":
    main()
