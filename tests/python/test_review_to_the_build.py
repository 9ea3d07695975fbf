"""From a decision at the terminal to the next build: merged as the queue had said, kept apart, taken back."""

import json

import pytest

from dbt_project import DECISIONS, Project
from test_review import Desk, at


@pytest.fixture
def desk(project_18: Project, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The command line beside a database of its own, and a file without decisions."""
    project_18.decide()
    return at(project_18, monkeypatch)


def persona_of(desk: Desk, key: str) -> str:
    """The persona of a legacy row."""
    table, row_id = key.split(":")
    query = "select persona_id::text from personas.persona_ids where source_table = %s and old_id = %s"
    found = desk.project.value(query, table, row_id)
    assert isinstance(found, str)
    return found


def queue_in_database(desk: Desk) -> set[tuple[str, str]]:
    """The pairs of the queue, whatever the file says meanwhile."""
    columns = "left_table || ':' || left_id, right_table || ':' || right_id"
    return set(desk.project.query(f"select {columns} from personas_audit.match_review_queue"))


def test_the_next_build_does_as_decided(desk: Desk) -> None:
    merged, apart = (json.loads(line) for line in desk.done("list", "--json", "--limit", "2").splitlines())
    before = {key: persona_of(desk, key) for pair in (merged, apart) for key in (pair["left"], pair["right"])}
    desk.done("decide", merged["left"], merged["right"], "same", "--reason", 'one, "two codes"\nbut one man')
    desk.done("decide", apart["right"], apart["left"], "different", "--reason", "two men")
    assert {(pair["left"], pair["right"]) for pair in (merged, apart)} <= queue_in_database(desk)
    desk.project.build(*DECISIONS)

    assert persona_of(desk, merged["left"]) == persona_of(desk, merged["right"])
    assert persona_of(desk, merged["left"]) == merged["surviving_persona_id"]
    assert [persona_of(desk, apart[side]) for side in ("left", "right")] == [
        before[apart[side]] for side in ("left", "right")
    ]
    assert not {(pair["left"], pair["right"]) for pair in (merged, apart)} & queue_in_database(desk)
    assert set(desk.queue("--min-probability", "0")) == queue_in_database(desk)
    shown = desk.project.value(
        "select profile from personas.personas where id = %s",
        merged["surviving_persona_id"],
    )
    promised = {change["field"]: change["stays"] for change in merged["changes"] if change["field"] in shown}
    assert len(promised) > 5
    assert {field: shown[field] for field in promised} == promised

    desk.done("undo", merged["left"], merged["right"])
    desk.done("undo", apart["left"], apart["right"])
    desk.project.build(*DECISIONS)
    assert {key: persona_of(desk, key) for key in before} == before
    assert {(pair["left"], pair["right"]) for pair in (merged, apart)} <= set(desk.queue())
