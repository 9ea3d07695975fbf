"""How fast `personas verify` proves the two persona tables: round trip and fidelity, rows a second.

Alone, on a built database (PG* variables): python benchmarks/proof.py
The round trip is compared with what reladiff takes, in an environment of its own, to compare each legacy
table with a materialised copy of the rebuilt one.
"""

import resource
import subprocess
import time
from dataclasses import replace

import psycopg
from other_tools import environment
from psycopg import sql

from personas.connection import connect
from personas.proof.checks import CHECKS, Check, Part
from personas.proof.places import LINK_TABLES, PERSONA_TABLES, Places
from personas.proof.verify import one_snapshot, run_checks

CONNECTIONS = 2


def run() -> None:
    """Prints seconds, rows a second and the memory of this process."""
    places = Places()
    with connect() as connection:
        counts = [_count(connection, places.old, table) for table in PERSONA_TABLES]
    rows = sum(counts)
    print(f"{counts[0]:,} + {counts[1]:,} rows, {CONNECTIONS} connections")
    began = time.monotonic()
    _prove(places, "round_trip", "fidelity")
    both = time.monotonic() - began
    print(f"round trip and fidelity {both:7.1f} s   {rows / both:9,.0f} rows a second (at least 50,000)")
    began = time.monotonic()
    _prove(places, "round_trip")
    round_trip = time.monotonic() - began
    print(f"round trip alone        {round_trip:7.1f} s   {rows / round_trip:9,.0f} rows a second")
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory of this process  {megabytes:7.0f} MB (below 200)")
    theirs = _time_reladiff(places)
    ratio = round_trip / theirs
    print(f"reladiff, both tables   {theirs:7.1f} s   ratio ours / theirs {ratio:.2f} (at most 1)")


def _count(connection: psycopg.Connection, schema: str, table: str) -> int:
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _prove(places: Places, *names: str) -> None:
    """Runs these checks, the old link tables left out. Raises RuntimeError where one is not green."""
    chosen = [replace(check, parts=_of_personas(check)) for check in CHECKS if check.name in names]
    with one_snapshot(CONNECTIONS) as connections:
        verdict = run_checks(connections, places, checks=chosen)
    red = [finding.figure for finding in verdict.findings if finding.name in names and finding.problems]
    if verdict.obstacle or red:
        raise RuntimeError(verdict.obstacle or "; ".join(red))


def _of_personas(check: Check) -> tuple[Part, ...]:
    of_links = (*LINK_TABLES, "where source_table not in")
    return tuple(part for part in check.parts if not any(words in part.query for words in of_links))


def _time_reladiff(places: Places) -> float:
    """Seconds that reladiff takes for both tables, all columns. The copies are made before, and dropped."""
    program = environment("reladiff") / "reladiff"
    total = 0.0
    with connect(autocommit=True) as connection:
        info = connection.info
        address = f"postgresql://{info.user}@{info.host.replace('/', '%2F')}:{info.port}/{info.dbname}"
        for table in PERSONA_TABLES:
            copy = sql.Identifier("bench_copies", table)
            connection.execute("create schema if not exists bench_copies")
            connection.execute(sql.SQL("drop table if exists {}").format(copy))
            rebuilt = sql.Identifier(places.legacy, f"legacy_{table}")
            connection.execute(sql.SQL("create table {} as select * from {}").format(copy, rebuilt))
            connection.execute(sql.SQL("alter table {} add primary key (id)").format(copy))
            # outside of a transaction, which our own cursors open
            psycopg.Cursor(connection).execute(sql.SQL("vacuum analyze {}").format(copy))
            command = [str(program), address, f"{places.old}.{table}", address, f"bench_copies.{table}"]
            options = ["-k", "id", "-c", "%", "--threads", str(CONNECTIONS), "--stats"]
            began = time.monotonic()
            done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
            total += time.monotonic() - began
            if done.returncode:
                raise RuntimeError(done.stderr[-600:])
            print(f"reladiff {table}: {' '.join(done.stdout.split())[:160]}")
        connection.execute("drop schema bench_copies cascade")
    return total


if __name__ == "__main__":
    run()
