"""What can be known to go wrong before dbt runs, said in one line each."""

import os
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import yaml

from personas.errors import PersonasError

NEEDED_MODULES = ("dbt.cli", "dbt.adapters.postgres")


def check_python_packages(modules: Iterable[str] = NEEDED_MODULES) -> None:
    """Raises PersonasError naming the first module that is not installed."""
    for module in modules:
        if not _is_installed(module):
            raise PersonasError(f"the Python package of {module} is missing; `make build` installs it")


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def schemas_of(root: Path) -> list[str]:
    """The schemas that dbt writes to: the marts' own, and one for each `+schema` of dbt_project.yml."""
    target = os.environ.get("PERSONAS_SCHEMA") or "personas"
    project = yaml.safe_load((root / "dbt_project.yml").read_text())
    return [target, *sorted(f"{target}_{name}" for name in _custom_schemas(project))]


def _custom_schemas(node: object) -> set[str]:
    if not isinstance(node, dict):
        return set()
    here = {str(value) for key, value in node.items() if key == "+schema"}
    return here.union(*(_custom_schemas(value) for value in node.values()))


def check_schema_names(schemas: list[str]) -> None:
    """Raises PersonasError when PostgreSQL would cut one of the names: two schemas could become one."""
    for name in schemas:
        surplus = len(name.encode()) - 63
        if surplus > 0:
            raise PersonasError(
                f"the schema name {schemas[0]} is too long: PostgreSQL would cut {name} after 63 bytes; "
                f"choose one that is {surplus} bytes shorter (PERSONAS_SCHEMA)"
            )


def check_schema_rights(connection: psycopg.Connection[Any], schemas: list[str]) -> None:
    """Raises PersonasError when one of the schemas can be neither created nor written to."""
    rows = connection.execute(
        """
        select
            wanted.name,
            namespace.oid is not null as is_there,
            case
                when namespace.oid is null then has_database_privilege(current_database(), 'create')
                else has_schema_privilege(namespace.oid, 'create')
            end as is_allowed
        from unnest(%s::text[]) as wanted (name)
        left join pg_namespace as namespace on wanted.name = namespace.nspname
        """,
        [schemas],
    ).fetchall()
    user, database = connection.info.user, connection.info.dbname
    for name, is_there, is_allowed in rows:
        if not is_allowed:
            deed, place = ("write to", f"schema {name}") if is_there else ("create", f"database {database}")
            raise PersonasError(f"{user} may not {deed} schema {name}: grant create on {place} to {user}")
