"""The closed-network edition of dbt_expectations gives the verdicts of the real package.

Every case of expectations_project/cases.yml is a dbt test on a table of expectations_project/tables.sql.
What the edition says is compared with what the case expects (by hand), and with what the real package says
where that is present: in $DBT_EXPECTATIONS_DIR, or installed in dbt_packages.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.conninfo import make_conninfo

from conftest import new_database
from personas.server import EmbeddedServer

ROOT = Path(__file__).resolve().parents[2]
EDITION = ROOT / "closed_network" / "dbt_expectations"
CASES = Path(__file__).parent / "expectations_project"

# dbt reads the profile when it parses, but does not connect.
NO_SERVER = {"PGHOST": "nowhere", "PGPORT": "5432", "PGUSER": "nobody", "PGDATABASE": "none"}

Verdict = int | str  # the number of failing rows, or "error"
Verdicts = dict[str, Verdict]
Case = dict[str, Any]


def _is_real(package: Path) -> bool:
    return (package / "macros" / "schema_tests").is_dir()


def _real_package() -> Path | None:
    """Where the real package lies, or None. A wrong $DBT_EXPECTATIONS_DIR is an error, no reason to skip."""
    named = os.environ.get("DBT_EXPECTATIONS_DIR")
    if named:
        assert _is_real(Path(named)), f"DBT_EXPECTATIONS_DIR={named} does not hold the real dbt_expectations"
        return Path(named).resolve()
    installed = ROOT / "dbt_packages" / "dbt_expectations"
    return installed.resolve() if _is_real(installed) else None


def _packages(expectations: Path) -> list[Path]:
    """The package and, if it is beside it, the dbt_date that the real one depends on."""
    beside = [expectations.parent / name for name in ("dbt_date", "dbt-date")]
    return [expectations, *[path for path in beside if path.is_dir()][:1]]


def _cases() -> dict[str, Case]:
    """Every case by the name of its dbt test."""
    per_test = yaml.safe_load((CASES / "cases.yml").read_text(encoding="utf-8"))
    return {
        f"{test}__{number:02}": {"test": test, **case}
        for test, cases in per_test.items()
        for number, case in enumerate(cases, start=1)
    }


def _data_test(name: str, case: Case) -> dict[str, Any]:
    arguments = dict(case.get("with", {}))
    if "compare_model" in arguments:
        arguments["compare_model"] = f"source('cases', '{arguments['compare_model']}')"
    return {f"dbt_expectations.{case['test']}": {"name": name, "arguments": arguments}}


def _sources(cases: dict[str, Case]) -> dict[str, Any]:
    """The properties file that puts every case on its table or column."""
    tables: dict[str, dict[str, Any]] = {}

    def table(name: str) -> dict[str, Any]:
        return tables.setdefault(name, {"name": name, "data_tests": [], "columns": []})

    for name, case in cases.items():
        table_name, _, column_name = case["at"].partition(".")
        owner = table(table_name)
        if column_name:
            column = {"name": column_name, "data_tests": []}
            owner["columns"].append(column)
            owner = column
        owner["data_tests"].append(_data_test(name, case))
        if compared := case.get("with", {}).get("compare_model"):
            table(compared)
    return {"version": 2, "sources": [{"name": "cases", "schema": "public", "tables": list(tables.values())}]}


def _write_project(directory: Path, expectations: Path, cases: dict[str, Case]) -> None:
    """A dbt project with the cases and the package, in `directory`."""
    project = {
        "name": "cases",
        "profile": "cases",
        "flags": {"validate_macro_args": expectations == EDITION, "send_anonymous_usage_stats": False},
    }
    connection = {
        "type": "postgres",
        "host": "{{ env_var('PGHOST') }}",
        "port": "{{ env_var('PGPORT') | as_number }}",
        "user": "{{ env_var('PGUSER') }}",
        "password": "{{ env_var('PGPASSWORD', '') }}",
        "dbname": "{{ env_var('PGDATABASE') }}",
        "schema": "public",
        "threads": 4,
    }
    files = {
        "dbt_project.yml": project,
        "profiles.yml": {"cases": {"target": "test", "outputs": {"test": connection}}},
        "models/sources.yml": _sources(cases),
    }
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    (directory / "dbt_packages").mkdir()
    for package in _packages(expectations):
        (directory / "dbt_packages" / package.name.replace("-", "_")).symlink_to(package)


def _dbt(directory: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    # Not from the project's own environment: a DBT_* setting there would change this run.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DBT_")}
    strict = '{"error": ["Deprecations", "InvalidMacroAnnotation", "MacroNotFoundForPatch"]}'
    command = [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "--warn-error-options", strict]
    return subprocess.run(
        [*command, *arguments, "--project-dir", str(directory), "--profiles-dir", str(directory)],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def _conninfo(environment: dict[str, str]) -> str:
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password"}
    given = {name: environment[variable] for variable, name in names.items() if variable in environment}
    return make_conninfo(dbname=environment["PGDATABASE"], **given)


def _verdicts(directory: Path, environment: dict[str, str], expectations: Path) -> Verdicts:
    """Runs every case with this package."""
    _write_project(directory, expectations, _cases())
    with psycopg.connect(_conninfo(environment)) as connection:
        connection.execute((CASES / "tables.sql").read_text(encoding="utf-8"))
    run = _dbt(directory, environment, "test")
    results_file = directory / "target" / "run_results.json"
    assert results_file.is_file(), run.stdout + run.stderr
    results = json.loads(results_file.read_text(encoding="utf-8"))["results"]
    # test.<project>.<name>.<hash>
    return {
        result["unique_id"].split(".")[2]: "error" if result["status"] == "error" else result["failures"]
        for result in results
    }


def _offered() -> set[str]:
    """The tests that the edition holds."""
    return {
        name
        for path in EDITION.glob("macros/**/*.sql")
        for name in re.findall(r"{%-?\s*test (\w+)", path.read_text(encoding="utf-8"))
    }


def _used() -> set[str]:
    """The tests that the project's properties files name."""
    folders = ("models", "seeds", "snapshots")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.y*ml")]
    return {
        name
        for path in files
        for name in re.findall(r"\bdbt_expectations\.(\w+)", path.read_text(encoding="utf-8"))
    }


def _differences(found: Verdicts, expected: Verdicts) -> list[str]:
    """One readable line per case in which the two differ."""
    cases = _cases()
    return [
        f"{name}: {found.get(name)}, expected {expected.get(name)}: {cases[name]}"
        for name in cases
        if found.get(name) != expected.get(name)
    ]


@pytest.fixture(scope="module")
def edition_verdicts(server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verdicts]:
    """What the edition says, on each supported version of PostgreSQL."""
    with new_database(server) as environment:
        yield _verdicts(tmp_path_factory.mktemp("edition"), environment, EDITION)


@pytest.fixture
def real_package() -> Path:
    """The real package; skips where it is not."""
    package = _real_package()
    if package is None:
        pytest.skip("the real dbt_expectations is not here: set DBT_EXPECTATIONS_DIR to a checkout of it")
    return package


def test_edition_gives_the_verdicts_worked_out_by_hand(edition_verdicts: Verdicts) -> None:
    by_hand = {name: case["expect"] for name, case in _cases().items()}
    differences = _differences(edition_verdicts, by_hand)
    assert not differences, "\n".join(differences)


@pytest.mark.long
def test_edition_gives_the_verdicts_of_the_real_package(
    edition_verdicts: Verdicts, real_package: Path, server: EmbeddedServer, tmp_path: Path
) -> None:
    with new_database(server) as environment:
        real_verdicts = _verdicts(tmp_path, environment, real_package)
    assert set(real_verdicts) == set(_cases())
    differences = _differences(edition_verdicts, real_verdicts)
    assert not differences, "\n".join(differences)


def test_bad_arguments_stop_the_parser(tmp_path: Path) -> None:
    case = {"test": "expect_column_values_to_be_between", "at": "numbers.n"}
    _write_project(tmp_path, EDITION, {"without_bounds": case})
    run = _dbt(tmp_path, NO_SERVER, "parse")
    assert run.returncode != 0
    assert "give `min_value`, `max_value` or both" in run.stdout


def test_edition_is_described_and_parses_without_deprecations(tmp_path: Path) -> None:
    _write_project(tmp_path, EDITION, _cases())
    run = _dbt(tmp_path, NO_SERVER, "parse")
    assert run.returncode == 0, run.stdout + run.stderr
    manifest = json.loads((tmp_path / "target" / "manifest.json").read_text(encoding="utf-8"))
    macros = [macro for macro in manifest["macros"].values() if macro["package_name"] == "dbt_expectations"]
    assert {macro["name"].removeprefix("test_") for macro in macros} >= _offered()
    blank = [macro["name"] for macro in macros if not macro["description"]]
    blank += [
        f"{macro['name']}({argument['name']})"
        for macro in macros
        for argument in macro["arguments"]
        if not argument["description"]
    ]
    assert blank == []


def test_every_test_of_the_edition_passes_and_fails_somewhere() -> None:
    outcomes: dict[str, list[Verdict]] = {name: [] for name in _offered()}
    for case in _cases().values():
        outcomes[case["test"]].append(case["expect"])
    poor = {
        name
        for name, seen in outcomes.items()
        if len(seen) < 4 or 0 not in seen or not set(seen) - {0, "error"}
    }
    assert poor == set()


def test_edition_offers_every_test_that_the_project_uses() -> None:
    used = _used()
    unused = sorted(_offered() - used)
    print(f"dbt_expectations: {len(used)} tests used; offered but not used: {', '.join(unused) or 'none'}")
    assert used - _offered() == set(), "write these for closed_network/dbt_expectations, or use others"
