"""Load the demo: rows straight from their generators into COPY."""

import sys
import time
from collections.abc import Callable, Iterator
from operator import itemgetter

from psycopg import sql

from personas.demo import neighbours
from personas.demo.dh_personas import dh_personas
from personas.demo.links import job_links, role_mappings
from personas.demo.org_personas import org_personas
from personas.demo.values import Row
from personas.errors import PersonasError
from personas.legacy.room import Connection
from personas.legacy.schema import analyze, create_keys, create_tables, legacy_transaction
from personas.legacy.tables import LEGACY_TABLES
from personas.legacy_load import LoadReport

DEFAULT_ROWS = 182
DEFAULT_SEED = 1
MOST_ROWS = 10_000_000
_ORG_ROWS_OF_DEFAULT = 35
_ROWS_A_REPORT = 2_000

Progress = Callable[[str, int, bool], None]
"""Told the table, its rows so far, and whether these are all; no rows: the name of a step that begins."""


def load_demo(
    connection: Connection,
    rows: int = DEFAULT_ROWS,
    seed: int = DEFAULT_SEED,
    schema: str = "public",
    replace: bool = False,
    with_target: bool = False,
    progress: Progress | None = None,
) -> LoadReport:
    """Create the ten legacy tables and fill them with generated rows, in one transaction.

    `rows` is the number of dh_personas; org_personas has a fifth of it. The same rows and seed give the same
    data on every server. `replace` and `with_target` as in `legacy_load.load_directory`.
    Raises PersonasError, with nothing changed, where something stands in the way.
    """
    if not 0 <= rows <= MOST_ROWS:
        raise PersonasError(f"--rows {rows} is not between 0 and {MOST_ROWS}")
    tell = progress or (lambda table, count, done: None)
    with legacy_transaction(connection, schema, replace, with_target) as dropped:
        create_tables(connection)
        generators = _generators(seed, rows)
        counts = {table: copy_rows(connection, table, generators[table], tell) for table in LEGACY_TABLES}
        # After the rows: the demo keeps the rules by itself, and this takes a third of the time.
        tell("keys and indexes", 0, True)
        create_keys(connection)
        analyze(connection)
    return LoadReport(schema, counts, tuple(dropped))


def org_rows_for(rows: int) -> int:
    """The number of org_personas beside so many dh_personas."""
    return _ORG_ROWS_OF_DEFAULT if rows == DEFAULT_ROWS else rows // 5


def _generators(seed: int, rows: int) -> dict[str, Iterator[Row]]:
    org_rows = org_rows_for(rows)
    return {
        "tenants": neighbours.tenants(seed, rows),
        "industries": neighbours.industries(),
        "org_functions": neighbours.functions(seed),
        "org_departments": neighbours.departments(seed),
        "org_roles": neighbours.roles(seed),
        "org_personas": org_personas(seed, org_rows, rows),
        "persona_role_mapping": role_mappings(seed, org_rows),
        "dh_personas": dh_personas(seed, rows),
        "jtbd_library": neighbours.jobs(),
        "jtbd_org_persona_mapping": job_links(seed, rows, org_rows),
    }


def copy_rows(
    connection: Connection, table: str, rows: Iterator[Row], tell: Progress = lambda table, count, done: None
) -> int:
    """Stream the rows into the table; returns their number. All rows have the columns of the first."""
    first = next(rows, None)
    if first is None:
        return 0
    values = itemgetter(*first)
    names = sql.SQL(", ").join(map(sql.Identifier, first))
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names)
    count = 1
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write_row(values(first))
        for count, row in enumerate(rows, start=2):
            copy.write_row(values(row))
            if not count % _ROWS_A_REPORT:
                tell(table, count, False)
    tell(table, count, True)
    return count


class ProgressLine:
    """Rows and rate on stderr: one line that is rewritten on a terminal, else a line every ten seconds."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._every = 0.2 if self._terminal else 10.0
        self._table, self._began, self._told = "", 0.0, 0.0

    def __call__(self, table: str, count: int, done: bool) -> None:
        """Say how far the table is, if it is time to; a table once told of is told of to its end."""
        now = time.monotonic()
        if table != self._table:
            self._table, self._began, self._told = table, now, now
        worth_a_line = self._told > self._began if done else now - self._told >= self._every
        if count and not worth_a_line:
            return
        self._told = now
        seconds = now - self._began
        text = f"{table}: {count:,} rows, {count / seconds:,.0f} a second" if count else f"{table} …"
        sys.stderr.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        if self._terminal and done:
            sys.stderr.write("\n")
        sys.stderr.flush()
