"""`personas verify` among the writers: what it says in the same snapshot in which both sides agree."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import psycopg

from dbt_project import Project
from personas.proof import last_build
from personas.proof.places import Places
from personas.proof.verdict import Status
from personas.proof.verify import run_checks

# Builds work out from all rows at once which are one persona; of these one runs, one was killed, the next
# decides otherwise. A finding that stands here is counted, and `final_verdict` wants it gone.
WAITS_FOR_A_BUILD = {
    last_build.NAME: "the last whole build is older than a decision, or was killed",
    "integrity": "rows are merged, or apart, other than the decisions and the links say by now",
}


@dataclass(frozen=True)
class Objections:
    """Why the verdict is not GO."""

    found: list[str] = field(default_factory=list)
    """What should not be."""
    waiting: list[str] = field(default_factory=list)
    """Reasons of what the next build mends."""


def objections(connection: psycopg.Connection[Any]) -> Objections:
    """Asks in the transaction's snapshot."""
    verdict = run_checks([connection], Places())
    if verdict.obstacle:
        return Objections([f"verify: {verdict.obstacle}"])
    red = [finding for finding in verdict.findings if finding.status is not Status.GREEN]
    broken = connection.execute(
        "select * from personas_audit.audit_integrity where (relation, key, problem) not in"
        " (select 'persona_source_mapping', key, problem from personas_audit.audit_merge_problems)"
        " or key is null"
    ).fetchmany(3)
    return Objections(
        [
            f"verify: {finding.name}: {finding.figure}: {finding.rows[:3]}"
            for finding in red
            if finding.name not in WAITS_FOR_A_BUILD
        ]
        + [f"verify: integrity: {row}" for row in broken],
        [WAITS_FOR_A_BUILD[finding.name] for finding in red if finding.name in WAITS_FOR_A_BUILD],
    )


def final_verdict(project: Project) -> list[str]:
    """Why the command does not say GO, after a whole build, when nobody writes any more."""
    # By these the directory is a checkout.
    (project.root / "src" / "personas").mkdir(parents=True, exist_ok=True)
    (project.root / "pyproject.toml").touch()
    said = subprocess.run(
        [sys.executable, "-c", "from personas.cli import main; main()", "verify", "--json"],
        cwd=project.root,
        env={**project.environment, "PERSONAS_SCHEMA": project.schema},
        stdout=subprocess.PIPE,
        text=True,
    )
    verdict = json.loads(said.stdout)
    if verdict["verdict"] == "GO" and said.returncode == 0:
        return []
    red = [
        (check["name"], check["figure"], check["rows"][:3])
        for check in verdict["checks"]
        if check["status"] != "green"
    ]
    return [f"verify: {verdict['verdict']}: {verdict['reason']}: {red}"]
