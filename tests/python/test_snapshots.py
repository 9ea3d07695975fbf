"""Snapshots keep every version of a legacy row, also of one that is deleted and comes back."""

from collections.abc import Iterator

import pytest

from dbt_project import Project, Workshop, build_demo

SNAPSHOT = "personas_audit.snapshot_org_personas"
TAKE = ("snapshot", "--select", "snapshot_org_personas")


@pytest.fixture
def demo(workshop_18: Workshop) -> Iterator[Project]:
    """The demo, built."""
    with workshop_18.project("demo", build_demo) as project:
        yield project


def versions(project: Project, key: str) -> list[tuple[str, str, bool]]:
    """(name, whether deleted, whether current) of each version of a row, oldest first."""
    return project.query(
        f"select name, dbt_is_deleted, dbt_valid_to is null from {SNAPSHOT} where id = %s"
        " order by dbt_valid_from, dbt_valid_to nulls last",
        key,
    )


def test_a_row_is_kept_through_change_deletion_and_return(demo: Project) -> None:
    key = demo.value(
        "select min(id::text) from org_personas where id not in (select persona_id from persona_role_mapping)"
        " and id not in (select persona_id from jtbd_org_persona_mapping where persona_id is not null)"
    )
    first = demo.value("select name from org_personas where id = %s", key)
    rows = demo.value(f"select count(*) from {SNAPSHOT}")

    demo.build(*TAKE)
    assert demo.value(f"select count(*) from {SNAPSHOT}") == rows, "nothing changed, so nothing is added"

    # Written past the trigger: `updated_at` stays, the value does not.
    demo.execute(
        "alter table org_personas disable trigger user",
        f"update org_personas set name = 'Renamed' where id = '{key}'",
        "create table kept as table org_personas with no data",
        f"insert into kept select * from org_personas where id = '{key}'",
    )
    demo.build(*TAKE)
    assert versions(demo, key) == [(first, "False", False), ("Renamed", "False", True)]

    demo.execute(f"delete from org_personas where id = '{key}'")
    demo.build(*TAKE)
    demo.build(*TAKE)
    assert versions(demo, key) == [
        (first, "False", False),
        ("Renamed", "False", False),
        ("Renamed", "True", True),
    ]

    demo.execute("insert into org_personas select * from kept")
    demo.build(*TAKE)
    demo.build(*TAKE)
    assert versions(demo, key)[-1] == ("Renamed", "False", True)
    assert len(versions(demo, key)) == 4
    others = demo.value(f"select count(*) from {SNAPSHOT} where id <> %s", key)
    assert others == rows - 1, "no other row has got a version"


def test_an_empty_run_deletes_nothing(demo: Project) -> None:
    before = demo.query(f"select * from {SNAPSHOT} order by dbt_scd_id")
    demo.build("build", "--empty", "--select", "snapshot_org_personas")
    assert demo.query(f"select * from {SNAPSHOT} order by dbt_scd_id") == before
