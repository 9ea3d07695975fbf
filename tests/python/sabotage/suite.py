"""Builds a fresh demo with a sabotaged project, and asks the checks."""

from collections.abc import Mapping
from dataclasses import dataclass

from corruption.ready import DECISIONS
from dbt_project import WITHOUT_TESTS, Project
from personas.demo.load import load_demo
from personas.proof.checks import CHECKS
from personas.proof.places import Places
from personas.proof.verdict import Finding, Status
from personas.proof.verify import run_checks
from sabotage.catalog import Sabotage

_NAMES = {check.name for check in CHECKS}


@dataclass(frozen=True)
class Outcome:
    """What became of a sabotage; `fault` is why it was not caught, if it was not."""

    sabotage: Sabotage
    red: tuple[str, ...]
    fault: str


def load_only(project: Project) -> None:
    """The demo's legacy tables, nothing built."""
    with project.connect() as connection:
        load_demo(connection)


def try_out(project: Project, sabotage: Sabotage) -> Outcome:
    """Builds the project with the fault in it, on a database where nothing is built yet."""
    project.decide(*(row[0] for row in project.query(DECISIONS)))
    for path, old, new in sabotage.changes:
        project.replace(path, old, new)
    build = project.dbt(*WITHOUT_TESTS)
    if build.exit_code != 0:
        said = sabotage.stops != "" and sabotage.stops in build.output
        return Outcome(
            sabotage, ("the build stops",), "" if said else f"the build stops: {build.output[-600:]}"
        )
    if sabotage.stops:
        return Outcome(sabotage, (), "the build does not stop")
    with project.connect() as connection:
        connection.autocommit = False
        findings = {finding.name: finding for finding in run_checks([connection], Places()).findings}
    red = _red(findings)
    silent = [name for name in sabotage.red if name not in red]
    fault = (
        f"{', '.join(silent)} not red"
        if silent
        else "red without a cause"
        if red and not sabotage.red
        else ""
    )
    return Outcome(sabotage, red, fault)


def _red(findings: Mapping[str, Finding]) -> tuple[str, ...]:
    """The red checks but that of the build's age: no test ran here."""
    return tuple(name for name, found in findings.items() if name in _NAMES and found.status == Status.RED)
