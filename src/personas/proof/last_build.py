"""The age of the evidence, from `audit_builds`.

A full `dbt build` decides. Whatever ran after it may only spoil the evidence (cut off, failed, or run from
other files), never make it look whole or fresh: only the next full build does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from personas.proof import project_files
from personas.proof.places import Places
from personas.proof.verdict import Build
from personas.summary import read_artifact

NAME = "last_build"
RELATION = "audit_builds"
LAW = (
    "The evidence is of one whole, green build: at most 24 hours old, and no older than the last change of "
    "models, seeds or legacy columns."
)
GOOD_FOR = timedelta(hours=24)
_NAMED = 5

RECORDED = """\
select
    invocation_id, which_command, started_at, finished_at, is_partial,
    models_ok, tests_passed, tests_failed, errors, project_checksum,
    coalesce((to_jsonb(builds) ->> 'allow_mass_loss')::boolean, false)
from {audit}.audit_builds as builds
where
    greatest(started_at, finished_at) >= (
        select max(started_at) from {audit}.audit_builds where which_command = 'build' and not is_partial
    )
order by started_at desc
limit 500"""

_DETAILS = """\
select legacy_schema, legacy_columns, project_files, views, clock_timestamp()
from {audit}.audit_builds
where invocation_id = %s"""

# As the macro `views_sql`. A view that somebody replaced by hand proves what that somebody wants.
# Where the database was restored, or the server is of another version, PostgreSQL prints the same view in
# another way: then what counts of its text is compared, as in the macro `view_text`.
_VIEWS = r"""
select
    nspname || '.' || relname,
    md5(pg_get_viewdef(pg_class.oid)),
    md5(
        (
            select string_agg(attname || ' ' || regexp_replace(
                format_type(atttypid, atttypmod), '^("[^"]+"|[a-z_0-9]+)\.', ''), ',' order by attnum)
            from pg_attribute where attrelid = pg_class.oid and attnum > 0
        )
        || regexp_replace(
            regexp_replace(
                pg_get_viewdef(pg_class.oid),
                '::("[^"]+"|[a-z_0-9]+)(\.("[^"]+"|[a-z_0-9]+))?'
                '( (varying|precision|with time zone|without time zone))?(\([0-9, ]+\))?(\[\])*'
                '| AS ("[^"]+"|[a-z_0-9]+)',
                '', 'g'
            ),
            '("[^"]+"|[a-z_0-9]+)\.|[\s()]', '', 'g'
        )
    ),
    (select oid from pg_database where datname = current_database())
    || '.' || current_setting('server_version_num')::integer / 10000
from pg_class
inner join pg_namespace on relnamespace = pg_namespace.oid
where relkind = 'v' and nspname || '.' || relname = any(%s)"""

# As the macro `legacy_columns_sql`.
_LEGACY_COLUMNS = """\
select
    wanted.name,
    coalesce(
        array_agg(attname || ' ' || format_type(atttypid, atttypmod) order by attnum)
        filter (where attnum is not null), '{}'
    )
from unnest(%s::text[]) as wanted (name)
left join pg_attribute
    on attrelid = to_regclass(format('%%I.%%I', %s::text, wanted.name)) and attnum > 0 and not attisdropped
group by wanted.name"""


@dataclass(frozen=True)
class Recorded:
    """A row of `audit_builds`, without what only the last full build is asked for."""

    invocation_id: str
    command: str
    started_at: datetime
    finished_at: datetime | None
    is_partial: bool
    models_ok: int | None
    tests_passed: int | None
    tests_failed: int | None
    errors: int | None
    project_checksum: str
    # Law 9 was switched off: what a build that is green has removed, nobody was asked about.
    allows_mass_loss: bool = False

    @property
    def is_full(self) -> bool:
        """Whether it made evidence, rather than changed some of it."""
        return self.command == "build" and not self.is_partial


@dataclass(frozen=True)
class Judgement:
    """What is wrong with the evidence, one clause each; what was seen of it."""

    problems: tuple[str, ...]
    figure: str
    build: Build | None


def judge(
    connection: psycopg.Connection[Any],
    places: Places,
    names: Mapping[str, sql.Composable],
    root: Path | None,
) -> Judgement:
    """Judges the evidence in the database; `root` is the project on disk, if there is one."""
    rows = connection.execute(sql.SQL(RECORDED).format(**names)).fetchall()
    recorded = [Recorded(*row) for row in rows]
    full = next((build for build in recorded if build.is_full), None)
    if full is None:
        return Judgement(("no full build has been recorded: run personas build",), "", None)
    details = connection.execute(sql.SQL(_DETAILS).format(**names), [full.invocation_id]).fetchone()
    assert details is not None  # noqa: S101 - it was read a moment ago, in the same snapshot
    schema, columns, files, views, now = details

    problems = [*problems_of(full, now), *problems_since(full, recorded)]
    if schema != places.old:
        problems.append(f"it read the legacy tables of schema {schema}, not {places.old}")
    found = connection.execute(_LEGACY_COLUMNS, [sorted(columns), schema]).fetchall()
    changed = column_changes(columns, {name: list(found) for name, found in found})
    problems += _stale(changed, "legacy columns")

    if full.finished_at is not None:
        problems += _stale(_view_changes(connection, views or {}), "views")

    note = "no project is here, so its files were not compared"
    if root is not None:
        began = project_files.began_here(read_artifact(root, "run_results.json"), full.invocation_id)
        compared = project_files.compare(root, files or {}, began)
        problems += _stale(compared.changes, "the project")
        note = compared.blind_spot
    return Judgement(tuple(problems), figure_of(full, now, note), _build(full))


def recorded_legacy_schema(connection: psycopg.Connection[Any], places: Places) -> str | None:
    """The schema of the legacy tables in the last build; None where none is recorded, or may be read."""
    query = "select legacy_schema from {audit}.audit_builds order by started_at desc limit 1"
    try:
        with connection.transaction(force_rollback=True):
            row = connection.execute(sql.SQL(query).format(**places.names())).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return None
    return str(row[0]) if row else None


def problems_of(full: Recorded, now: datetime) -> list[str]:
    """What is wrong with the last full build itself."""
    if full.finished_at is None:
        return [f"the build begun at {_clock(full.started_at)} is not finished: it runs, or was cut off"]
    problems = []
    if full.errors or full.tests_failed:
        problems.append(f"the last full build had {full.tests_failed} failed tests and {full.errors} errors")
    if now - full.finished_at > GOOD_FOR:
        age = _span(now - full.finished_at)
        problems.append(f"stale: the last full build ended {age} ago, more than 24 h")
    return problems


def problems_since(full: Recorded, recorded: Sequence[Recorded]) -> list[str]:
    """What later commands, or ones that ran at the same time, did to its evidence."""
    problems = []
    for later in recorded:
        what = f"dbt {later.command} of {_clock(later.started_at)}, after the last full build,"
        if later == full:
            continue
        if later.finished_at is None:
            problems.append(f"{what} is not finished: it runs, or was cut off")
        elif later.errors or later.tests_failed:
            problems.append(f"{what} had {later.tests_failed} failed tests and {later.errors} errors")
        elif later.project_checksum != full.project_checksum and later.command != "test":
            problems.append(f"{what} ran other models, seeds or macros")
    return problems


def column_changes(then: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]) -> list[str]:
    """What differs between two states of the legacy columns, table → `name type` in their order."""
    changes = []
    for table in sorted(then):
        old, new = list(then[table]), list(now.get(table, ()))
        if old == new:
            continue
        if not old or not new:
            changes.append(f"table {table} is {'gone' if old else 'new'}")
            continue
        listed = [f"{table}.{column} is gone" for column in old if column not in new]
        listed += [f"{table}.{column} is new" for column in new if column not in old]
        changes += listed or [f"{table} has its columns in another order"]
    return changes


def _view_changes(connection: psycopg.Connection[Any], then: Mapping[str, str]) -> list[str]:
    connection.execute("set local search_path = pg_catalog")
    now = {name: rest for name, *rest in connection.execute(_VIEWS, [list(then)]).fetchall()}
    return [
        f"{name} {'was replaced' if name in now else 'is gone'}"
        for name, checksums in sorted(then.items())
        if name not in now or not _is_same_view(checksums.split(" "), now[name])
    ]


def _is_same_view(then: Sequence[str], now: Sequence[str]) -> bool:
    """Both: MD5 of its text, MD5 of what counts of that, and where it was printed."""
    if then[2:] == list(now[2:]):
        return then[0] == now[0]
    return then[1:2] == list(now[1:2])


def _stale(changes: Sequence[str], what: str) -> list[str]:
    if not changes:
        return []
    more = f" and {len(changes) - _NAMED} more" if len(changes) > _NAMED else ""
    return [f"stale: since the build, {what} changed ({', '.join(changes[:_NAMED])}{more})"]


def figure_of(full: Recorded, now: datetime, note: str) -> str:
    """What the check says of a build, in one line; nothing of one that never ended."""
    if full.finished_at is None:
        return ""
    when = f"{_clock(full.finished_at)} ({_span(now - full.finished_at)} ago)"
    figure = f"built {when}, {full.tests_passed} tests passed"
    allowed = (
        "mass loss was allowed (allow_mass_loss), so law 9 stopped nothing" if full.allows_mass_loss else ""
    )
    return "; ".join(part for part in (figure, allowed, note) if part)


def _build(full: Recorded) -> Build:
    return Build(
        full.invocation_id,
        full.started_at,
        full.finished_at,
        full.models_ok,
        full.tests_passed,
        full.tests_failed,
        full.errors,
        full.finished_at + GOOD_FOR if full.finished_at else None,
    )


def _clock(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _span(span: timedelta) -> str:
    minutes = max(int(span.total_seconds()) // 60, 0)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
