"""A server, a copy of the project and a built database for a command, not for pytest; all gone afterwards."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dbt_project import DbtWorker, Project, Workshop, copy_project, environment_of
from personas.server import INITDB_OPTIONS, EmbeddedServer, wheel_binaries

_CHECKOUT = Path(__file__).resolve().parents[2]


@contextmanager
def throwaway_workshop() -> Iterator[Workshop]:
    """Makes projects on a server of its own, of the embedded version."""
    with tempfile.TemporaryDirectory() as directory:
        here = Path(directory)
        options = (*INITDB_OPTIONS, "--no-sync")
        server = EmbeddedServer(here / ".postgres", wheel_binaries(), initdb_options=options)
        server.start()
        try:
            root = copy_project(_CHECKOUT, here / "project")
            worker = DbtWorker(root, environment_of(server), here / "output")
            try:
                yield Workshop(server, worker, root)
            finally:
                worker.stop()
        finally:
            server.stop()


@contextmanager
def throwaway_project(kind: str, prepare: Callable[[Project], None]) -> Iterator[Project]:
    """A project of one kind on such a server; see `Workshop.project`."""
    with throwaway_workshop() as workshop, workshop.project(kind, prepare) as project:
        yield project
