"""Databases that hold a whole, tested build, and `personas verify` and `report` on them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dbt_project import Project
from personas import cli
from personas.demo.load import load_demo

# Unit tests read no data, so that a build without them is whole (and these tests are quicker).
WHOLE = ("build", "--exclude-resource-type", "unit_test")
READER = "reader_of_evidence"


def build_whole_demo(project: Project) -> None:
    """Loads the demo in its default size, builds everything and tests it."""
    with project.connect() as connection:
        load_demo(connection)
    project.build(*WHOLE)


@dataclass
class Console:
    """Runs `personas` as on the project's database and in its directory."""

    project: Project
    monkeypatch: pytest.MonkeyPatch
    user: str = "postgres"

    def __post_init__(self) -> None:
        # By these the directory is a checkout.
        (self.project.root / "src" / "personas").mkdir(parents=True, exist_ok=True)
        (self.project.root / "pyproject.toml").touch()
        self.monkeypatch.chdir(self.project.root)
        for name in ("PGHOST", "PGPORT", "PGDATABASE"):
            self.monkeypatch.setenv(name, self.project.environment[name])
        self.monkeypatch.setenv("PERSONAS_SCHEMA", self.project.schema)

    def run(self, *arguments: str) -> Result:
        """Runs one command to its end."""
        self.monkeypatch.setenv("PGUSER", self.user)
        return CliRunner().invoke(cli.main, list(arguments))

    def verify(self) -> dict[str, Any]:
        """The verdict as JSON, which agrees with the exit code."""
        result = self.run("verify", "--json")
        found: dict[str, Any] = json.loads(result.stdout)
        assert result.exit_code == found["exit_code"], result.output
        assert {"GO": 0, "NO-GO": 1, "CANNOT TELL": 2}[found["verdict"]] == result.exit_code
        return found

    def report(self, page: Path) -> Result:
        """Writes the page."""
        return self.run("report", "--output", str(page))


def statuses(verdict: dict[str, Any], status: str) -> list[str]:
    """The names of the checks with that status."""
    return [check["name"] for check in verdict["checks"] if check["status"] == status]


def figure(verdict: dict[str, Any], name: str) -> str:
    """The line that a check shows."""
    (found,) = (check["figure"] for check in verdict["checks"] if check["name"] == name)
    return str(found)


@contextmanager
def reader(project: Project, rights: str = "bypassrls") -> Iterator[str]:
    """A role that may only look: usage of the schemas, select on what is in them and on the stored ids.

    `bypassrls` is no right to write: both legacy tables have row level security, as in the field.
    """
    schemas = ["public", *(f"{project.schema}{suffix}" for suffix in ("", "_staging", "_legacy", "_audit"))]
    project.execute(f"drop role if exists {READER}", f"create role {READER} login {rights}")
    for schema in schemas:
        project.execute(
            f'grant usage on schema "{schema}" to {READER}',
            f'grant select on all tables in schema "{schema}" to {READER}',
        )
    clusters = f'"{project.schema}_intermediate".int_persona_clusters'
    project.execute(f"grant select on {clusters} to {READER}")
    try:
        yield READER
    finally:
        project.execute(f"drop owned by {READER}", f"drop role {READER}")
