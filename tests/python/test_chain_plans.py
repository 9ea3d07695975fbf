"""One persona is read from the chain of views by index, whatever its size (design, section 3)."""

from collections.abc import Iterator
from typing import Any

import pytest

from dbt_project import Project, Workshop
from personas.demo import load_demo

ROWS = 20_000
# A handful of index look-ups; a scan of either persona table would be thousands.
MOST_ROWS_READ = 200
LEGACY_TABLES = {"dh_personas", "org_personas"}
VIEWS = {
    "int_personas_merged": "id",
    "int_persona_industries": "persona_id",
    "int_persona_roles": "persona_id",
    "int_persona_jobs": "persona_id",
    "int_persona_residuals": "persona_id",
    "int_persona_sources": "persona_id",
    "int_persona_links": "persona_id",
    "int_persona_living": "persona_id",
    "int_personas_gone": "persona_id",
    "int_persona_industries_chosen": "persona_id",
}
# Read by the old id.
REBUILT = ("legacy_dh_personas", "legacy_org_personas")
MARTS = {"personas", "persona_source_mapping", "persona_industry_mapping", "persona_role_mapping"}
CONDITIONS = {"one": "{key} = '{persona}'", "a list": "{key} = any (array['{persona}']::uuid[])"}


def build_large(project: Project) -> None:
    """Loads a demo that is large enough for a plan to matter, and builds its tables."""
    with project.connect() as connection:
        load_demo(connection, rows=ROWS)
    project.build("build", "--exclude-resource-type", "test", "unit_test", "snapshot")
    project.execute("vacuum analyze")


@pytest.fixture(scope="module")
def large(workshop_18: Workshop) -> Iterator[Project]:
    """20,000 + 4,000 legacy rows, built."""
    with workshop_18.project("large", build_large) as project:
        yield project


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """(kind of node, table, rows that it read) of each scan of a plan, subplans included."""
    if "Relation Name" in plan:
        read = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        yield plan["Node Type"], plan["Relation Name"], round(read * plan["Actual Loops"])
    for child in plan.get("Plans", []):
        yield from scans(child)


def read_by(project: Project, view: str, condition: str, generic: bool = False) -> list[tuple[str, str, int]]:
    """The scans of the legacy persona tables, the clusters and the marts that one query makes."""
    schema = "personas_legacy" if view in REBUILT else "personas_intermediate"
    query = f"select * from {schema}.{view} where {condition}"
    with project.connect() as connection:
        connection.execute("set plan_cache_mode = " + ("force_generic_plan" if generic else "auto"))
        if generic:
            name, persona = condition.split(" = any ")[0], condition.split("'")[1]
            query = f"select * from {schema}.{view} where {name} = any ($1)"
            connection.execute(f"prepare one (uuid[]) as {query}")
            query = f"execute one (array['{persona}']::uuid[])"
        ((((plan,)),),) = [connection.execute(f"explain (analyze, format json) {query}").fetchall()]
    tables = {*LEGACY_TABLES, *MARTS, "int_persona_clusters"}
    return [scan for scan in scans(plan[0]["Plan"]) if scan[1] in tables]


def personas(project: Project) -> dict[str, str]:
    """Three kinds of persona: of a dh row, of an org row, of several rows."""
    by_table = (
        "select persona_id::text from personas.persona_source_mapping where {} order by persona_id limit 1"
    )
    merged = "personas.persona_source_mapping group by persona_id having count(*) > 1"
    return {
        "dh": project.value(by_table.format("source_table = 'dh_personas' and match_rule = 'own'")),
        "org": project.value(by_table.format("source_table = 'org_personas'")),
        "merged": project.value(f"select persona_id::text from {merged} order by persona_id limit 1"),
    }


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_one_persona_is_read_by_index(large: Project, view: str, condition: str) -> None:
    for kind, persona in personas(large).items():
        where = CONDITIONS[condition].format(key=VIEWS[view], persona=persona)
        found = read_by(large, view, where)
        assert found, "the plan reads no legacy table at all"
        assert not [scan for scan in found if scan[0] == "Seq Scan"], (kind, found)
        assert sum(rows for _, _, rows in found) < MOST_ROWS_READ, (kind, found)


@pytest.mark.parametrize("view", VIEWS)
def test_a_prepared_query_reads_it_by_index_too(large: Project, view: str) -> None:
    where = CONDITIONS["a list"].format(key=VIEWS[view], persona=personas(large)["merged"])
    found = read_by(large, view, where, generic=True)
    assert not [scan for scan in found if scan[0] == "Seq Scan"], found
    assert sum(rows for _, _, rows in found) < MOST_ROWS_READ, found


@pytest.mark.parametrize("view", REBUILT)
@pytest.mark.parametrize("generic", [False, True])
def test_one_old_row_is_rebuilt_by_index(large: Project, view: str, generic: bool) -> None:
    row = large.value(f"select id::text from {view.removeprefix('legacy_')} order by id limit 1")
    found = read_by(large, view, CONDITIONS["a list"].format(key="id", persona=row), generic)
    assert found, "the plan reads no mart at all"
    assert not [scan for scan in found if scan[0] == "Seq Scan"], found
    assert sum(rows for _, _, rows in found) < MOST_ROWS_READ, found


def test_a_cte_in_staging_would_be_noticed(large: Project) -> None:
    """The rule that keeps the views flat is checked, not believed."""
    path = "models/staging/stg_dh_personas.sql"
    text = (large.root / path).read_text()
    large.write(path, f"with cleaned as (\n{text}\n)\nselect * from cleaned\n")
    try:
        large.build("run", "--select", "stg_dh_personas")
        where = CONDITIONS["one"].format(key="id", persona=personas(large)["dh"])
        found = read_by(large, "int_personas_merged", where)
        assert [scan for scan in found if scan[0] == "Seq Scan"], found
    finally:
        large.restore()
        large.build("run", "--select", "stg_dh_personas")
