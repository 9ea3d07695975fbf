"""Supabase's linter on a built database, dual-write on: each finding is in a list, with its reason.

The linter is one SQL file of the public repository supabase/splinter, which is not ours to copy. The variable
PERSONAS_SPLINTER names it (splinter.sql of a checkout). Without it the test is skipped.
"""

import os
import re
from pathlib import Path

import pytest

from dbt_project import Project

# Linter rule → which objects of ours it may name, and why.
ACCEPTED = {
    "function_search_path_mutable": (
        r"personas_sync\.from_\w+",
        "a trigger function: an application's own triggers run inside it and keep the application's path; "
        "every operator in it is spelt out instead",
    ),
    "no_primary_key": (
        r"personas_audit\.\w+",
        "the rows that a failed test keeps: thrown away by the next run, unlogged (tested below)",
    ),
    "unused_index": (r".*", "the demo has just been built, nobody has asked anything yet"),
}
OURS = re.compile(r"(personas(?:_\w+)?)[.`]+(\w+)")


@pytest.mark.long
def test_the_linter_finds_only_what_has_a_reason(project_18: Project) -> None:
    path = Path(os.environ.get("PERSONAS_SPLINTER", "splinter.sql"))
    if not path.is_file():
        pytest.skip("no linter: set PERSONAS_SPLINTER to splinter.sql of a checkout of supabase/splinter")
    project_18.build("build", "--exclude-resource-type", "unit_test")
    project_18.build("run-operation", "dual_write_on")
    for role in ("anon", "authenticated", "service_role"):
        if not project_18.query("select from pg_roles where rolname = %s", role):
            project_18.execute(f"create role {role}")
    project_18.execute("create schema auth", "create table auth.users (id uuid)")

    with project_18.connect() as connection, connection.transaction():
        *settings, query = path.read_text().split(";\n", 1)
        for setting in settings:
            connection.execute(setting)
        found = connection.execute(query.rstrip().rstrip(";")).fetchall()
    named = [(row[0], OURS.search(row[6])) for row in found]
    ours = {(rule, f"{place[1]}.{place[2]}") for rule, place in named if place}
    assert ours, "the linter has found nothing at all: its text is not read as it should be"
    unexplained = {
        (rule, name)
        for rule, name in ours
        if rule not in ACCEPTED or not re.fullmatch(ACCEPTED[rule][0], name)
    }
    assert unexplained == set()
    kept = [name for rule, name in ours if rule == "no_primary_key"]
    logged = (
        "select oid::regclass::text from pg_class where oid = any(%s::regclass[]) and relpersistence <> 'u'"
    )
    assert project_18.query(logged, kept) == []
