"""Generated personas of which many are told twice, as legacy tables: for linking inside `dbt build`."""

import uuid
from collections.abc import Iterable
from typing import Any

import psycopg
from generated_personas import generate

from personas.demo import neighbours
from personas.demo.load import copy_rows
from personas.legacy.schema import analyze, create_keys, create_tables, legacy_transaction

Row = dict[str, Any]


def load(connection: psycopg.Connection[Any], size: int) -> None:
    """Makes the legacy tables and fills them with `size` personas, half of them in each persona table."""
    records = generate(size // 2, seed=1).records.to_pylist()
    roles = {
        label: str(uuid.uuid5(uuid.NAMESPACE_OID, label)) for label in sorted(_values(records, "role_label"))
    }
    with legacy_transaction(connection, "public", replace=False, with_target=False):
        create_tables(connection)
        copy_rows(
            connection,
            "tenants",
            (
                {"id": tenant, "name": f"Tenant {number}", "slug": f"tenant-{number}", "type": "client"}
                for number, tenant in enumerate(sorted(_values(records, "tenant_id")))
            ),
        )
        copy_rows(connection, "industries", neighbours.industries())
        copy_rows(
            connection,
            "org_roles",
            (
                {"id": key, "unique_id": f"R{number}", "org_role": label}
                for number, (label, key) in enumerate(roles.items())
            ),
        )
        for table, row in (("dh_personas", _dh_row), ("org_personas", _org_row)):
            copy_rows(
                connection,
                table,
                (row(record, roles) for record in records if record["record_key"].startswith(table)),
            )
        create_keys(connection)
        analyze(connection)


def _values(records: Iterable[Row], column: str) -> set[str]:
    return {record[column] for record in records if record[column]}


def _shared(record: Row, roles: dict[str, str]) -> Row:
    key = record["record_key"].partition(":")[2]
    return {
        "id": key,
        "unique_id": key,
        "name": record["name"] or "",
        "industry_id": record["industry_id"],
        "typical_titles": record["typical_titles"],
        "primary_role_id": roles.get(record["role_label"]),
    }


def _dh_row(record: Row, roles: dict[str, str]) -> Row:
    return {
        **_shared(record, roles),
        "persona_code": record["record_key"],
        "title": record["title"] or "",
        "organization": record["organization"],
        "function": record["department"],
    }


def _org_row(record: Row, roles: dict[str, str]) -> Row:
    return {
        **_shared(record, roles),
        "code": record["record_key"],
        "tenant_id": record["tenant_id"],
        "department": record["department"],
    }
