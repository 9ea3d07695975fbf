"""`personas verify` among the writers: what it says in the same snapshot in which both sides agree."""

import json
import subprocess
import sys
from typing import Any

import psycopg

from dbt_project import Project
from personas.proof import last_build
from personas.proof.places import Places
from personas.proof.verdict import Status
from personas.proof.verify import run_checks

# Who is who, and how old the evidence is: of builds, one runs, one was killed, the next decides otherwise.
_WAIT_FOR_A_BUILD = (last_build.NAME, "integrity")


def objections(connection: psycopg.Connection[Any]) -> list[str]:
    """Why the verdict is not GO, in the transaction's snapshot, apart from what waits for a build."""
    verdict = run_checks([connection], Places())
    if verdict.obstacle:
        return [f"verify: {verdict.obstacle}"]
    found = [
        f"verify: {finding.name}: {finding.figure}: {finding.rows[:3]}"
        for finding in verdict.findings
        if finding.status is not Status.GREEN and finding.name not in _WAIT_FOR_A_BUILD
    ]
    broken = connection.execute(
        "select * from personas_audit.audit_integrity where (relation, key, problem) not in"
        " (select 'persona_source_mapping', key, problem from personas_audit.audit_merge_problems)"
        # One that a build was about to remove when it was killed: the next one does.
        " and split_part(key, ' ', 1) not in"
        " (select unmerged_persona_id::text from personas_intermediate.int_persona_clusters"
        " except select persona_id::text from personas_intermediate.int_persona_clusters)"
        " or key is null"
    ).fetchmany(3)
    return found + [f"verify: integrity: {row}" for row in broken]


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
