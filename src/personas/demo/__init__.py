"""`personas demo`: a generated legacy database that shows every defect of the real one."""

import click

from personas.connection import connect
from personas.demo.load import DEFAULT_ROWS, DEFAULT_SEED, MOST_ROWS, ProgressLine, load_demo
from personas.legacy_load import load_options, print_report

__all__ = ["demo", "load_demo"]


@click.group()
def demo() -> None:
    """A generated legacy database."""


@demo.command()
@click.option(
    "--rows",
    type=click.IntRange(0, MOST_ROWS),
    default=DEFAULT_ROWS,
    show_default=True,
    help="Rows of dh_personas; org_personas has a fifth of it.",
)
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Decides the data.")
@load_options
def load(rows: int, seed: int, schema: str, replace: bool, with_target: bool) -> None:
    """Create the ten legacy tables and fill them with generated rows."""
    with connect(autocommit=True) as connection:
        print_report(load_demo(connection, rows, seed, schema, replace, with_target, ProgressLine()))
