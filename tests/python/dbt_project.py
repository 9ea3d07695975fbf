"""A copy of this dbt project to run, edit and break, on databases copied from ready-made ones."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from personas import packages
from personas.demo.load import load_demo
from personas.legacy_load import load_directory
from personas.server import EmbeddedServer

WORKER = Path(__file__).parent / "dbt_worker.py"
KEPT_PARSES = Path(__file__).parents[2] / ".pytest_cache" / "dbt"
FOLDERS = ("closed_network", "functions", "macros", "models", "seeds", "snapshots")
TEST_FOLDERS = ("tests/config", "tests/generic", "tests/integrity", "tests/value")
FILES = ("dbt_project.yml", "packages.yml", "profiles.yml.example")

# One name for every database under test: another one makes dbt parse the project anew.
DATABASE = "under_test"
SCHEMA = "personas"

MARTS = (
    "personas",
    "persona_industry_mapping",
    "persona_role_mapping",
    "persona_jtbd_mapping",
    "persona_source_mapping",
    "persona_link_source_mapping",
    "persona_overrides",
)
# Not marts, but history that no build may lose (design, law 4): stored ids, and what undoes a merge.
CLUSTERS = "int_persona_clusters"
HISTORY = (CLUSTERS, "int_persona_owners", "int_persona_additions")

WITHOUT_TESTS = ("build", "--exclude-resource-type", "test", "unit_test")
# All that a build writes apart from views and what is offered for review: enough where only rows have
# changed, and four times quicker.
TABLES = ("run", "--select", "config.materialized:incremental", "--exclude", "int_persona_matches")
# As TABLES, after a change of seeds/match_decisions.csv.
DECISIONS = (*WITHOUT_TESTS, "--select", "match_decisions", *TABLES[2:])

Dump = dict[str, list[str]]
"""Relation → its rows as text, sorted."""


@dataclass(frozen=True)
class Run:
    """What one dbt command did."""

    exit_code: int
    output: str

    def succeeded(self) -> "Run":
        """Itself, after an assertion that shows the output."""
        assert self.exit_code == 0, self.output
        return self

    def lines_with(self, phrase: str) -> list[str]:
        """The lines of the output that contain a phrase, without dbt's clock."""
        lines = (line.strip() for line in self.output.splitlines())
        return [
            line.removeprefix(line[:8]).strip() if line[2:3] == ":" else line
            for line in lines
            if phrase in line
        ]


class DbtWorker:
    """The process that dbt commands are forked from (`dbt_worker.py`)."""

    def __init__(self, project: Path, environment: Mapping[str, str], output: Path) -> None:
        self._output = output
        name = (project / "dbt_project.yml").read_text().partition("name: ")[2].split()[0]
        self._warm_up = {
            **self._request((), project, environment),
            "kept_parse": str(KEPT_PARSES / f"{name}.msgpack"),
        }
        self._start()

    def run(self, arguments: tuple[str, ...], directory: Path, environment: Mapping[str, str]) -> Run:
        """Runs one command to its end; where a test is ended meanwhile, the command is as well."""
        assert self._process.stdout is not None
        try:
            self._send(self._request(arguments, directory, environment))
            answer = self._process.stdout.readline()
        except BaseException:
            # Its answer would be read as that of the next command.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
            self._start()
            raise
        assert answer, "the worker has died"
        return Run(int(answer), self._output.read_text(errors="replace"))

    def stop(self) -> None:
        """Ends the process."""
        self._process.communicate()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._send({"warm_up": self._warm_up})

    def _request(
        self, arguments: tuple[str, ...], directory: Path, environment: Mapping[str, str]
    ) -> dict[str, Any]:
        return {
            "arguments": arguments,
            "directory": str(directory),
            "environment": dict(environment),
            "output": str(self._output),
        }

    def _send(self, message: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()


def copy_project(checkout: Path, root: Path) -> Path:
    """Copies what dbt reads of the project, with the closed-network packages and a profile, to `root`."""
    root.mkdir()
    for name in (*FOLDERS, *TEST_FOLDERS):
        if (checkout / name).is_dir():
            shutil.copytree(checkout / name, root / name)
    for name in FILES:
        shutil.copy(checkout / name, root / name)
    shutil.copy(root / "profiles.yml.example", root / "profiles.yml")
    packages.install(root, dbt_deps=lambda: False, hub=lambda: False)
    return root


@dataclass
class Project:
    """A copy of the project and the database that it builds."""

    root: Path
    server: EmbeddedServer
    worker: DbtWorker
    environment: dict[str, str]
    schema: str = SCHEMA
    _originals: dict[Path, str | None] = field(default_factory=dict)

    # --- dbt ------------------------------------------------------------------------------------------------

    def dbt(
        self,
        *arguments: str,
        variables: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Run:
        """Runs a dbt command; `environment` is added to the usual one."""
        given = ("--vars", json.dumps(variables)) if variables else ()
        surroundings = {**self.environment, "PERSONAS_SCHEMA": self.schema, **(environment or {})}
        return self.worker.run((*arguments, *given), self.root, surroundings)

    def build(self, *arguments: str, variables: Mapping[str, object] | None = None) -> Run:
        """Runs a dbt command, by default `TABLES`, that must succeed."""
        return self.dbt(*(arguments or TABLES), variables=variables).succeeded()

    # --- files ----------------------------------------------------------------------------------------------

    def write(self, path: str, text: str) -> None:
        """Writes a file of the project until `restore`."""
        file = self.root / path
        self._originals.setdefault(file, file.read_text() if file.exists() else None)
        file.write_text(text)

    def replace(self, path: str, old: str, new: str) -> None:
        """Replaces a text, which must be there once, in a file of the project until `restore`."""
        before = (self.root / path).read_text()
        assert before.count(old) == 1, f"{path} has {before.count(old)} times: {old}"
        self.write(path, before.replace(old, new))

    def decide(self, *decisions: str, decided_at: str = "2025-01-01") -> None:
        """Writes seeds/match_decisions.csv: lines `left_table,left_id,right_table,right_id,verdict`."""
        header = "left_table,left_id,right_table,right_id,verdict,decided_by,decided_at,reason"
        lines = [f"{decision},tester,{decided_at},because" for decision in decisions]
        self.write("seeds/match_decisions.csv", "\n".join([header, *lines]) + "\n")

    def restore(self) -> None:
        """Takes back every change of a file."""
        for file, text in self._originals.items():
            if text is None:
                file.unlink()
            else:
                file.write_text(text)
        self._originals.clear()

    # --- database -------------------------------------------------------------------------------------------

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """A new connection, autocommitting, in UTC, as the environment's user unless told."""
        given = {
            "host": self.environment["PGHOST"],
            "port": self.environment["PGPORT"],
            "user": self.environment["PGUSER"],
            "dbname": DATABASE,
        }
        connection = psycopg.connect(**{**given, **options}, autocommit=True)
        connection.execute("set time zone 'UTC'")
        return connection

    def execute(self, *statements: str) -> None:
        """Runs statements, each in a transaction of its own."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement)

    def query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.connect() as connection:
            return connection.execute(statement, parameters or None).fetchall()

    def value(self, statement: str, *parameters: object) -> Any:
        """The one value of a query."""
        ((found,),) = self.query(statement, *parameters)
        return found

    def dump(self) -> Dump:
        """Every row of every mart and of the stored history."""
        return self._of_each_mart('select t::text from {} as t order by t::text collate "C"')

    def row_versions(self) -> Dump:
        """Where each row lies and which transaction wrote it: as before exactly where nothing was written."""
        return self._of_each_mart("select t.ctid || ' ' || t.xmin from {} as t order by t.ctid")

    def _of_each_mart(self, query: str) -> Dump:
        places = {name: (self.schema, name) for name in MARTS}
        places |= {name: (f"{self.schema}_intermediate", name) for name in HISTORY}
        dump = {}
        with self.connect() as connection:
            for name, place in places.items():
                statement = sql.SQL(query).format(sql.Identifier(*place))
                dump[name] = [row[0] for row in connection.execute(statement).fetchall()]
        return dump


@dataclass
class Workshop:
    """Makes projects on one server; each kind of database is loaded and built once, and copied ever after."""

    server: EmbeddedServer
    worker: DbtWorker
    root: Path
    _templates: set[str] = field(default_factory=set)

    @contextmanager
    def project(self, kind: str, prepare: Callable[[Project], None]) -> Iterator[Project]:
        """A project on a copy of the database `kind`, which `prepare` makes the first time it is wanted."""
        project = Project(self.root, self.server, self.worker, environment_of(self.server))
        try:
            if kind not in self._templates:
                self._create(DATABASE, "template0")
                prepare(project)
                project.restore()
                self._create(f"ready_{kind}", DATABASE)
                self._templates.add(kind)
            self._create(DATABASE, f"ready_{kind}")
            yield project
        finally:
            project.restore()

    def _create(self, name: str, template: str) -> None:
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')
            connection.execute(f'create database "{name}" template "{template}"')


def environment_of(server: EmbeddedServer) -> dict[str, str]:
    """The environment of a dbt command: the server, quiet manners, and nothing of the caller's settings."""
    return {
        **server.settings(),
        "PGDATABASE": DATABASE,
        "PERSONAS_SCHEMA": SCHEMA,
        "PGTZ": "UTC",
        "PATH": "/usr/bin:/bin",
        "HOME": str(server.home),
        "DO_NOT_TRACK": "1",
        "DBT_USE_COLORS": "false",
        "DBT_VERSION_CHECK": "false",
        "DBT_LOG_LEVEL_FILE": "none",
        "DBT_WRITE_JSON": "false",
    }


def build_demo(project: Project) -> None:
    """Loads the demo in its default size and builds everything but the tests."""
    with project.connect() as connection:
        load_demo(connection)
    project.build(*WITHOUT_TESTS)


def build_field(project: Project, directory: Path) -> None:
    """The same for a directory of legacy rows."""
    with project.connect() as connection:
        load_directory(connection, directory)
    project.build(*WITHOUT_TESTS)
