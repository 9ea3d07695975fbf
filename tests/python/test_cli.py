"""The command line: commands load when asked for, faults are one line on stderr with the right exit code."""

import os
import subprocess
import sys
from pathlib import Path

import click
import psycopg
import pytest
from click.testing import CliRunner

from personas import cli
from personas.connection import connect
from personas.errors import CannotTellError, PersonasError
from personas.project import project_root as find_project
from personas.server import EmbeddedServer, wheel_binaries


def _add_command(monkeypatch: pytest.MonkeyPatch, deed: click.Command) -> None:
    """Makes `personas probe` run `deed`."""
    monkeypatch.setattr(sys.modules[__name__], "probe", deed, raising=False)
    monkeypatch.setattr(cli, "_LAZY", {**cli._LAZY, "probe": f"{__name__}:probe"})


@pytest.mark.parametrize(("fault", "code"), [(PersonasError, 1), (CannotTellError, 2)])
def test_an_expected_fault_is_one_line_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, fault: type[PersonasError], code: int
) -> None:
    @click.command()
    def deed() -> None:
        raise fault("row 7 has no name; give it one")

    _add_command(monkeypatch, deed)
    result = CliRunner().invoke(cli.main, ["probe"])
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr == "Error: row 7 has no name; give it one\n"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("select * from nowhere", 'relation "nowhere" does not exist'),
        ("select 1 / 0", "division by zero"),
        (
            "create table t (x int unique); insert into t values (1), (1)",
            "detail: Key (x)=(1) already",
        ),
    ],
)
def test_a_database_fault_is_one_line(
    monkeypatch: pytest.MonkeyPatch, fresh_database_18: dict[str, str], statement: str, message: str
) -> None:
    @click.command()
    def deed() -> None:
        with connect() as connection:
            connection.execute(statement.encode())

    for name, value in fresh_database_18.items():
        monkeypatch.setenv(name, value)
    _add_command(monkeypatch, deed)
    result = CliRunner().invoke(cli.main, ["probe"])
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_fault_without_a_message_of_the_server_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def deed() -> None:
        raise psycopg.OperationalError("the connection\nis lost")

    _add_command(monkeypatch, deed)
    assert CliRunner().invoke(cli.main, ["probe"]).stderr == "Error: the connection is lost\n"


def test_every_command_can_be_loaded() -> None:
    context = click.Context(cli.main)
    assert isinstance(cli.main, click.Group)
    for name in cli.main.list_commands(context):
        command = cli.main.get_command(context, name)
        assert command is not None
        assert command.help, name


def test_an_unknown_command_is_named() -> None:
    result = CliRunner().invoke(cli.main, ["bild"])
    assert result.exit_code == 2
    assert "bild" in result.stderr


# --- the project ------------------------------------------------------------------------------------------


def _make_project(directory: Path) -> Path:
    (directory / "src" / "personas").mkdir(parents=True)
    (directory / "pyproject.toml").touch()
    return directory


def test_the_project_is_found_from_inside_it(tmp_path: Path) -> None:
    project = _make_project(tmp_path / "checkout")
    inside = project / "dbt_packages" / "dbt_expectations"
    inside.mkdir(parents=True)
    (inside / "dbt_project.yml").touch()
    assert find_project(inside) == project.resolve()


def test_from_outside_it_is_the_installed_one(tmp_path: Path, project_root: Path) -> None:
    assert find_project(tmp_path) == project_root


def test_start_url_status_and_stop_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = _make_project(tmp_path / "my checkout")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}

    def personas(*arguments: str) -> str:
        command = [sys.executable, "-c", "from personas.cli import main; main()", *arguments]
        done = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=True
        )
        return done.stdout.strip()

    try:
        assert personas("db", "status") == "absent"
        assert personas("db", "start") == f"running: {personas('db', 'url')}"
        with psycopg.connect(personas("db", "url")) as connection:
            assert connection.info.dbname == "personas"
        assert personas("db", "status") == "running"
        assert personas("db", "stop") == "stopped"
        assert personas("db", "stop") == "was not running"
        assert personas("db", "status") == "stopped"
    finally:
        EmbeddedServer(project / ".postgres", wheel_binaries()).stop()


def test_with_pghost_the_user_is_told_that_this_is_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example")
    result = CliRunner().invoke(cli.main, ["db", "url"])
    assert "PGHOST is set" in result.stderr
    assert "db.example" not in result.stdout
