"""A Python model that only copies 1,000,000 rows, against `create table as select` of the same.

    PYTHONPATH=tests/python .venv/bin/python benchmarks/python_models.py [--rows N] [--runs N]

Ten columns: bigint, uuid, text, jsonb, timestamptz, numeric, boolean, integer, text[], double precision;
once with short rows, once with a text as long as a persona's. All three are dbt models of type `table`; what
counts is what dbt says that each took. `copied` goes through Arrow, `passed_on` returns the relation itself.
For comparison: the two COPYs alone, of the same bytes, with nothing done to them in between.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2

ROWS = 1_000_000
TEXT = {
    "short rows": "'Persona ' || n || ' of the list'",
    "rows with a text of 1 kB": "rpad('Persona ' || n, 1000, md5(n::text))",
}
SOURCE = """
create table {schema}.source as
select
    n::bigint as id, md5(n::text)::uuid as key, {text} as name,
    jsonb_build_object('n', n, 'tags', array['x', 'y'], 'none', null) as profile,
    timestamptz '2020-01-01 00:00+00' + n * interval '1.000123 s' as seen_at,
    round(n::numeric / 100, 2) as amount, n % 3 = 0 as is_third,
    case when n % 7 <> 0 then n % 1000 end as some,
    array['tag ' || n % 10, 'x'] as tags, n::float8 / 3 as ratio
from generate_series(1, {rows}) as n
"""
COLUMNS = {"key": "uuid", "profile": "jsonb", "amount": "numeric"}
PYTHON = (
    'def model(dbt, session):\n    dbt.config(materialized="table")\n    return dbt.source("bench", "source")'
)
FILES = {
    "dbt_project.yml": "{name: bench, profile: bench, flags: {send_anonymous_usage_stats: false}}",
    "models/as_select.sql": "{{ config(materialized='table') }}select * from {{ source('bench', 'source') }}",
    "models/copied.py": PYTHON + ".arrow()\n",
    "models/passed_on.py": PYTHON + "\n",
    "models/bench.yml": json.dumps(
        {
            "sources": [{"name": "bench", "tables": [{"name": "source"}]}],
            "models": [
                {"name": "copied", "columns": [{"name": n, "data_type": of} for n, of in COLUMNS.items()]}
            ],
        }
    ),
}


def run(settings: dict[str, str], rows: int = ROWS, runs: int = 5) -> None:
    """Prints pairs and the medians of their ratios; `settings` are PG* variables."""
    options = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
    }
    given = {name: settings[variable] for name, variable in options.items() if variable in settings}
    with tempfile.TemporaryDirectory(prefix="personas-bench-") as name:
        project = Path(name)
        (project / "models").mkdir()
        for path, text in FILES.items():
            (project / path).write_text(text)
        output = {
            "type": "postgres",
            "schema": "bench",
            "threads": 1,
            "password": "",
            **given,
            "port": int(given["port"]),
        }
        (project / "profiles.yml").write_text(
            json.dumps({"bench": {"target": "t", "outputs": {"t": output}}})
        )
        connection = psycopg2.connect(**given)
        connection.autocommit = True
        try:
            for kind, text in TEXT.items():
                with connection.cursor() as cursor:
                    cursor.execute("drop schema if exists bench cascade; create schema bench")
                    cursor.execute(SOURCE.format(schema="bench", rows=rows, text=text))
                    cursor.execute("vacuum analyze bench.source")
                    cursor.execute("select pg_relation_size('bench.source') / %s", (rows,))
                    print(f"{kind}: {rows:,} rows of {cursor.fetchone()[0]} bytes")
                    _pairs(project, cursor, runs)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("drop schema if exists bench cascade")
            connection.close()


def _pairs(project: Path, cursor: "psycopg2.extensions.cursor", runs: int) -> None:
    found: dict[str, list[float]] = {"copied": [], "passed_on": [], "COPY alone": []}
    for number in range(runs + 1):
        cursor.execute("checkpoint")
        took = _dbt(project)
        took["COPY alone"] = _copies_alone(cursor)
        if not number:
            continue  # the first one fills the caches
        for name, ratios in found.items():
            ratios.append(took[name] / took["as_select"])
        print(
            f"  create table as select {took['as_select']:.2f} s   Python model {took['copied']:.2f} s"
            f"   passed on {took['passed_on']:.2f} s   COPY alone {took['COPY alone']:.2f} s"
        )
    medians = ", ".join(f"{name} {statistics.median(ratios):.2f}" for name, ratios in found.items())
    print(f"  median ratio to create table as select: {medians}")


def _dbt(project: Path) -> dict[str, float]:
    """Seconds of each model."""
    dbt = [str(Path(sys.executable).parent / "dbt"), "--quiet", "run"]
    environment = {**os.environ, "DO_NOT_TRACK": "1"}
    subprocess.run(dbt, cwd=project, env=environment, check=True)
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    return {result["unique_id"].rpartition(".")[2]: result["execution_time"] for result in results}


def _copies_alone(cursor: "psycopg2.extensions.cursor") -> float:
    """Seconds of COPY out and in, in the same format."""
    data = io.BytesIO()
    began = time.monotonic()
    cursor.copy_expert("copy bench.source to stdout (format binary)", data)
    data.seek(0)
    cursor.execute("create table bench.alone (like bench.source)")
    cursor.copy_expert("copy bench.alone from stdin (format binary)", data, 1 << 18)
    took = time.monotonic() - began
    cursor.execute("drop table bench.alone")
    return took


def main() -> None:
    """On the server of the PG* variables, or on one of its own."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=5, help="pairs")
    arguments = parser.parse_args()
    from bench import server

    with server() as settings:
        run(settings, arguments.rows, arguments.runs)


if __name__ == "__main__":
    main()
