"""Whether both sides agree, asked in one snapshot, so that writers wait for nothing."""

from typing import Any

import psycopg
from psycopg import sql

from personas.session import SETTINGS

Connection = psycopg.Connection[Any]
LEGACY_TABLES = ("dh_personas", "org_personas", "persona_role_mapping", "jtbd_org_persona_mapping")
_LIVES = (
    "exists (select from {i}.int_persona_clusters as c where c.persona_id = marts.{key} and c.contributes)"
)
# Mart, view of the chain, key, which rows of the mart the chain speaks of.
_CHAIN = (
    ("personas", "int_personas_merged", ("id",), _LIVES.replace("{key}", "id")),
    *(
        (
            mart,
            view,
            ("persona_id", target),
            "marts.origin = 'legacy' and " + _LIVES.replace("{key}", "persona_id"),
        )
        for mart, view, target in (
            ("persona_industry_mapping", "int_persona_industries", "industry_id"),
            ("persona_role_mapping", "int_persona_roles", "role_id"),
            ("persona_jtbd_mapping", "int_persona_jobs", "jtbd_id"),
        )
    ),
)
# Whoever chose another primary industry in the new world keeps it.
_CHOSEN = """
    is_primary and not exists (
        select from {s}.persona_industry_mapping as chosen
        where chosen.persona_id = chain.persona_id and chosen.industry_id <> chain.industry_id
        and chosen.origin = 'new' and chosen.is_primary
    ) as is_primary
"""
_RESIDUALS = (
    ("persona_source_mapping", "int_persona_residuals", "source_table, source_id"),
    ("persona_link_source_mapping", "int_persona_link_residuals", "source_table, source_id, pointer"),
)


def is_open(connection: Connection) -> bool:
    """Whether dual-write is on and both sides can be written, in the transaction's snapshot."""
    (found,) = connection.execute(
        "select count(*) filter (where tgname = 'personas_sync_insert') > 0"
        " and count(*) filter (where tgname = 'personas_guard_write') = 0 from pg_trigger"
    ).fetchone() or (False,)
    return bool(found)


def disagreements(connection: Connection, schema: str = "personas", legacy: str = "public") -> list[str]:
    """Where a legacy table is not what the marts rebuild, or a mart is not what the chain of views says."""
    # The chain gives a value the text that the settings say, and ours are what was stored.
    connection.execute(
        "select set_config(name, value, false) from unnest(%s::text[], %s::text[]) as settings (name, value)",
        (list(SETTINGS), list(SETTINGS.values())),
    )
    found = []
    for table in LEGACY_TABLES:
        query = """
            select coalesce("old row".id, "rebuilt row".id), "old row", "rebuilt row"
            from {legacy}.{table} as "old row" full join {rebuilt}.{view} as "rebuilt row" using (id)
            where
                "old row" is null or "rebuilt row" is null or "old row"::record *<> "rebuilt row"::record
        """
        names = {"legacy": legacy, "table": table, "rebuilt": f"{schema}_legacy", "view": f"legacy_{table}"}
        found += [f"round trip of {table}: {row}" for row in _rows(connection, query, names)]
    for mart, view, keys, where in _CHAIN:
        # Those of the chain: what an application has added to a mart is its own.
        columns = ", ".join(_columns(connection, f"{schema}_intermediate", view))
        said = columns.replace("is_primary", _CHOSEN) if mart == "persona_industry_mapping" else columns
        key = ", ".join(keys)
        query = f"""
            select * from (select {columns} from {{s}}.{{mart}} as marts where {where}) as marts
            full join (select {said} from {{i}}.{{view}} as chain) as chain using ({key})
            where (marts is null or chain is null or marts::record *<> chain::record)
        """
        if mart != "personas":
            query += f"""
                and not exists (
                    select from {{s}}.{{mart}} as added
                    where
                        added.origin = 'new'
                        and added.{keys[0]} = chain.{keys[0]}
                        and added.{keys[1]} = chain.{keys[1]}
                )
            """
        names = {"s": schema, "i": f"{schema}_intermediate", "mart": mart, "view": view}
        found += [f"{mart} and the chain: {row}" for row in _rows(connection, query, names)]
    for mart, view, key in _RESIDUALS:
        query = f"""
            select {key}, marts.persona_id, chain.persona_id, marts.residual, chain.residual
            from (select * from {{s}}.{{mart}} where source_deleted_at is null) as marts
            full join {{i}}.{{view}} as chain using ({key})
            where
                marts.persona_id is distinct from chain.persona_id
                or marts.residual is distinct from chain.residual
        """
        names = {"s": schema, "i": f"{schema}_intermediate", "mart": mart, "view": view}
        found += [f"{mart}: {row}" for row in _rows(connection, query, names)]
    return found


def missing_marks(
    connection: Connection, demanded: dict[str, frozenset[str]], schema: str = "personas"
) -> dict[str, str]:
    """Rows (`dh:<id>`, `org:<id>`) that lack one of their marks, on the side where they lack it."""
    texts: dict[str, tuple[str | None, str | None]] = {}
    for kind, table, column in (("dh", "dh_personas", "notes"), ("org", "org_personas", "department")):
        rows = connection.execute(
            f"""
            select
                clusters.source_id, legacy.{column}, personas.profile ->> '{column}',
                legacy.id is not null, personas.deleted_at
            from {schema}_intermediate.int_persona_clusters as clusters
            left join {table} as legacy on legacy.id = clusters.source_id
            left join {schema}.personas as personas on personas.id = clusters.persona_id
            where clusters.source_table = '{table}'
            """
        ).fetchall()
        for source_id, old, new, lives, deleted_at in rows:
            # A soft-deleted persona's row of org_personas is gone, and kept whole.
            texts[f"{kind}:{source_id}"] = (old if lives or deleted_at is None else new, new)
    missing = {}
    for row, marks in demanded.items():
        if row not in texts:
            missing[row] = "the row is gone"
            continue
        for side, text in zip(("legacy", "new"), texts[row], strict=True):
            lost = marks - set((text or "").split())
            if lost:
                missing[row] = f"{', '.join(sorted(lost))} not on the {side} side: {text}"
    return missing


def _columns(connection: Connection, schema: str, table: str) -> list[str]:
    rows = connection.execute(
        "select quote_ident(column_name) from information_schema.columns"
        " where table_schema = %s and table_name = %s order by ordinal_position",
        [schema, table],
    ).fetchall()
    return [name for (name,) in rows]


def _rows(connection: Connection, query: str, names: dict[str, str]) -> list[tuple[Any, ...]]:
    quoted = {key: sql.Identifier(name) for key, name in names.items()}
    return connection.execute(sql.SQL(query).format(**quoted)).fetchmany(5)
