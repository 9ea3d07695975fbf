"""`personas verify`, `personas report`: the exit code is the verdict, and nothing else may look like one."""

import errno
import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from personas.errors import PersonasError

# What is imported later could fail to be; that, too, must end as "cannot tell".
if TYPE_CHECKING:
    from personas.proof.evidence import Evidence
    from personas.proof.places import Places
    from personas.proof.verdict import Verdict

CANNOT_TELL = 2
USAGE = 64  # as sysexits.h has it; click's own 2 would read as "cannot tell"
INTERRUPTED = 130  # as shells have it; click's own 1 would read as NO-GO
_CONNECTIONS = 2
_EXAMPLES = 3
_WIDTH = 150
_FIGURE_WIDTH = 76


class VerdictCommand(click.Command):
    """A command whose exit codes 0, 1 and 2 are GO, NO-GO and cannot tell, whatever goes wrong."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        try:
            return super().make_context(*arguments, **options)
        except click.UsageError as error:
            error.show()
            raise click.exceptions.Exit(USAGE) from error

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, SystemExit):
            raise
        except (KeyboardInterrupt, click.Abort):
            click.echo("Interrupted: no verdict", err=True)
            ctx.exit(INTERRUPTED)
        except click.ClickException as error:
            error.show()
            ctx.exit(CANNOT_TELL)
        except OSError as error:
            if error.errno != errno.EPIPE:  # else nobody reads any more, nor would this line be read
                click.echo(f"Error: cannot tell: {error}", err=True)
            ctx.exit(CANNOT_TELL)
        except Exception:
            click.echo(f"Error: cannot tell, by a fault of this program:\n{traceback.format_exc()}", err=True)
            ctx.exit(CANNOT_TELL)


_legacy_schema = click.option(
    "--legacy-schema", metavar="SCHEMA", help="Schema of the legacy tables (default: that of the last build)."
)
_as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print the verdict as JSON instead of a table."
)


@click.command(cls=VerdictCommand)
@_legacy_schema
@_as_json
@click.pass_context
def verify(context: click.Context, legacy_schema: str | None, as_json: bool) -> None:
    """Say whether the new tables hold everything that the old ones do.

    Reads only, in one snapshot. Exit code: 0 GO, 1 NO-GO, 2 cannot tell; wrong usage is 64, Ctrl-C 130.
    """
    verdict = examine(legacy_schema, with_evidence=False)[0]
    show(verdict, as_json)
    context.exit(verdict.exit_code)


@click.command(cls=VerdictCommand)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the page goes (default: target/report.html of the project).",
)
@_legacy_schema
@_as_json
@click.pass_context
def report(context: click.Context, output: Path | None, legacy_schema: str | None, as_json: bool) -> None:
    """Verify, and write the evidence on one page for those who decide.

    The page needs no network and nothing beside it. Exit codes as of `personas verify`.
    """
    verdict, page = write_report(output, legacy_schema)
    show(verdict, as_json)
    click.echo(f"Report: {page}", err=as_json)
    context.exit(verdict.exit_code)


def write_report(output: Path | None = None, legacy_schema: str | None = None) -> "tuple[Verdict, Path]":
    """Verifies and writes the page, also where it can only say that nobody can tell."""
    from personas.project import project_root
    from personas.proof.page import render

    page = output or project_root() / "target" / "report.html"
    verdict, evidence = examine(legacy_schema, with_evidence=True)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(render(verdict, evidence), encoding="utf-8")
    return verdict, page


def examine(legacy_schema: str | None, with_evidence: bool) -> "tuple[Verdict, Evidence | None]":
    """Runs the checks on connections of their own; faults on the way become the verdict "cannot tell"."""
    import psycopg

    from personas.proof.evidence import collect
    from personas.proof.places import places_from_environment
    from personas.proof.verify import cannot_tell, one_line, one_snapshot, run_checks

    places = places_from_environment(legacy_schema)
    root = _project()
    try:
        with one_snapshot(_CONNECTIONS) as connections:
            places = _as_built(places, legacy_schema, connections[0])
            verdict = run_checks(connections, places, root, progress=_progress)
            if not with_evidence or verdict.obstacle:
                return verdict, None
            return verdict, collect(connections[0], places, root, verdict)
    except (psycopg.Error, PersonasError) as error:
        return cannot_tell(one_line(error), places), None


def show(verdict: "Verdict", as_json: bool) -> None:
    """Prints the verdict: for machines, or as a table with the verdict last."""
    if as_json:
        click.echo(json.dumps(verdict.as_json(), indent=2, default=str))
        return
    names = max((len(finding.name) for finding in verdict.findings), default=0)
    for finding in verdict.findings:
        status = {"green": "ok", "red": "RED", "unknown": "?"}[finding.status]
        figure = _short(finding.figure, _FIGURE_WIDTH)
        line = f"{finding.name:<{names}}  {status:<3}  {figure:<{_FIGURE_WIDTH}}"
        click.echo(f"{line} {finding.seconds:6.1f} s  {finding.relation}")
        for row in finding.rows[:_EXAMPLES]:
            click.echo(_short("    " + " | ".join("null" if value is None else value for value in row)))
    if verdict.database:
        click.echo(f"Database {verdict.database}, schema {verdict.schema}, as {verdict.role}")
    click.echo(f"{verdict.word}: {verdict.reason}")


def _short(line: str, width: int = _WIDTH) -> str:
    flat = line.replace("\n", " ")
    return flat if len(flat) <= width else f"{flat[: width - 1]}…"


def _progress(line: str) -> None:
    click.echo(line, file=sys.stderr)


def _project() -> Path | None:
    from personas.project import project_root

    try:
        root = project_root()
    except PersonasError:
        return None
    return root if (root / "dbt_project.yml").is_file() else None


def _as_built(places: "Places", legacy_schema: str | None, connection: Any) -> "Places":
    """With the legacy schema that the last build read, unless the user names one."""
    from dataclasses import replace

    from personas.proof.last_build import recorded_legacy_schema

    recorded = None if legacy_schema else recorded_legacy_schema(connection, places)
    return replace(places, old=recorded) if recorded else places
