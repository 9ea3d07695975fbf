"""Several targets in one database: a schema for each developer or pull request, beside production."""

from collections.abc import Iterator

import psycopg
import pytest

from dbt_project import SCHEMA, WITHOUT_TESTS, Project, Workshop
from test_dual_write import LIBRARY, build_and_switch_on
from torture.agreement import disagreements

DEVELOPER = "personas_dev"
OURS = """
    select nspname, tgrelid::regclass::text, tgname from pg_trigger
    inner join pg_proc on tgfoid = pg_proc.oid
    inner join pg_namespace on pronamespace = pg_namespace.oid
    where tgname ^@ 'personas_' and not tgisinternal
    order by 1, 2, 3
"""


def with_a_second_target(project: Project) -> None:
    """Production with dual-write on, and a second target that is built."""
    build_and_switch_on(project)
    project.schema = DEVELOPER
    project.build(*WITHOUT_TESTS)
    project.schema = SCHEMA


@pytest.fixture
def two(workshop_18: Workshop) -> Iterator[Project]:
    """Both targets, as production."""
    with workshop_18.project("two_targets", with_a_second_target) as project:
        yield project


def operation(project: Project, schema: str, *arguments: str) -> tuple[int, str]:
    """Runs an operation in a target."""
    project.schema = schema
    try:
        run = project.dbt("run-operation", *arguments)
    finally:
        project.schema = SCHEMA
    return run.exit_code, run.output


def build_in(project: Project, schema: str) -> None:
    project.schema = schema
    try:
        project.build()
    finally:
        project.schema = SCHEMA


def dump_of(project: Project, schema: str) -> object:
    project.schema = schema
    try:
        return project.dump()
    finally:
        project.schema = SCHEMA


def disagreements_in(project: Project, schema: str) -> list[str]:
    with project.connect() as connection:
        return disagreements(connection, schema)


def test_a_second_target_leaves_production_alone(two: Project) -> None:
    triggers = two.query(OURS)
    before = two.dump()
    refused, output = operation(two, DEVELOPER, "dual_write_on")
    assert refused
    assert "kept in step with another target" in " ".join(output.split())
    assert two.query(OURS) == triggers
    assert two.query(f"select 1 from pg_namespace where nspname = '{DEVELOPER}_sync'") == []
    assert "never was on" in operation(two, DEVELOPER, "dual_write_status")[1]

    # Its builds write its own marts, and nothing of production; production's writers write nothing of it.
    of_developer = dump_of(two, DEVELOPER)
    two.execute(
        f"update dh_personas set notes = 'seen by one' where id = {LIBRARY}",
        f"update personas.personas set description = 'also' where id = {LIBRARY}",
    )
    assert dump_of(two, DEVELOPER) == of_developer
    after = two.dump()
    assert after != before
    build_in(two, DEVELOPER)
    assert two.dump() == after
    notes = f"select profile ->> 'notes' from {DEVELOPER}.personas where id = {LIBRARY}"
    assert two.value(notes) == "seen by one"
    assert disagreements_in(two, SCHEMA) == []


def test_another_target_may_be_the_one_that_is_kept_in_step(two: Project) -> None:
    # Production closes the legacy side: then no other target may open it.
    assert operation(two, SCHEMA, "dual_write_off", "--args", "{writable: new}")[0] == 0
    refused, output = operation(two, DEVELOPER, "dual_write_on")
    assert refused
    assert "kept in step with another target" in " ".join(output.split())
    assert operation(two, SCHEMA, "dual_write_on")[0] == 0
    assert operation(two, SCHEMA, "dual_write_off")[0] == 0

    assert operation(two, DEVELOPER, "dual_write_on")[0] == 0
    assert "is off since" in operation(two, SCHEMA, "dual_write_status")[1]
    assert "nothing waits" in operation(two, DEVELOPER, "dual_write_status")[1]
    two.execute(
        f"update dh_personas set notes = 'seen by two' where id = {LIBRARY}",
        f"update {DEVELOPER}.personas set description = 'by two' where id = {LIBRARY}",
    )
    with pytest.raises(psycopg.Error, match="the legacy side is the one that is written"):
        two.execute(f"update personas.personas set name = 'x' where id = {LIBRARY}")
    before = dump_of(two, DEVELOPER)
    build_in(two, SCHEMA)
    assert dump_of(two, DEVELOPER) == before
    read = f"select description, profile ->> 'notes' from personas.personas where id = {LIBRARY}"
    assert two.query(read) == [("by two", "seen by two")]
    assert disagreements_in(two, DEVELOPER) == []
    assert operation(two, DEVELOPER, "dual_write_off")[0] == 0
    assert operation(two, SCHEMA, "dual_write_on")[0] == 0
    assert disagreements_in(two, SCHEMA) == []
