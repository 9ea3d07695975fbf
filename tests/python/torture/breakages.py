"""The synchronisation, broken on purpose: each of these must be caught."""

from pathlib import Path

# Name → (file, text, what stands there instead).
BREAKAGES: dict[str, tuple[str, str, str]] = {
    "a build writes what it has read, however old": (
        "macros/marts/get_incremental_upsert_changed_sql.sql",
        "{%- if dual_write_is_on() -%}",
        "{%- if false -%}",
    ),
    "deletes are not followed": (
        "macros/sync/from_legacy.sql",
        "if went <> '{}' then\n            perform {{ sync_object('cluster_gone_rows') }}",
        "if false then\n            perform {{ sync_object('cluster_gone_rows') }}",
    ),
    "the loop is guarded by depth alone": (
        "macros/sync/sync_function.sql",
        "pg_catalog.current_setting('personas.sync_depth', true) operator(pg_catalog.=)"
        " pg_catalog.pg_trigger_depth()::pg_catalog.text",
        "(pg_catalog.pg_trigger_depth() operator(pg_catalog.>) 1 or"
        " pg_catalog.current_setting('personas.sync_depth', true) operator(pg_catalog.=) '1')",
    ),
    "an edit leaves the residual": (
        "macros/sync/edited_fields.sql",
        "'{{ field }}' = any(pairs.fields)",
        "'{{ field }}' = any(pairs.fields) and base.{{ column }} is not distinct from shown.{{ column }}",
    ),
    "of a set of rows one is taken": (
        "macros/sync/from_legacy.sql",
        "stayed := array(select id from new_rows);\n            went := array(select id from old_rows);",
        "stayed := array(select id from new_rows limit 1);\n"
        "            went := array(select id from old_rows limit 1);",
    ),
}


def break_it(root: Path, name: str) -> None:
    """Breaks a copy of the project."""
    file, text, instead = BREAKAGES[name]
    before = (root / file).read_text()
    if before.count(text) != 1:
        raise ValueError(f"{file} has {before.count(text)} times: {text}")
    (root / file).write_text(before.replace(text, instead))
