"""Everything that the docs page shows is described, and what is described is what the database has."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes

from dbt_project import Project

PACKAGE = "persona_consolidation"
# dbt reads the profile when it parses, but does not connect.
NO_SERVER = {"PGHOST": "nowhere", "PGUSER": "nobody", "PGDATABASE": "none"}
STRICT = '{"error": ["Deprecations", "InvalidMacroAnnotation", "MacroNotFoundForPatch", "NoNodeForYamlKey"]}'

Manifest = dict[str, Any]
Resource = dict[str, Any]


def parse(project: Path, target: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Parses a project from scratch; the manifest goes to `target`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DBT_", "PG"))}
    command = [sys.executable, "-m", "dbt.cli.main", "--no-partial-parse", "--no-version-check", *options]
    places = {
        "--project-dir": project,
        "--profiles-dir": project,
        "--target-path": target,
        "--log-path": target,
    }
    return subprocess.run(
        [*command, "parse", *(str(part) for pair in places.items() for part in pair)],
        env={**inherited, **NO_SERVER},
        capture_output=True,
        text=True,
        check=False,
    )


def arguments_of(macro_sql: str) -> list[str]:
    """The names of a macro's or generic test's arguments, as its first line declares them."""
    head = macro_sql[macro_sql.index("{%") : macro_sql.index("%}") + 2]
    kind = head.strip("{%- \n").split()[0]
    if kind not in ("macro", "test"):
        return []
    declaration = Environment(autoescape=True).parse(head.replace(kind, "macro", 1) + "{% endmacro %}")
    return [argument.name for macro in declaration.find_all(nodes.Macro) for argument in macro.args]


def resources(manifest: Manifest) -> Iterator[Resource]:
    """Every resource of the project, none of its packages."""
    for kind in ("nodes", "sources", "exposures", "unit_tests", "functions", "macros"):
        for resource in manifest[kind].values():
            if resource["package_name"] == PACKAGE and resource["resource_type"] != "operation":
                yield resource


def undescribed(manifest: Manifest) -> list[str]:
    """What has no description: `<kind> <name>`, with `.<column>` or `(<argument>)` where that is meant."""
    blank = []
    for resource in resources(manifest):
        name = f"{resource['resource_type'].replace('_', ' ')} {resource['name']}"
        if resource["resource_type"] == "source":
            name = f"source {resource['source_name']}.{resource['name']}"
            if not resource["source_description"].strip():
                blank.append(f"source {resource['source_name']}")
        if not resource["description"].strip():
            blank.append(name)
        columns = resource.get("columns", {}) if resource["resource_type"] != "test" else {}
        blank += [f"{name}.{key}" for key, column in columns.items() if not column["description"].strip()]
        arguments = {a["name"]: a["description"] or "" for a in resource.get("arguments", [])}
        declared = arguments_of(resource["macro_sql"]) if resource["resource_type"] == "macro" else arguments
        blank += [f"{name}({key})" for key in declared if not arguments.get(key, "").strip()]
        if resource["resource_type"] == "function" and not (resource["returns"]["description"] or "").strip():
            blank.append(f"{name} returns")
    return sorted(blank)


@pytest.fixture(scope="module")
def manifest(project_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """What dbt makes of the project."""
    target = tmp_path_factory.mktemp("described")
    run = parse(project_copy, target)
    assert run.returncode == 0, run.stdout + run.stderr
    parsed: Manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return parsed


def test_everything_is_described(manifest: Manifest) -> None:
    blank = undescribed(manifest)
    assert not blank, "without a description:\n" + "\n".join(blank)


def test_whatever_is_not_described_is_named(manifest: Manifest) -> None:
    broken = copy.deepcopy(manifest)
    one_of_each = {
        r["resource_type"]: r for r in resources(broken) if r.get("arguments") or "macro_sql" not in r
    }
    expected = set()
    for kind, resource in one_of_each.items():
        name = f"{kind.replace('_', ' ')} {resource['name']}"
        if kind == "source":
            name = f"source {resource['source_name']}.{resource['name']}"
        resource["description"] = " "
        expected.add(name)
        if kind in ("model", "seed", "snapshot", "source"):
            column = next(iter(resource["columns"].values()))
            column["description"] = ""
            expected.add(f"{name}.{column['name']}")
        if kind == "macro":
            expected.add(f"{name}({resource['arguments'].pop()['name']})")
        if kind == "function":
            resource["arguments"][0]["description"] = resource["returns"]["description"] = None
            expected |= {f"{name}({resource['arguments'][0]['name']})", f"{name} returns"}
    assert set(one_of_each) == {
        *("exposure", "function", "macro", "model", "seed", "snapshot", "source", "test", "unit_test")
    }
    assert set(undescribed(broken)) - set(undescribed(manifest)) == expected


def test_parsing_says_nothing_of_deprecations(project_copy: Path, tmp_path: Path) -> None:
    run = parse(project_copy, tmp_path, "--show-all-deprecations", "--warn-error-options", STRICT)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "eprecat" not in run.stdout + run.stderr


def test_the_columns_described_are_those_of_the_database(manifest: Manifest, project_18: Project) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for schema, relation, column in project_18.query(
        "select nspname, relname, attname from pg_attribute join pg_class on attrelid = pg_class.oid"
        " join pg_namespace on relnamespace = pg_namespace.oid"
        " where relkind in ('r', 'v') and attnum > 0 and not attisdropped"
    ):
        found.setdefault((schema, relation), set()).add(column)
    differences = []
    for resource in resources(manifest):
        if resource["resource_type"] in ("model", "seed", "snapshot", "source"):
            place = resource["schema"], resource.get("alias") or resource["identifier"]
            described = set(resource["columns"])
            differences += [
                f"{'.'.join(place)}.{column}: {'not described' if column not in described else 'not there'}"
                for column in sorted(found.get(place, set()) ^ described)
            ]
    assert not differences, "\n".join(differences)
