"""What a build left behind: rows by table, the first failure, and where to look."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg import sql

Artifact = dict[str, Any]
FAILURES = ("error", "fail", "runtime error")


@dataclass(frozen=True)
class Count:
    """How many rows a relation holds; None when it does not exist."""

    kind: str
    relation: str
    rows: int | None


def read_artifact(root: Path, name: str) -> Artifact:
    """One of dbt's JSON files in `root`/target; empty when it is missing or broken."""
    try:
        found = json.loads((root / "target" / name).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def forget_artifact(root: Path, name: str) -> None:
    """Removes it: an earlier run's is not to be taken for that of a run which stops before it writes one."""
    (root / "target" / name).unlink(missing_ok=True)


def first_failure(run_results: Artifact) -> str:
    """What failed first and why, the relation with the rows if a test stored them, how many more failed.

    Nothing when nothing failed. dbt's list of the macros that led to the place is left out.
    """
    failures = [result for result in run_results.get("results", []) if result.get("status") in FAILURES]
    if not failures:
        return ""
    first = failures[0]
    why = " ".join(str(first.get("message") or "").partition("> in macro")[0].split())
    name, relation = str(first["unique_id"]), first.get("relation_name")
    rows = f"; rows: {relation}" if relation and name.startswith("test.") else ""
    more = f"; and {len(failures) - 1} more" if len(failures) > 1 else ""
    return f"{name}: {why}{rows}{more}"


def holds_the_proof(manifest: Artifact) -> bool:
    """Whether the project leaves the evidence that `personas verify` reads."""
    return any(name.endswith(".audit_builds") for name in manifest.get("nodes", {}))


def counts(manifest: Artifact, connection: psycopg.Connection[Any]) -> list[Count]:
    """Rows of every source and of every model in a folder `marts`, counted by SQL."""
    sources = [("legacy", node) for node in manifest.get("sources", {}).values()]
    marts = [
        ("mart", node)
        for node in manifest.get("nodes", {}).values()
        if node["resource_type"] == "model" and "marts" in node["fqn"]
    ]
    found = [
        Count(kind, f"{node['schema']}.{_name(node)}", _rows(connection, node))
        for kind, node in [*sources, *marts]
    ]
    return sorted(found, key=lambda count: (count.kind, count.relation))


def waiting_pairs(manifest: Artifact, connection: psycopg.Connection[Any]) -> int | None:
    """How many probable pairs wait for a person's decision; None where the project offers none."""
    queues = (
        node for name, node in manifest.get("nodes", {}).items() if name.endswith(".match_review_queue")
    )
    return next((_rows(connection, node) for node in queues), None)


def _name(node: Mapping[str, Any]) -> str:
    return str(node.get("identifier") or node.get("alias") or node["name"])


def _rows(connection: psycopg.Connection[Any], node: Mapping[str, Any]) -> int | None:
    relation = sql.Identifier(node["schema"], _name(node))
    known = connection.execute("select to_regclass(%s)", [relation.as_string(connection)]).fetchone()
    if known is None or known[0] is None:
        return None
    found = connection.execute(sql.SQL("select count(*) from {}").format(relation)).fetchone()
    return int(found[0]) if found else None


def print_counts(found: list[Count]) -> None:
    """A table of legacy tables and one of marts."""
    width = max((len(count.relation) for count in found), default=0)
    for title, kind in (("Legacy tables", "legacy"), ("Marts", "mart")):
        click.echo(f"\n{title}")
        for count in found:
            if count.kind == kind:
                rows = "absent" if count.rows is None else f"{count.rows:,}"
                click.echo(f"  {count.relation:<{width}}  {rows:>10}")
