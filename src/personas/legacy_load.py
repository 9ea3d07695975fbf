"""The legacy database: make its ten tables and fill them from a directory of CSV files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from personas.connection import connect
from personas.legacy.csv_files import copy_file, csv_files
from personas.legacy.room import Connection, legacy_tables_in
from personas.legacy.schema import analyze, create_keys, create_tables, legacy_transaction
from personas.legacy.tables import LEGACY_TABLES


@dataclass(frozen=True)
class LoadReport:
    """What a load did: rows per table in load order, what it dropped, remarks worth a line each."""

    schema: str
    rows: dict[str, int]
    dropped: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def holds_legacy_tables(connection: Connection, schema: str = "public") -> bool:
    """Whether any of the ten legacy tables exists in the schema."""
    return bool(legacy_tables_in(connection, schema))


def load_directory(
    connection: Connection,
    directory: str | Path,
    schema: str = "public",
    replace: bool = False,
    with_target: bool = False,
) -> LoadReport:
    """Create the ten legacy tables and fill them from `directory`/<table>.csv, in one transaction.

    The first line of a file names its columns; an unquoted empty field is null. A file that is not there
    leaves its table empty; only those of the two persona tables must be there. `replace` drops legacy tables
    that exist, `with_target` the project's own schemas as well.
    Raises PersonasError, with nothing changed, on a bad file and where something stands in the way.
    """
    files = csv_files(Path(directory))
    with legacy_transaction(connection, schema, replace, with_target) as dropped:
        create_tables(connection)
        # Before the rows, unlike the demo: only so does the server name the line of a duplicate.
        create_keys(connection)
        loaded = {table: copy_file(connection, table, path) for table, path in files.items()}
        analyze(connection)
    absent = [f"{table}.csv" for table in LEGACY_TABLES if table not in files]
    remarks = (f"Left empty, as {directory} has no {', '.join(absent)}",) if absent else ()
    rows = {table: loaded.get(table, 0) for table in LEGACY_TABLES}
    return LoadReport(schema, rows, tuple(dropped), remarks)


def load_options(command: Any) -> Any:
    """The options which `legacy load` and `demo load` have in common."""
    for option in (
        click.option(
            "--with-target", is_flag=True, help="With --replace: also drop the project's own schemas."
        ),
        click.option("--replace", is_flag=True, help="Drop the legacy tables where they exist, then load."),
        click.option("--schema", default="public", show_default=True, help="Schema of the legacy tables."),
    ):
        command = option(command)
    return command


def print_report(report: LoadReport) -> None:
    """What was dropped, rows per table, remarks."""
    for item in report.dropped:
        click.echo(f"Dropped {item}")
    for table, count in report.rows.items():
        click.echo(f"Loaded {report.schema}.{table}: {count:,} rows")
    for remark in report.remarks:
        click.echo(remark)


@click.group()
def legacy() -> None:
    """The legacy database."""


@legacy.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@load_options
def load(directory: Path, schema: str, replace: bool, with_target: bool) -> None:
    """Create the ten legacy tables and fill them from DIR/<table>.csv."""
    with connect(autocommit=True) as connection:
        print_report(load_directory(connection, directory, schema, replace, with_target))
