"""What `personas dual-write status` says: asked of the database alone, because a monitor calls it often."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg import sql

from personas.proof import project_files

Connection = psycopg.Connection[Any]

# What the functions in the database are made of, besides the views, whose texts are compared there.
_MADE_OF = ("macros/", "seeds/column_mapping.csv", "seeds/industry_id_columns.csv")
_NAMED = 3
_REMEDY = "Run personas build, then personas dual-write on"


@dataclass(frozen=True)
class Status:
    """The first line, and what is not as it should be."""

    headline: str
    red: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_on: bool = False

    def lines(self) -> Iterator[str]:
        """All of it, in lines for a terminal."""
        yield self.headline
        for line in self.red:
            yield f"  red: {line}"
        for line in self.notes:
            yield f"  {line}"
        if self.is_on and not self.red:
            yield "  triggers and functions are those of these models; both sides agree; nothing waits"


def ask(connection: Connection, schema: str, root: Path | None) -> Status:
    """Asks the target `schema`; `root` is the project on disk, None where there is none.

    Raises psycopg.Error where the database cannot be asked.
    """
    state = sql.Identifier(f"{schema}_sync", "dual_write_state")
    row = connection.execute("select to_regclass(%s)", [state.as_string(connection)]).fetchone()
    if row is None or row[0] is None:
        return Status("dual-write is off, and never was on")
    found = connection.execute(sql.SQL("select to_jsonb(state.*) from {} as state").format(state)).fetchone()
    if found is None:
        return Status("dual-write is off, and never was on")
    known: Mapping[str, Any] = found[0]
    since = known["switched_at"]
    if known["mode"] != "on":
        return Status(f"dual-write is off since {since}: the {known['writable']} side can be written")
    red, notes = [], []
    try:
        lines = connection.execute(
            sql.SQL("select is_red, line from {}()").format(sql.Identifier(f"{schema}_sync", "status"))
        ).fetchall()
    except psycopg.errors.UndefinedFunction:
        red.append(
            "out of date: an earlier version of this project switched it on. Run personas dual-write on"
        )
    else:
        red += [line for is_red, line in lines if is_red]
        notes += [line for is_red, line in lines if not is_red]
    if root is not None:
        red += changes_of_the_project(root, known.get("project_files") or {}, known.get("on_sync_error"))
    return Status(f"dual-write is on since {since}", tuple(red), tuple(notes), is_on=True)


def changes_of_the_project(root: Path, recorded: Mapping[str, str], on_sync_error: str | None) -> list[str]:
    """What of the project is not as it was when dual-write was switched on."""
    red = []
    changes = [
        change
        for change in project_files.compare(root, recorded, None).changes
        if change.startswith(_MADE_OF)
    ]
    if recorded and changes:
        more = f" and {len(changes) - _NAMED} more" if len(changes) > _NAMED else ""
        red.append(
            f"out of date: since dual-write was switched on, {', '.join(changes[:_NAMED])}{more}. {_REMEDY}"
        )
    settings = yaml.safe_load((root / "dbt_project.yml").read_text())
    wanted = settings.get("vars", {}).get("on_sync_error")
    if on_sync_error and wanted != on_sync_error:
        red.append(
            f"out of date: on_sync_error was {on_sync_error} when dual-write was switched on, and is {wanted}"
            " in dbt_project.yml. Run personas dual-write on"
        )
    return red
