"""`personas db`: the embedded server by hand."""

import click

from personas import server
from personas.connection import uses_embedded_server


@click.group()
def db() -> None:
    """Start, stop or find the embedded PostgreSQL server of this checkout."""
    if not uses_embedded_server():
        click.echo("Note: PGHOST is set, so the other commands use that server, not this one.", err=True)


@db.command()
def start() -> None:
    """Start the server if it does not run; the first time, create its data in .postgres."""
    server.start()
    click.echo(f"running: {server.url()}")


@db.command()
def stop() -> None:
    """Stop the server; the data stays."""
    click.echo("stopped" if server.stop() else "was not running")


@db.command()
def url() -> None:
    """Print the address of the server's database, for psql and other programs."""
    click.echo(server.url())


@db.command()
def status() -> None:
    """Print running, stopped or absent (no data yet)."""
    click.echo(server.status())
