"""What must hold of every real legacy row, by rules that are written here and not in the models."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dbt_project import Project, Workshop, build_field

Row = dict[str, str]
CODES = {
    "digital_health_id": "digital_health",
    "pharma_id": "pharmaceuticals",
    "biotech_id": "biotechnology",
    "meddev_id": "medical_devices",
    "dx_id": "diagnostics",
}
# Target column of a legacy JSON column that has one of its own; every other one is a key of `profile`.
JSON_COLUMNS = {
    "responsibilities": "responsibilities",
    "key_responsibilities": "responsibilities",
    "pain_points": "pain_points",
    "goals": "goals",
}


@pytest.fixture(scope="module")
def field(workshop_18: Workshop, shared_legacy: Path) -> Iterator[Project]:
    """The real rows, loaded and built."""
    with workshop_18.project("field", lambda project: build_field(project, shared_legacy)) as project:
        yield project


@pytest.fixture(scope="module")
def legacy(shared_legacy: Path) -> dict[str, list[Row]]:
    """Table → its rows as the files have them; an empty string is null."""
    tables = {}
    for path in shared_legacy.glob("*.csv"):
        with path.open(newline="") as file:
            tables[path.stem] = list(csv.DictReader(file))
    return tables


@pytest.fixture(scope="module")
def people(legacy: dict[str, list[Row]]) -> list[tuple[str, Row]]:
    """(table, row) of every legacy persona."""
    return [(table, row) for table in ("dh_personas", "org_personas") for row in legacy[table]]


@pytest.fixture(scope="module")
def persona_of(field: Project) -> dict[tuple[str, str], dict[str, Any]]:
    """(legacy table, legacy id) → the persona's columns."""
    found = field.query(
        "select source_table, source_id::text, to_jsonb(personas) from personas.persona_source_mapping "
        "join personas.personas on persona_id = personas.id"
    )
    return {(table, key): persona for table, key, persona in found}


def clean(text: str) -> str:
    """One space for each run of white space, none at the ends."""
    return re.sub("[\\s\u00a0]+", " ", text).strip()


def decode(value: str) -> Any:
    """What a JSON text says, however often it was encoded."""
    decoded = json.loads(value)
    while isinstance(decoded, str) and decoded.lstrip()[:1] in ("[", "{"):
        decoded = json.loads(decoded)
    return decoded


def test_every_legacy_row_is_accounted_for(
    field: Project, legacy: dict[str, list[Row]], persona_of: dict[tuple[str, str], Any]
) -> None:
    assert (len(legacy["dh_personas"]), len(legacy["org_personas"])) == (118, 35)
    wanted = {(table, row["id"]) for table in ("dh_personas", "org_personas") for row in legacy[table]}
    assert persona_of.keys() == wanted
    assert field.value("select count(*) from personas.persona_source_mapping") == 118 + 35
    assert (
        field.value(
            "select count(*) from personas.persona_source_mapping where source_deleted_at is not null"
        )
        == 0
    )


def test_every_name_and_title_is_found_in_its_persona(
    people: list[tuple[str, Row]], persona_of: dict[tuple[str, str], Any]
) -> None:
    lost = []
    for table, row in people:
        persona = persona_of[table, row["id"]]
        if clean(row["name"]) != persona["name"] or "unknown" in persona["name"].lower():
            lost.append((row["id"], row["name"], persona["name"]))
        if clean(row.get("title", "")) != persona["profile"].get("title", ""):
            lost.append((row["id"], row["title"], persona["profile"].get("title")))
    assert lost == []
    assert any("\u00a0" in row["name"] for _, row in people)


def test_every_array_that_was_encoded_twice_is_an_array(
    people: list[tuple[str, Row]], persona_of: dict[tuple[str, str], Any]
) -> None:
    arrays = 0
    for table, row in people:
        persona = persona_of[table, row["id"]]
        for column, value in row.items():
            if value and isinstance(json.loads(value) if value[0] == '"' else None, str):
                arrays += 1
                place = persona if column in JSON_COLUMNS else persona["profile"]
                assert place[JSON_COLUMNS.get(column, column)] == decode(value), (row["id"], column)
    assert arrays > 5


def test_every_json_value_arrives_as_it_was_meant(
    people: list[tuple[str, Row]], persona_of: dict[tuple[str, str], Any]
) -> None:
    for table, row in people:
        persona = persona_of[table, row["id"]]
        for column, value in row.items():
            if value[:1] in ("[", "{", '"'):
                place = persona if column in JSON_COLUMNS else persona["profile"]
                assert place[JSON_COLUMNS.get(column, column)] == decode(value), (row["id"], column)


def test_every_other_value_has_a_place(
    people: list[tuple[str, Row]], persona_of: dict[tuple[str, str], Any]
) -> None:
    """Texts and numbers: in the column or the profile key of their name, the texts trimmed."""
    elsewhere = {"id", "name", "industry_id", "primary_role_id", "is_active", "decision_authority", *CODES}
    renamed = {"background": "description"}
    lost = []
    for table, row in people:
        persona = persona_of[table, row["id"]]
        for column, value in row.items():
            if not value or column in elsewhere or value[:1] in ("[", "{", '"'):
                continue
            target = renamed.get(column, column)
            found = persona[target] if target in persona else persona["profile"].get(target)
            shown = value if column == "unique_id" else value.strip()
            if str(found) != shown and not column.endswith("_at"):
                lost.append((row["id"], column, value, found))
    assert lost == []


def test_every_industry_and_every_industry_specific_id_is_mapped(
    field: Project,
    legacy: dict[str, list[Row]],
    people: list[tuple[str, Row]],
    persona_of: dict[tuple[str, str], Any],
) -> None:
    code_of = {row["id"]: row["industry_code"] for row in legacy["industries"]}
    mappings = {
        (persona, code): specific
        for persona, code, specific in field.query(
            "select persona_id::text, industry_code, industry_specific_id "
            "from personas.persona_industry_mapping join industries on industry_id = industries.id"
        )
    }
    wanted: dict[tuple[str, str], str | None] = {}
    for table, row in people:
        persona = persona_of[table, row["id"]]["id"]
        if row["industry_id"]:
            wanted.setdefault(
                (persona, code_of[row["industry_id"]].replace("PHARMA", "pharmaceuticals")), None
            )
        for column, industry in CODES.items():
            if row[column]:
                wanted[persona, industry] = row[column]
    assert mappings == wanted
    assert sum(value is not None for value in wanted.values()) > 50


def test_the_two_rows_of_the_pharma_industry_become_one(field: Project, legacy: dict[str, list[Row]]) -> None:
    second = next(row["id"] for row in legacy["industries"] if row["industry_code"] == "PHARMA")
    personas = [row["id"] for row in legacy["dh_personas"] if row["industry_id"] == second]
    assert personas
    assert field.query(
        "select distinct industry_code from personas.persona_industry_mapping "
        "join industries on industry_id = industries.id where persona_id = any(%s)",
        [UUID(persona) for persona in personas],
    ) == [("pharmaceuticals",)]
    count = "select count(*) from personas.persona_industry_mapping where industry_id = %s"
    assert field.value(count, second) == 0


def test_exactly_one_industry_of_a_persona_is_primary(field: Project) -> None:
    assert (
        field.query(
            "select persona_id from personas.persona_industry_mapping group by persona_id "
            "having count(*) filter (where is_primary) <> 1"
        )
        == []
    )


def test_every_role_is_mapped(
    field: Project,
    legacy: dict[str, list[Row]],
    people: list[tuple[str, Row]],
    persona_of: dict[tuple[str, str], Any],
) -> None:
    primary: dict[tuple[str, str], bool] = {}
    for table, row in people:
        if row["primary_role_id"]:
            primary[persona_of[table, row["id"]]["id"], row["primary_role_id"]] = True
    assert len(legacy["persona_role_mapping"]) == 42
    for row in legacy["persona_role_mapping"]:
        key = persona_of["org_personas", row["persona_id"]]["id"], row["org_role_id"]
        primary[key] = primary.get(key, False) or row["is_primary_role"] == "true"
    found = field.query(
        "select persona_id::text, role_id::text, is_primary from personas.persona_role_mapping"
    )
    assert {(persona, role): is_primary for persona, role, is_primary in found} == primary


def test_every_job_to_be_done_is_linked(
    field: Project, legacy: dict[str, list[Row]], persona_of: dict[tuple[str, str], Any]
) -> None:
    links = legacy["jtbd_org_persona_mapping"]
    assert len(links) == 27
    wanted: Counter[tuple[str, str, int | None]] = Counter()
    for link in links:
        for column, table in (("persona_id", "org_personas"), ("persona_dh_id", "dh_personas")):
            if link[column]:
                relevance = int(link["relevance_score"]) if link["relevance_score"] else None
                wanted[persona_of[table, link[column]]["id"], link["jtbd_id"], relevance] += 1
    found = field.query(
        "select persona_id::text, jtbd_id, relevance_score from personas.persona_jtbd_mapping"
    )
    assert Counter(found) == wanted


def test_every_row_of_the_old_link_tables_is_accounted_for(
    field: Project, legacy: dict[str, list[Row]]
) -> None:
    wanted = {("persona_role_mapping", row["id"], "persona_id") for row in legacy["persona_role_mapping"]}
    for row in legacy["jtbd_org_persona_mapping"]:
        for pointer in ("persona_id", "persona_dh_id"):
            if row[pointer]:
                wanted.add(("jtbd_org_persona_mapping", row["id"], pointer))
    mapping = "select source_table, source_id::text, pointer from personas.persona_link_source_mapping"
    assert set(field.query(mapping)) == wanted


@pytest.mark.parametrize(
    ("mapping", "column", "table"),
    [
        ("persona_industry_mapping", "persona_id", "personas.personas"),
        ("persona_industry_mapping", "industry_id", "industries"),
        ("persona_role_mapping", "persona_id", "personas.personas"),
        ("persona_role_mapping", "role_id", "org_roles"),
        ("persona_jtbd_mapping", "persona_id", "personas.personas"),
        ("persona_jtbd_mapping", "jtbd_id", "jtbd_library"),
        ("persona_source_mapping", "persona_id", "personas.personas"),
        ("persona_link_source_mapping", "persona_id", "personas.personas"),
        ("persona_ids", "persona_id", "personas.personas"),
    ],
)
def test_nothing_points_nowhere(field: Project, mapping: str, column: str, table: str) -> None:
    orphans = f"select * from personas.{mapping} where not exists (select from {table} where id = {column})"
    assert field.query(orphans) == []
    assert field.value(f"select count(*) from personas.{mapping}") > 0


def test_equal_names_stay_apart(field: Project) -> None:
    assert field.value("select count(*) from personas.personas where name = 'Medical Writer'") == 3
    assert field.value("select count(*) from personas.personas where name = 'Thomas Anderson'") == 2
    assert field.value("select count(*) from personas.personas") == 118 + 35


def test_equal_codes_merge_nobody(field: Project, people: list[tuple[str, Row]]) -> None:
    """`P001` and its kind come from several code books."""
    codes = Counter(
        code
        for _, row in people
        for column in CODES
        for code in {row[column], row.get("persona_code")}
        if code
    )
    assert codes["P001"] > 1
    assert field.value("select count(distinct persona_id) from personas.persona_ids") == 118 + 35


def test_old_ids_resolve_to_themselves(field: Project, people: list[tuple[str, Row]]) -> None:
    found = field.query("select source_table, old_id::text, persona_id::text from personas.persona_ids")
    assert set(found) == {(table, row["id"], row["id"]) for table, row in people}


def test_shared_and_private_personas_stay_what_they_were(
    people: list[tuple[str, Row]], persona_of: dict[tuple[str, str], Any]
) -> None:
    for table, row in people:
        persona = persona_of[table, row["id"]]
        assert persona["tenant_id"] == (row.get("tenant_id") or None)
        assert persona["is_public"] is (table == "dh_personas")


def test_the_whole_build_is_green_and_warns_of_nothing_deprecated(field: Project) -> None:
    build = field.build("build")
    assert build.lines_with("eprecat") == []
