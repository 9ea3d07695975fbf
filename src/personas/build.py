"""`personas build`: from a bare database to tested marts, docs, the report and a summary."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from personas import packages, preflight, profile, server, summary
from personas.connection import address, connect, libpq_environment, uses_embedded_server
from personas.errors import PersonasError
from personas.project import project_root

DOCS_PAGE = Path("target") / "static_index.html"
REPORT_PAGE = Path("target") / "report.html"
if TYPE_CHECKING:
    from personas.proof.verdict import Verdict

# Arguments of `dbt build` that `dbt docs generate` must repeat to speak of the same database.
_REPEATED = ("target", "profile", "profiles_dir")


INTERRUPTED = 130  # as shells have it
# Until dbt is there to handle Ctrl-C, it ends the process without a traceback; one that is ignored stays so.
_START_DBT = """\
import signal, sys
by_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
if by_default: signal.signal(signal.SIGINT, signal.SIG_DFL)
from dbt.cli.main import cli
if by_default: signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[0] = "dbt"
sys.exit(cli())
"""
# What dbt and PostgreSQL say around a reason: which kind it is of, where in which statement and macro.
_AROUND_A_REASON = re.compile(
    r"^(Encountered an error|\w+ Error\b( in .*)?$|> (in|called by) |LINE \d+:|\^|CONTEXT:|PL/pgSQL |SQL "
    r"|compiled code)"
)


@dataclass(frozen=True)
class Dbt:
    """dbt as a child process."""

    root: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> int:
        """Runs one dbt command with its own output; returns its exit code."""
        with self._started(arguments) as child:
            while True:
                try:
                    return child.wait()
                except KeyboardInterrupt:
                    # dbt has got the same signal from the terminal, and cancels its queries first.
                    continue

    def say(self, *arguments: str) -> None:
        """Runs one dbt command and prints what its macros print.

        Raises PersonasError with the first reason, in one line, when it fails.
        """
        told = ("--quiet", "--log-format", "json", *arguments)
        reasons: list[str] = []
        others: list[str] = []
        interrupted = False
        try:
            with self._started(told, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
                while child.poll() is None or not interrupted:
                    try:
                        for line in child.stdout or ():
                            _sort(line, reasons, others)
                        code = child.wait()
                        break
                    except KeyboardInterrupt:
                        interrupted = True
        except KeyboardInterrupt:
            # before the child was there, which has got the signal as well
            interrupted = True
        if interrupted:
            click.echo("Interrupted: run it again, it goes on from there", err=True)
            raise click.exceptions.Exit(INTERRUPTED)
        if code != 0:
            unknown = f"dbt {' '.join(arguments[:2])} ended with exit code {code}"
            raise PersonasError(next(filter(None, [*reasons, *others[-1:]]), unknown))

    def _started(self, arguments: Sequence[str], **options: Any) -> "subprocess.Popen[Any]":
        command = [sys.executable, "-c", _START_DBT, *arguments]
        return subprocess.Popen(command, cwd=self.root, env=self.environment, **options)


def _sort(line: str, reasons: list[str], others: list[str]) -> None:
    """Prints a line of dbt's if a macro printed it; keeps it if it says what went wrong."""
    try:
        info = json.loads(line)["info"]
    except (ValueError, TypeError, KeyError):
        others += [line.strip()] if line.strip() else []
        return
    if info["name"] == "PrintEvent":
        click.echo(info["msg"])
    elif info["level"] == "error":
        reasons.append(reason_in_one_line(info["msg"]))


def reason_in_one_line(message: str) -> str:
    """What happened, and PostgreSQL's detail and hint, of an error as dbt tells it."""
    parts: list[str] = []
    is_told = True
    for line in map(str.strip, message.splitlines()):
        label, colon, rest = line.partition(":")
        if label in ("DETAIL", "HINT") and colon:
            parts.append(f"({label.lower()}: {rest.strip()})")
            is_told = True
        elif _AROUND_A_REASON.match(line):
            # what follows a context goes on with it, until PostgreSQL says something else
            is_told = not line.startswith(("CONTEXT:", "LINE "))
        elif line and is_told:
            parts.append(line)
    return " ".join(parts)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("dbt_arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def build(context: click.Context, dbt_arguments: tuple[str, ...]) -> None:
    """Build and test everything; DBT_ARGUMENTS go to `dbt build`.

    The embedded server is started and, if it holds no legacy tables, given the demo. With PGHOST set, that
    server is used as it stands. Ends with the exit code of `dbt build`, or with 1 when a full build was green
    and the verdict of `personas verify` is NO-GO all the same, 2 when it cannot tell.
    """
    began = time.monotonic()
    root = project_root()
    preflight.check_python_packages()
    dbt = Dbt(root, environment_for_dbt(root))
    preflight.check_schema_names(preflight.schemas_of(root))
    with connect() as connection:
        preflight.check_schema_rights(connection, preflight.schemas_of(root))
    click.echo(packages.install(root, lambda: dbt.run("deps") == 0))
    load_demo_if_empty()

    # What an earlier build left is not to be taken for this one's.
    summary.forget_artifact(root, "run_results.json")
    summary.forget_artifact(root, REPORT_PAGE.name)
    code = dbt.run("build", *dbt_arguments)
    results = summary.read_artifact(root, "run_results.json")
    if code != 0:
        reason = summary.first_failure(results) or "the reason is above, and in logs/dbt.log"
        click.echo(f"Error: dbt build failed (exit code {code}): {reason}", err=True)
        context.exit(code)
    code = dbt.run("--quiet", "docs", "generate", "--static", "--no-compile", *_repeated(results))
    if code != 0:
        raise PersonasError(f"dbt docs generate failed (exit code {code}); tables are built, docs are not")

    manifest = summary.read_artifact(root, "manifest.json")
    verdict = _report(root, results) if summary.holds_the_proof(manifest) else None
    with connect() as connection:
        summary.print_counts(summary.counts(manifest, connection))
        waiting = summary.waiting_pairs(manifest, connection)
        database = address(connection)
    click.echo(f"\nDatabase  {database}")
    if uses_embedded_server():
        click.echo(f'Shell     psql "{server.url()}"')
    click.echo(f"Docs      {DOCS_PAGE}")
    if waiting:
        click.echo(f"Review    {waiting:,} probable pairs wait for a decision: .venv/bin/personas review")
    if verdict is not None:
        click.echo(f"Report    {REPORT_PAGE}")
        click.echo(f"\n{verdict.word}: {verdict.reason}")
    click.echo(f"Done in {time.monotonic() - began:.0f} s.")
    # A partial build makes no evidence, so that nobody can ask it for a GO.
    if verdict is not None and verdict.is_of(str(results.get("metadata", {}).get("invocation_id"))):
        context.exit(verdict.exit_code)


def _report(root: Path, results: summary.Artifact) -> "Verdict":
    """Verifies what was just built, and leaves the page."""
    from personas.proof.commands import write_report

    schema = (results.get("args", {}).get("vars") or {}).get("legacy_schema")
    verdict, _ = write_report(root / REPORT_PAGE, schema)
    return verdict


def environment_for_dbt(root: Path) -> dict[str, str]:
    """The environment of dbt; makes sure of the server and the profile."""
    database = libpq_environment()
    profile.write_profile(root, server.embedded_server(root).socket_directory)
    places = {"DBT_PROFILES_DIR": str(root), "DBT_PROJECT_DIR": str(root)}
    manners = {"DO_NOT_TRACK": "1", "DBT_USE_COLORS": str(sys.stdout.isatty())}
    agreed = json.dumps([database[name] for name in ("PGHOST", "PGPORT", "PGDATABASE")])
    # dbt_personas refuses a profile that leads to another database.
    return {**manners, **os.environ, **_for_dbt(database), **places, "PERSONAS_WORKS_ON": agreed}


def _for_dbt(database: Mapping[str, str]) -> dict[str, str]:
    """Without PGHOST for the embedded server: its presence would make the profile choose `server`."""
    if uses_embedded_server():
        return {"PGTZ": database["PGTZ"]}
    return dict(database)


def _repeated(results: summary.Artifact) -> list[str]:
    given = results.get("args", {})
    arguments = [f"--{name.replace('_', '-')}={given[name]}" for name in _REPEATED if given.get(name)]
    return [*arguments, "--vars", json.dumps(given["vars"])] if given.get("vars") else arguments


def load_demo_if_empty() -> None:
    """Loads the demo into the embedded server if that holds no legacy tables; never into another server."""
    if not uses_embedded_server():
        return
    from personas.demo import demo
    from personas.legacy_load import holds_legacy_tables

    with connect() as connection:
        if holds_legacy_tables(connection):
            return
    click.echo("The embedded server holds no legacy tables yet: loading the demo")
    demo.commands["load"].main([], prog_name="personas demo load", standalone_mode=False)
