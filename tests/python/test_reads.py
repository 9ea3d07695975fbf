"""What docs/query_patterns.md says of the application's reads is true, and its indexes are there."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import reads
from psycopg.rows import dict_row

from dbt_project import Project, Workshop, build_demo

PATTERNS = list(reads.patterns(reads.DOCUMENT.read_text()))
CONTRACTS = ("test", "--select", "contracts_stand_in_the_database")
SEARCH_INDEX = "personas_search_idx"


# --- the queries ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(workshop_18: Workshop) -> Iterator[Project]:
    """The demo in its default size, built; only read here."""
    with workshop_18.project("demo", build_demo) as project:
        yield project


def answers(connection: psycopg.Connection[Any], side: str, statement: str, given: dict[str, Any]) -> Any:
    """The rows of one documented statement, whole lists instead of pages."""
    connection.execute(f"set search_path = {reads.SEARCH_PATHS[side]}")
    whole = re.sub(r"limit 50( offset :offset)?", "", statement)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(reads.executable(whole), given).fetchall()


def unchanged(project: Project, pattern: reads.Pattern) -> dict[object, object]:
    """Old id → living persona, where one old row became it and keeps the values that the query reads."""
    words = set(re.findall(r"\w+", pattern.old))
    tables = {"dh_personas", "org_personas"}
    rows = project.query(
        "select sources.source_id, sources.persona_id from personas.persona_source_mapping as sources"
        " inner join personas.personas on sources.persona_id = personas.id"
        " where not sources.residual ?| %s and sources.source_table = any(%s) and personas.deleted_at is null"
        " and (select count(*) from personas.persona_source_mapping as others"
        " where others.persona_id = sources.persona_id or others.source_id = sources.source_id) = 1",
        list(words),
        list(words & tables or tables),
    )
    return dict(rows)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_the_new_query_finds_what_the_old_one_found(demo: Project, pattern: reads.Pattern) -> None:
    personas = unchanged(demo, pattern)
    found = 0
    with demo.connect() as connection:
        for asked in reads.parameters(connection, pattern).values():
            for given in asked:
                old = answers(connection, "old", pattern.old, given)
                new = answers(connection, "new", pattern.new, given)
                if "linked_id" in given:
                    if given["linked_id"] in personas:
                        found += len(old)
                        assert {row["jtbd_id"] for row in new} == {row["jtbd_id"] for row in old}, given
                elif pattern.name == "Counts by tenant":
                    found += len(old)
                    assert sorted(map(str, new)) == sorted(map(str, old))
                else:
                    old_ids = [personas[row["id"]] for row in old if row["id"] in personas]
                    new_ids = [row["id"] for row in new if row["id"] in personas.values()]
                    found += len(old_ids)
                    assert set(new_ids) == set(old_ids), given
                    if pattern.section == "By page":
                        assert len(new_ids) == len(old_ids), given
    assert found, "nothing was found at all"


def test_every_read_is_documented_in_both_forms() -> None:
    assert len(PATTERNS) > 15
    assert {pattern.section for pattern in PATTERNS} == set(reads.LIMITS)
    assert all("<filter>" not in pattern.old + pattern.new for pattern in PATTERNS)


def test_the_document_names_only_indexes_that_are_there(demo: Project) -> None:
    named = set(re.findall(r"`(\w+_idx)`", reads.DOCUMENT.read_text())) - {SEARCH_INDEX}
    there = {name for (name,) in demo.query("select indexname from pg_indexes where schemaname = 'personas'")}
    assert named
    assert named <= there


# --- the indexes that need an extension -------------------------------------------------------------------


def has_search_index(project: Project) -> bool:
    """Whether the index for searches by substring is there."""
    return bool(project.query("select from pg_indexes where indexname = %s", SEARCH_INDEX))


def test_without_the_extension_there_is_no_search_index(project: Project) -> None:
    assert not has_search_index(project)
    project.build(*CONTRACTS)


@pytest.fixture
def project_with_trigrams(workshop_15: Workshop) -> Iterator[Project]:
    """A built demo whose database has got pg_trgm since, in a schema that no search path names."""
    with workshop_15.project("demo", build_demo) as project:
        if not project.query("select from pg_available_extensions where name = 'pg_trgm'"):
            pytest.skip("this PostgreSQL has no pg_trgm; install the package postgresql-contrib")
        project.execute('create schema "its extensions"', 'create extension pg_trgm schema "its extensions"')
        yield project


def test_with_the_extension_the_next_build_makes_the_search_index(project_with_trigrams: Project) -> None:
    project = project_with_trigrams
    versions = project.row_versions()
    project.build("run", "--select", "personas")
    assert has_search_index(project)
    assert project.row_versions() == versions
    project.build(*CONTRACTS)
    (search,) = [pattern for pattern in PATTERNS if pattern.section == "By substring"]
    searched = re.findall(r"^ +(?:or )?(.+) ilike :part", search.new, flags=re.MULTILINE)
    assert len(searched) == 4
    with project.connect() as connection:
        connection.execute("set enable_seqscan = off")
        for expression in searched:
            query = f"explain select from personas.personas where {expression} ilike '%director%'"
            assert SEARCH_INDEX in str(connection.execute(query).fetchall()), expression


def test_no_name_is_too_long_for_the_search_index(project_with_trigrams: Project) -> None:
    project = project_with_trigrams
    project.build("run", "--select", "personas")
    # Random, so that it cannot be compressed.
    name = "(select string_agg(md5(number::text), '') from generate_series(1, 1000) as number)"
    persona = project.value("select min(id::text) from dh_personas where is_active")
    project.execute(f"update dh_personas set name = {name}, title = {name} where id = '{persona}'")
    project.build()
    assert project.value("select max(length(name)) from personas.personas") == 32_000
