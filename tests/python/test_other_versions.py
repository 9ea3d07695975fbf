"""The core on the PostgreSQL versions between 15 and 18; `.ci/postgresql` brings them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import INITDB_15, running
from dbt_project import DbtWorker, Project, Workshop, copy_project
from personas.server import EmbeddedServer
from test_dual_write import LIBRARY, PRIVATE, agree, switch_on, with_rows_of_tests
from verified import WHOLE, Console

pytestmark = pytest.mark.long


@pytest.fixture(params=[16, 17])
def project(
    request: pytest.FixtureRequest, dbt_worker: DbtWorker, project_copy: Path, project_root: Path
) -> Iterator[Project]:
    """The legacy demo with the rows of the dual-write tests, not built yet."""
    binaries = project_root / ".bench" / f"postgresql-{request.param}" / "bin"
    if not (binaries / "postgres").is_file():
        pytest.skip(f"no PostgreSQL {request.param} in .bench; run .ci/postgresql")
    with tempfile.TemporaryDirectory() as directory:
        server = EmbeddedServer(Path(directory) / ".postgres", binaries, request.param, INITDB_15)
        root = copy_project(project_copy, Path(directory) / "project")
        with (
            running(server),
            Workshop(server, dbt_worker, root).project("legacy", with_rows_of_tests) as found,
        ):
            yield found


def test_the_core_works_on_this_version(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.build(*WHOLE)
    before = project.row_versions()
    project.build(*WHOLE)
    assert project.row_versions() == before
    assert Console(project, monkeypatch).verify()["verdict"] == "GO"
    switch_on(project)
    project.execute(
        f"update dh_personas set name = 'Edited there' where id = {LIBRARY}",
        f"update personas.personas set name = 'Edited here' where id = {PRIVATE}",
        "delete from persona_role_mapping",
        "delete from dh_personas where unique_id = 'library'",
    )
    assert project.query(
        f"select name from personas.personas where id = {LIBRARY}"
        f" union all select name from org_personas where id = {PRIVATE}"
    ) == [("Edited there",), ("Edited here",)]
    assert agree(project) == []
    project.build(*WHOLE)
    assert Console(project, monkeypatch).verify()["verdict"] == "GO"
