"""The real legacy rows as records to link, as the staging models have them."""

import csv
from pathlib import Path

import pyarrow as pa

from personas.linking import INPUT
from personas.project import project_root


def role_words() -> set[str]:
    """The words that make a name a role."""
    with (project_root() / "seeds" / "role_words.csv").open(newline="") as file:
        return {row["word"] for row in csv.DictReader(file)}


def legacy_records(directory: Path) -> pa.Table:
    """The rows of dh_personas.csv and org_personas.csv in `directory`, of shape `INPUT`."""
    industries = _canonical_industries(directory)
    roles = {row["id"]: row["role_title"] or row["org_role"] for row in _rows(directory, "org_roles")}
    records = []
    for table in ("dh_personas", "org_personas"):
        for row in _rows(directory, table):
            records.append(
                {
                    "record_key": f"{table}:{row['id']}",
                    "tenant_id": row.get("tenant_id") or None,
                    "name": row["name"],
                    "title": row.get("title") or None,
                    "organization": row.get("organization") or None,
                    "department": row.get("department") or row.get("function") or None,
                    "industry_id": industries.get(row["industry_id"]),
                    "typical_titles": row["typical_titles"] or None,
                    "role_label": roles.get(row["primary_role_id"]),
                }
            )
    return pa.Table.from_pylist(records, schema=INPUT)


def _canonical_industries(directory: Path) -> dict[str, str]:
    codes = {row["industry_code"]: row["id"] for row in _rows(directory, "industries")}
    with (project_root() / "seeds" / "industry_canonical.csv").open(newline="") as file:
        canonical = {row["industry_code"]: row["canonical_industry_code"] for row in csv.DictReader(file)}
    return {identity: codes[canonical.get(code, code)] for code, identity in codes.items()}


def _rows(directory: Path, table: str) -> list[dict[str, str]]:
    with (directory / f"{table}.csv").open(newline="") as file:
        return list(csv.DictReader(file))
