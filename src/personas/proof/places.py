"""Where the proof looks: the schemas of one target, and which legacy tables are there."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

PERSONA_TABLES = ("dh_personas", "org_personas")
LINK_TABLES = ("persona_role_mapping", "jtbd_org_persona_mapping")
OLD_TABLES = (*PERSONA_TABLES, *LINK_TABLES)


@dataclass(frozen=True)
class Places:
    """The schema of the marts, from which the others take their names, and that of the legacy tables."""

    marts: str = "personas"
    old: str = "public"

    @property
    def audit(self) -> str:
        """The schema of the evidence."""
        return f"{self.marts}_audit"

    @property
    def legacy(self) -> str:
        """The schema of the rebuilt tables."""
        return f"{self.marts}_legacy"

    @property
    def intermediate(self) -> str:
        """The schema of the mapping."""
        return f"{self.marts}_intermediate"

    @property
    def staging(self) -> str:
        """The schema of the seeds."""
        return f"{self.marts}_staging"

    def names(self) -> Mapping[str, sql.Composable]:
        """What `{marts}`, `{audit}`, `{legacy}`, `{staging}` and `{old}` stand for in the checks' SQL."""
        schemas = ("marts", "audit", "legacy", "staging", "old")
        return {name: sql.Identifier(getattr(self, name)) for name in schemas}


def places_from_environment(old: str | None = None) -> Places:
    """As dbt's profile has it: the marts in PERSONAS_SCHEMA or `personas`; `old` unless that is None."""
    marts = os.environ.get("PERSONAS_SCHEMA") or "personas"
    return Places(marts, old) if old else Places(marts)


def in_database(connection: psycopg.Connection[Any], schema: str, names: Sequence[str]) -> frozenset[str]:
    """Which of the relations are there."""
    found = connection.execute(
        "select name from unnest(%s::text[]) as name"
        " where to_regclass(format('%%I.%%I', %s::text, name)) is not null",
        [list(names), schema],
    ).fetchall()
    return frozenset(row[0] for row in found)


def names_in_sql(connection: psycopg.Connection[Any], places: Places) -> Mapping[str, sql.Composable]:
    """`places.names()`, and `{rows_of_<old table>}`: how many rows it has, none where it is absent."""
    present = in_database(connection, places.old, OLD_TABLES)
    counts: dict[str, sql.Composable] = {}
    for table in OLD_TABLES:
        counted = sql.SQL("(select count(*) from {})").format(sql.Identifier(places.old, table))
        counts[f"rows_of_{table}"] = counted if table in present else sql.SQL("0")
    return {**places.names(), **counts}
