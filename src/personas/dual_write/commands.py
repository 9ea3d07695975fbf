"""`personas dual-write` and `personas sync`: dbt operations (macros/sync), and what comes before them."""

import click
from psycopg import sql

from personas import packages, preflight
from personas.build import Dbt, environment_for_dbt, load_demo_if_empty
from personas.connection import connect
from personas.dual_write.status import ask
from personas.errors import PersonasError
from personas.project import project_root

# What the triggers need, made without reading a row where it is not there yet.
_TABLES = ("build", "--empty", "--exclude-resource-type", "test", "unit_test")


@click.group(name="dual-write")
def dual_write() -> None:
    """Keep the old and the new tables in step, whichever side is written.

    See docs/dual_write.md.
    """


@dual_write.command()
def on() -> None:
    """Install it, bring both sides into agreement, open both.

    Comes before the first build, which then finds nothing left to do; makes the tables if need be. Can be
    repeated at any time: after a change of the models it installs the new ones without a gap.
    """
    dbt = _dbt()
    load_demo_if_empty()
    if not _tables_are_there():
        click.echo("The tables are not there yet: making them, empty")
        dbt.say(*_TABLES)
    dbt.say("run-operation", "dual_write_on")


@dual_write.command()
@click.option(
    "--writable",
    type=click.Choice(["legacy", "new"]),
    default="legacy",
    show_default=True,
    help="The side that can be written afterwards; the other one refuses.",
)
def off(writable: str) -> None:
    """Take it off again; nothing of it stays on the legacy tables.

    One side can be written afterwards, the other one refuses: so nothing drifts apart until the next `on`.
    """
    _dbt().say("run-operation", "dual_write_off", "--args", f"{{writable: {writable}}}")


@dual_write.command()
@click.pass_context
def status(context: click.Context) -> None:
    """Say whether it is on, up to date with these models, and whether both sides agree.

    Exit code 1 when something is not as it should be. Lines that begin with "red:" say what it is, and
    what to do.
    """
    root = project_root()
    with connect() as connection:
        found = ask(connection, preflight.schemas_of(root)[0], root)
    for line in found.lines():
        click.echo(line)
    context.exit(1 if found.red else 0)


@click.group()
def sync() -> None:
    """What waits to be carried over."""


@sync.command()
def drain() -> None:
    """Carry over the keys that wait since an error (`on_sync_error: queue` in dbt_project.yml).

    Exit code 1 while some still do.
    """
    _dbt().say("run-operation", "drain_pending_keys")
    with connect() as connection:
        table = sql.Identifier(f"{preflight.schemas_of(project_root())[0]}_sync", "pending_keys")
        found = connection.execute("select to_regclass(%s)", [table.as_string(connection)]).fetchone()
        if found is None or found[0] is None:
            click.echo("nothing waits: dual-write was never on")
            return
        query = sql.SQL("select written_side, source_table, key, error from {} order by queued_at").format(
            table
        )
        rows = connection.execute(query).fetchall()
    for side, of_table, key, error in rows:
        click.echo(f"{side} {of_table} {key}: {error}")
    if rows:
        raise PersonasError(
            f"{len(rows)} keys still wait; mend the cause, on the side that was written, and drain again"
        )
    click.echo("nothing waits")


def _tables_are_there() -> bool:
    schema = preflight.schemas_of(project_root())[0]
    with connect() as connection:
        row = connection.execute(
            "select count(*) from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid"
            " where (nspname, relname) in ((%s, 'persona_link_source_mapping'), (%s, 'legacy_org_personas'))",
            [schema, f"{schema}_legacy"],
        ).fetchone()
    return row == (2,)


def _dbt() -> Dbt:
    root = project_root()
    preflight.check_python_packages()
    dbt = Dbt(root, environment_for_dbt(root))
    if not (root / "dbt_packages").is_dir():
        click.echo(packages.install(root, lambda: dbt.run("deps") == 0))
    return dbt
