"""Families in a database: loading, editing, and what `personas verify` would find wrong with them."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from dbt_project import CLUSTERS, MARTS, WITHOUT_TESTS, Project, Run
from dbt_project import TABLES as BUILD
from generated.families import TABLES, UNIQUE, Family, Row
from generated.world import World
from personas.legacy.schema import create_keys, create_tables, legacy_transaction
from personas.proof.checks import CHECKS

Connection = psycopg.Connection[Any]

SCHEMA = "personas"
DECISIONS_HEADER = "left_table,left_id,right_table,right_id,verdict,decided_by,decided_at,reason"
WHO_AND_WHY = ["Hypothesis", "2025-01-01", "generated"]


@dataclass(frozen=True)
class Problem:
    """One row of evidence: the check that is red, and the row as text."""

    check: str
    evidence: str

    def __str__(self) -> str:
        return f"{self.check}: {self.evidence[:1000]}"


# --- rows in ----------------------------------------------------------------------------------------------


def prepare(project: Project) -> None:
    """An empty legacy database with its marts."""
    with project.connect() as connection, legacy_transaction(connection, "public", False, False):
        create_tables(connection)
        create_keys(connection)
    build(project, WITHOUT_TESTS).succeeded()
    # Only from its second build on does this view know the rows that are deleted.
    build(project, (*BUILD[:3], "int_match_decisions", *BUILD[3:])).succeeded()


def build(project: Project, arguments: Sequence[str] = BUILD) -> Run:
    """A dbt build that may delete as much as it likes; with other variables dbt would parse anew."""
    return project.dbt(*arguments, variables={"allow_mass_loss": True})


def load(connection: Connection, families: Iterable[Family]) -> None:
    """Copies rows into the legacy tables; raises psycopg.Error where these do not accept one."""
    members = list(families)
    for table in TABLES:
        rows = [row for family in members for row in family.rows.get(table, [])]
        names = sorted({name for row in rows for name in row})
        if not rows:
            continue
        statement = sql.SQL("copy {} ({}) from stdin").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([row.get(name) for name in names])
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier(table)))


def edit(connection: Connection, families: Iterable[Family]) -> None:
    """What happens to families after the first build."""
    for table, key, values in (one for family in families for one in family.edits):
        if values is None:
            _delete(connection, table, key)
        elif values:
            connection.execute(*_update(table, key, values))


def _delete(connection: Connection, table: str, key: str) -> None:
    if table == "org_personas":
        connection.execute("delete from jtbd_org_persona_mapping where persona_id = %s", [key])
    connection.execute(sql.SQL("delete from {} where id = %s").format(sql.Identifier(table)), [key])


def _update(table: str, key: str, values: Row) -> tuple[sql.Composed, list[str | None]]:
    assert not {name for columns in UNIQUE[table] for name in columns} & values.keys()
    settings = sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in values)
    statement = sql.SQL("update {} set {} where id = %s").format(sql.Identifier(table), settings)
    return statement, [*values.values(), key]


def decision_lines(families: Iterable[Family]) -> list[list[str]]:
    """Rows of seeds/match_decisions.csv."""
    return [[*decision, *WHO_AND_WHY] for family in families for decision in family.decisions]


def write_decisions(project: Project, families: Iterable[Family]) -> None:
    """Writes the seed in the project's copy."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([DECISIONS_HEADER.split(","), *decision_lines(families)])
    project.write("seeds/match_decisions.csv", text.getvalue())


# --- what is wrong ----------------------------------------------------------------------------------------


def problems(connection: Connection, most: int = 20) -> list[Problem]:
    """The rows which `personas verify` would call wrong, at most so many of each check."""
    found = []
    for check in CHECKS:
        query = check.offenders.format(audit=f"{SCHEMA}_audit", marts=SCHEMA).encode()
        rows = connection.execute(
            sql.SQL("select found::text from ({}) as found limit {}").format(sql.SQL(query.decode()), most)
        ).fetchall()
        found += [Problem(check.name, row) for (row,) in rows]
    return found


# --- a build in one transaction ---------------------------------------------------------------------------

UPSERTED = (CLUSTERS, *MARTS)
# What a pre-hook of `personas` does: the rows of the clusters change together with the personas.
PRINT_HAND_OVER = """
{% macro print_hand_over() %}
{{ print('[[' ~ write_cluster_changes(ref('int_persona_clusters'), ref('persona_source_mapping')) ~ ']]') }}
{% endmacro %}
"""


class Trial:
    """Builds a few families in a transaction that is rolled back, by the very SQL of the last dbt build.

    A tenth of a second each, where dbt takes seconds: so that hundreds of smaller examples can be tried.
    """

    def __init__(self, project: Project, world: World) -> None:
        """Takes a database of `prepare` whose world is loaded."""
        build(project).succeeded()
        self._world = world
        self._scripts = [_script(project.root, name) for name in self._order(project.root)]
        project.write("macros/print_hand_over.sql", PRINT_HAND_OVER)
        printed = project.dbt("run-operation", "print_hand_over").succeeded().output
        self._hand_over = printed.partition("[[")[2].partition("]]")[0]
        self._connection = project.connect()

    def close(self) -> None:
        """Ends the session."""
        self._connection.close()

    def problems(
        self, families: Sequence[Family], break_it: Callable[[Connection], None] | None = None
    ) -> list[Problem]:
        """What is wrong with families after a first build, or else after their edits and a second one.

        What PostgreSQL refuses is a problem of the check `build`, but for legacy rows: those are no example.
        """
        connection = self._connection
        with connection.transaction(force_rollback=True):
            try:
                with connection.transaction():
                    load(connection, families)
            except psycopg.Error:
                return []
            try:
                with connection.transaction():
                    return self._build_and_look(families, break_it)
            except psycopg.Error as error:
                return [Problem("build", str(error))]

    def _build_and_look(
        self, families: Sequence[Family], break_it: Callable[[Connection], None] | None
    ) -> list[Problem]:
        connection = self._connection
        with connection.cursor() as cursor:
            cursor.execute(f"truncate {SCHEMA}_staging.match_decisions")
            cursor.executemany(
                f"insert into {SCHEMA}_staging.match_decisions ({DECISIONS_HEADER}, line_number)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [(*line, number) for number, line in enumerate(decision_lines(families), start=2)],
            )
        for change in (None, edit):
            if change is not None:
                if not any(family.edits for family in families):
                    break
                change(connection, families)
            self._build()
            if break_it is not None:
                break_it(connection)
            found = problems(connection)
            if found:
                return found
        return []

    def _build(self) -> None:
        self._connection.execute(
            "select set_config('personas.build_snapshot', pg_current_snapshot()::text, true)"
        )
        for name, temporary, select, upsert in self._scripts:
            if name == f"{SCHEMA}.personas":
                self._connection.execute(self._hand_over.encode())
            self._connection.execute(f'create temp table "{temporary}" as {select}'.encode())
            self._connection.execute(upsert.encode())
            self._connection.execute(f'drop table "{temporary}"'.encode())
            self._connection.execute("set constraints all immediate")
            self._connection.execute(f"analyze {name}".encode())

    @staticmethod
    def _order(root: Path) -> list[str]:
        """The written relations, as the build's hooks order them."""
        return [name for name in UPSERTED if name != "persona_overrides"]


def _script(root: Path, name: str) -> tuple[str, str, str, str]:
    """A relation's qualified name, its temporary table, its query, and what dbt did with the two."""
    target = root / "target"
    # A unit test leaves a file of that name, too, in a folder that is called like its YAML file.
    (compiled,) = (target / "compiled").glob(f"*/models/*/{name}.sql")
    (done,) = (target / "run").glob(f"*/models/*/{name}.sql")
    upsert = done.read_text()
    temporary = re.search(rf'"({name}__dbt_tmp\w*)"', upsert)
    assert temporary, upsert
    schema = f"{SCHEMA}_intermediate" if name == CLUSTERS else SCHEMA
    return f"{schema}.{name}", temporary[1], compiled.read_text(), upsert
