"""`personas build`: profile, packages, rights and demo before dbt runs; exit code and summary after it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import psycopg
import pytest
import yaml

from personas import build, packages, preflight, profile, server, summary
from personas.connection import connect
from personas.errors import PersonasError
from personas.legacy_load import holds_legacy_tables
from personas.server import EmbeddedServer

NOT_REACHABLE: Callable[[], bool] = lambda: False  # noqa: E731
REACHABLE: Callable[[], bool] = lambda: True  # noqa: E731


def _use(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


# --- profiles.yml -----------------------------------------------------------------------------------------


@pytest.fixture
def with_example(tmp_path: Path, project_root: Path) -> Path:
    """A directory with nothing but the project's profiles.yml.example."""
    shutil.copy(project_root / "profiles.yml.example", tmp_path)
    return tmp_path


def _embedded_host(path: Path) -> str:
    return str(yaml.safe_load(path.read_text())["personas"]["outputs"]["embedded"]["host"])


def test_the_profile_is_the_example_with_the_socket_in_it(with_example: Path) -> None:
    written = profile.write_profile(with_example, Path("/run/sockets"))
    assert _embedded_host(written) == "/run/sockets"
    example = (with_example / "profiles.yml.example").read_text()
    assert written.read_text() == example.replace("SOCKET_DIRECTORY", '"/run/sockets"')


def test_what_the_user_changed_in_the_profile_stays(with_example: Path) -> None:
    written = profile.write_profile(with_example, Path("/run/old"))
    written.write_text(written.read_text().replace("threads: 4", "threads: 7"))
    profile.write_profile(with_example, Path("/run/new"))
    assert _embedded_host(written) == "/run/new"
    assert "threads: 7" in written.read_text()


def test_a_profile_of_the_users_own_is_left_alone(with_example: Path) -> None:
    own = with_example / "profiles.yml"
    own.write_text("personas: {target: mine}\n")
    profile.write_profile(with_example, Path("/run/new"))
    assert own.read_text() == "personas: {target: mine}\n"


def test_an_example_without_the_line_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "profiles.yml.example").write_text("personas: {}\n")
    with pytest.raises(PersonasError, match=r"profiles\.yml\.example"):
        profile.write_profile(tmp_path, Path("/run/new"))
    assert not (tmp_path / "profiles.yml").exists()


def test_the_example_holds_no_secrets(project_root: Path) -> None:
    outputs = yaml.safe_load((project_root / "profiles.yml.example").read_text())["personas"]["outputs"]
    assert outputs.keys() == {"embedded", "server", "ci", "dev"}
    passwords = {name: output["password"] for name, output in outputs.items()}
    from_environment = "{{ env_var('PGPASSWORD', '') }}"
    assert passwords.pop("embedded") == ""
    assert set(passwords.values()) == {from_environment}


# --- packages ---------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a closed-network edition and no packages installed."""
    monkeypatch.delenv("DBT_EXPECTATIONS_DIR", raising=False)
    edition = tmp_path / "project" / packages.CLOSED_EDITION
    edition.mkdir(parents=True)
    (edition / "dbt_project.yml").write_text("name: dbt_expectations\n")
    (tmp_path / "project" / "packages.yml").write_text("packages: []\n")
    return tmp_path / "project"


def _deps(project: Path) -> bool:
    """What `dbt deps` leaves behind."""
    installed = project / "dbt_packages" / "dbt_expectations"
    installed.mkdir(parents=True)
    (installed / "dbt_project.yml").write_text("name: dbt_expectations\n")
    (project / "package-lock.yml").write_text("packages: []\n")
    return True


def _no_deps() -> bool:
    pytest.fail("ran dbt deps")


def _checkout(directory: Path) -> Path:
    directory.mkdir(parents=True)
    (directory / "dbt_project.yml").touch()
    return directory


def _installed(project: Path) -> dict[str, Path]:
    return {path.name: path.resolve() for path in (project / "dbt_packages").iterdir()}


def test_without_the_hub_the_closed_edition_is_used_and_said(project: Path) -> None:
    said = packages.install(project, _no_deps, NOT_REACHABLE)
    assert _installed(project) == {"dbt_expectations": project / packages.CLOSED_EDITION}
    assert "cannot be reached" in said
    assert "closed-network edition" in said
    assert "\n" not in said


def test_the_closed_edition_moves_with_the_project(project: Path) -> None:
    packages.install(project, _no_deps, NOT_REACHABLE)
    moved = project.rename(project.parent / "moved")
    assert _installed(moved) == {"dbt_expectations": moved / packages.CLOSED_EDITION}


def test_installing_again_touches_nothing(project: Path) -> None:
    packages.install(project, _no_deps, NOT_REACHABLE)
    before = (project / "dbt_packages").stat().st_mtime_ns
    packages.install(project, _no_deps, NOT_REACHABLE)
    assert (project / "dbt_packages").stat().st_mtime_ns == before


def test_with_the_hub_dbt_deps_takes_the_place_of_the_closed_edition(project: Path) -> None:
    packages.install(project, _no_deps, NOT_REACHABLE)
    said = packages.install(project, lambda: _deps(project), REACHABLE)
    assert _installed(project) == {"dbt_expectations": project / "dbt_packages" / "dbt_expectations"}
    assert said == "dbt_expectations: installed from the dbt hub"
    assert (project / packages.CLOSED_EDITION / "dbt_project.yml").is_file()


def test_what_dbt_deps_installed_is_not_fetched_again_until_packages_yml_changes(project: Path) -> None:
    packages.install(project, lambda: _deps(project), REACHABLE)
    assert "already installed" in packages.install(project, _no_deps, REACHABLE)
    later = (project / "package-lock.yml").stat().st_mtime + 10
    os.utime(project / "packages.yml", (later, later))
    said = packages.install(project, lambda: _deps(project), REACHABLE)
    assert said == "dbt_expectations: installed from the dbt hub"


def test_when_dbt_deps_fails_the_closed_edition_is_used_and_said(project: Path) -> None:
    said = packages.install(project, lambda: False, REACHABLE)
    assert "`dbt deps` failed" in said
    assert _installed(project) == {"dbt_expectations": project / packages.CLOSED_EDITION}


@pytest.mark.parametrize("dependency", ["dbt_date", "dbt-date"])
def test_a_checkout_is_used_with_the_dbt_date_beside_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dependency: str
) -> None:
    checkout = _checkout(tmp_path / "real" / "dbt-expectations")
    beside = _checkout(tmp_path / "real" / dependency)
    monkeypatch.setenv("DBT_EXPECTATIONS_DIR", str(checkout))
    said = packages.install(project, _no_deps, REACHABLE)
    assert str(checkout) in said
    assert _installed(project) == {"dbt_expectations": checkout, "dbt_date": beside}
    monkeypatch.delenv("DBT_EXPECTATIONS_DIR")
    packages.install(project, _no_deps, NOT_REACHABLE)
    assert _installed(project) == {"dbt_expectations": project / packages.CLOSED_EDITION}
    assert (checkout / "dbt_project.yml").exists()
    assert (beside / "dbt_project.yml").exists()


def test_a_checkout_without_dbt_date_or_none_at_all_is_an_error(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_EXPECTATIONS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(PersonasError, match=r"DBT_EXPECTATIONS_DIR=.*nowhere is no dbt package"):
        packages.install(project, _no_deps, REACHABLE)
    monkeypatch.setenv("DBT_EXPECTATIONS_DIR", str(_checkout(tmp_path / "real" / "dbt-expectations")))
    with pytest.raises(PersonasError, match="there is no dbt_date"):
        packages.install(project, _no_deps, REACHABLE)


@contextmanager
def _hub(status: int, body: bytes) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    with HTTPServer(("127.0.0.1", 0), Answer) as listening:
        thread = Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_address[1]}/"
        finally:
            listening.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body", "reachable"),
    [
        (200, b'{"name": "dbt_expectations"}', True),
        (200, b"<html>Log in to this network</html>", False),
        (503, b"{}", False),
    ],
)
def test_the_hub_is_reachable_when_it_answers_as_a_hub(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, reachable: bool
) -> None:
    with _hub(status, body) as address:
        monkeypatch.setenv("DBT_PACKAGE_HUB_URL", address)
        assert packages.hub_is_reachable() is reachable
    assert packages.hub_is_reachable() is False  # nobody listens any more


def test_a_hub_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "HUB_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("DBT_PACKAGE_HUB_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert packages.hub_is_reachable() is False


# --- preflight --------------------------------------------------------------------------------------------


def test_a_missing_python_package_is_named() -> None:
    preflight.check_python_packages()
    with pytest.raises(PersonasError, match=r"no_such_package\.part is missing; `make build`"):
        preflight.check_python_packages(["no_such_package.part"])


def test_schemas_are_the_marts_and_each_schema_of_the_project_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dbt_project.yml").write_text(
        "models: {p: {staging: {+schema: staging}, marts: {}}}\nseeds: {p: {+schema: staging}}\n"
        "snapshots: {p: {+schema: audit}}\n"
    )
    monkeypatch.delenv("PERSONAS_SCHEMA", raising=False)
    assert preflight.schemas_of(tmp_path) == ["personas", "personas_audit", "personas_staging"]
    monkeypatch.setenv("PERSONAS_SCHEMA", "mine")
    assert preflight.schemas_of(tmp_path) == ["mine", "mine_audit", "mine_staging"]


def test_missing_rights_are_named_with_the_grant(fresh_database: dict[str, str]) -> None:
    role = f"role_of_{fresh_database['PGDATABASE']}"
    address = psycopg.conninfo.make_conninfo(
        host=fresh_database["PGHOST"], user="postgres", dbname=fresh_database["PGDATABASE"]
    )
    with psycopg.connect(address) as connection:
        connection.execute(f"create role {role} login")
        connection.execute("create schema theirs; create schema ours")
        connection.execute(f"grant create on schema ours to {role}")
    try:
        with psycopg.connect(psycopg.conninfo.make_conninfo(address, user=role)) as connection:
            preflight.check_schema_rights(connection, ["ours"])
            with pytest.raises(
                PersonasError, match=f"^{role} may not write to schema theirs: grant create on"
            ):
                preflight.check_schema_rights(connection, ["ours", "theirs"])
            with pytest.raises(PersonasError, match=f"may not create schema absent: grant .* to {role}$"):
                preflight.check_schema_rights(connection, ["ours", "absent"])
    finally:
        with psycopg.connect(address) as connection:
            connection.execute(f"drop owned by {role}")
            connection.execute(f"drop role {role}")


# --- the demo ---------------------------------------------------------------------------------------------


def test_the_demo_is_loaded_once_into_the_embedded_server_only(
    monkeypatch: pytest.MonkeyPatch, fresh_database_18: dict[str, str]
) -> None:
    with monkeypatch.context() as own_server:
        _use(own_server, fresh_database_18)
        build.load_demo_if_empty()
        with connect() as connection:
            assert not holds_legacy_tables(connection)

    monkeypatch.delenv("PGHOST", raising=False)
    monkeypatch.setattr(server, "start", lambda: fresh_database_18)
    build.load_demo_if_empty()
    with connect() as connection:
        assert holds_legacy_tables(connection)
        connection.execute("delete from dh_personas")
    build.load_demo_if_empty()
    with connect() as connection:
        assert connection.execute("select count(*) from dh_personas").fetchone() == (0,)


# --- after dbt --------------------------------------------------------------------------------------------


def test_the_first_failure_names_what_why_and_where_the_rows_are() -> None:
    results = {
        "results": [
            {"unique_id": "model.p.a", "status": "success", "message": "OK", "relation_name": '"d"."s"."a"'},
            {"unique_id": "test.p.b", "status": "warn", "message": "Got 1", "relation_name": None},
            {"unique_id": "test.p.c", "status": "fail", "message": "Got 2\nresults", "relation_name": '"c"'},
            {
                "unique_id": "model.p.d",
                "status": "error",
                "message": "boom\n  \n  > in macro bang (macros/bang.sql)",
                "relation_name": '"d"',
            },
        ]
    }
    assert summary.first_failure(results) == 'test.p.c: Got 2 results; rows: "c"; and 1 more'
    assert summary.first_failure({"results": results["results"][3:]}) == "model.p.d: boom"
    assert summary.first_failure({}) == ""


def test_counts_are_of_sources_and_marts_and_know_what_is_absent(fresh_database_18: dict[str, str]) -> None:
    manifest = {
        "sources": {"s": {"name": "alias", "identifier": "old", "schema": "public"}},
        "nodes": {
            "a": {
                "resource_type": "model",
                "fqn": ["p", "marts", "new"],
                "name": "new",
                "alias": "new",
                "schema": "public",
            },
            "b": {"resource_type": "model", "fqn": ["p", "staging", "x"], "name": "x", "schema": "public"},
            "c": {"resource_type": "model", "fqn": ["p", "marts", "y"], "name": "y", "schema": "nowhere"},
        },
    }
    with psycopg.connect(
        host=fresh_database_18["PGHOST"], user="postgres", dbname=fresh_database_18["PGDATABASE"]
    ) as connection:
        connection.execute("create table old as select generate_series(1, 3); create table new ()")
        found = summary.counts(manifest, connection)
    assert found == [
        summary.Count("legacy", "public.old", 3),
        summary.Count("mart", "nowhere.y", None),
        summary.Count("mart", "public.new", 0),
    ]


# --- the whole --------------------------------------------------------------------------------------------


@pytest.fixture
def small_project(tmp_path: Path, project_root: Path) -> Path:
    """A project of one source and one mart, with the real profile and packages."""
    root = tmp_path / "small project"
    (root / "src" / "personas").mkdir(parents=True)
    (root / "models" / "marts").mkdir(parents=True)
    for name in ("pyproject.toml", "profiles.yml.example", "packages.yml"):
        shutil.copy(project_root / name, root)
    shutil.copytree(project_root / "closed_network", root / "closed_network")
    project_file = {
        "name": "small",
        "profile": "personas",
        "flags": {"send_anonymous_usage_stats": False},
        "data_tests": {"+store_failures": True},
    }
    (root / "dbt_project.yml").write_text(yaml.safe_dump(project_file))
    (root / "models" / "marts" / "people.sql").write_text("select * from {{ source('legacy', 'old') }}\n")
    (root / "models" / "marts" / "_marts.yml").write_text(
        """
sources:
  - name: legacy
    schema: public
    tables: [{name: old}]
models:
  - name: people
    columns: [{name: name, data_tests: [not_null: {name: people_have_names}]}]
"""
    )
    return root


def _build(root: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, **environment, "DBT_PACKAGE_HUB_URL": "http://127.0.0.1:9/"}
    variables.pop("DBT_EXPECTATIONS_DIR", None)
    command = [sys.executable, "-c", "from personas.cli import main; main()", "build", *arguments]
    return subprocess.run(
        command, cwd=root, env=variables, capture_output=True, text=True, timeout=300, check=False
    )


def test_a_build_ends_with_docs_and_counts_and_a_red_one_with_the_reason(
    small_project: Path, pg18: EmbeddedServer, fresh_database_18: dict[str, str]
) -> None:
    database = {**fresh_database_18, "PERSONAS_SCHEMA": "small"}
    address = psycopg.conninfo.make_conninfo(pg18.url(), dbname=database["PGDATABASE"])
    with psycopg.connect(address) as connection:
        connection.execute("create table old as select 'Ann' as name")
    done = _build(small_project, database)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "closed-network edition" in done.stdout
    assert "PASS=2" in done.stdout
    assert re.search(r"^  public\.old +1$", done.stdout, re.MULTILINE)
    assert re.search(r"^  small\.people +1$", done.stdout, re.MULTILINE)
    assert "target/static_index.html" in done.stdout
    assert (small_project / "target" / "static_index.html").stat().st_size > 1_000_000
    manifest = json.loads((small_project / "target" / "manifest.json").read_text())
    assert manifest["metadata"]["send_anonymous_usage_stats"] is False

    with psycopg.connect(address) as connection:
        connection.execute("insert into old values (null)")
    done = _build(small_project, database, "--select", "people")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: dbt build failed (exit code 1): test.small.people_have_names")
    assert "small_dbt_test__audit" in last

    (small_project / "models" / "marts" / "people.sql").write_text("{% nonsense %}\n")
    done = _build(small_project, database)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1] == (
        "Error: dbt build failed (exit code 2): the reason is above, and in logs/dbt.log"
    )


def test_a_server_that_is_not_there_ends_the_build_in_one_line(small_project: Path, tmp_path: Path) -> None:
    done = _build(small_project, {"PGHOST": str(tmp_path), "PGUSER": "ann", "PGDATABASE": "d"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: cannot connect to")
    assert done.stderr.count("\n") == 1
