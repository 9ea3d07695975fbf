"""Rows as people paste them: very long, very deep, to the last digit, and with what nobody sees in them.

One database for all, with 4 MB of memory for a sort and little room for temporary files.
"""

import json
from collections.abc import Iterator

import pytest

from dbt_project import DATABASE, Project, Workshop
from personas.demo.load import load_demo
from verified import WHOLE, Console

# A build with values of a megabyte in each column takes minutes.
pytestmark = pytest.mark.long

# Twice the size of the largest value times the columns that have one: what is proportional stays below.
ROOM = "300MB"
MEGABYTE = "repeat('word ', 200000)"
MANY_ITEMS = "(select jsonb_agg('word ' || number) from generate_series(1, 80000) as number)"
DEEP = "(repeat('[', 5000) || repeat(']', 5000))"
EXACT = '{"n": 1.10, "long": 12345678901234567890.123456789, "tiny": 0.000000000000000000001}'
EXACT_NUMBERS = ("1.10", "12345678901234567890.123456789", "0.000000000000000000001")

# Columns of a legacy table that take a long value: no key, no b-tree, no check.
LONG_COLUMNS = """
    select attname, atttypid::regtype::text
    from pg_attribute
    where
        attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''
        and atttypid in ('text'::regtype, 'jsonb'::regtype)
        and not exists (select from pg_index where indrelid = attrelid and attnum = any(indkey::int2[]))
        and not exists (
            select from pg_constraint where conrelid = attrelid and contype = 'c' and attnum = any(conkey)
        )
"""
UNSEEN = """
    insert into dh_personas (unique_id, persona_code, name, title, organization) values
    ('x-1', 'X1', E'Clinical Di\\u200brector', E'Senior Data\\u2060base Owner', E'Nova\\ufefftech'),
    ('x-2', 'X2', 'Clinical Director', 'Senior Database Owner', 'Novatech'),
    ('x-3', 'X3', E'\\u200d\\u200d', 'Owner', 'Novatech'),
    ('x-4', 'X4', E'\\u2800', 'Owner of Things', 'Novatech'),
    ('x-5', 'X5', E'\\u00ad\\u180e\\u3164', E'\\u200b', 'Novatech'),
    ('x-6', 'X6', 'Barista', 'barista', 'Novatech')
"""


def prepare(project: Project) -> None:
    """The demo, and these rows; built whole, with tests, under the limits."""
    with project.connect() as connection:
        load_demo(connection)
        connection.execute(UNSEEN)
        # With an industry, the first two have exact evidence.
        connection.execute(
            "update dh_personas set industry_id = (select id from industries order by id limit 1),"
            " id = replace('00000000-0000-4000-8000-00000000000n', 'n', right(unique_id, 1))::uuid"
            " where unique_id in ('x-1', 'x-2')"
        )
        connection.execute(
            "insert into dh_personas (unique_id, persona_code, name, title)"
            " values ('x-long', 'XL', 'Long', 'Long')"
        )
        connection.execute(
            "insert into org_personas (unique_id, code, name, tenant_id)"
            " select 'x-long', 'XL', 'Long', id from tenants limit 1"
        )
        for table in ("dh_personas", "org_personas"):
            for column, of_type in connection.execute(LONG_COLUMNS, [table]).fetchall():
                value = MEGABYTE if of_type == "text" else MANY_ITEMS
                connection.execute(f"update {table} set {column} = {value} where unique_id = 'x-long'")
        for number in (1, 2):
            connection.execute(
                "insert into dh_personas (unique_id, persona_code, name, title, organization)"
                f" values ('x-deep-{number}', 'XD{number}', 'Deep Json', 'Data Owner', 'Nova {number}')"
            )
        for column, of_type in connection.execute(LONG_COLUMNS, ["dh_personas"]).fetchall():
            if of_type == "jsonb":
                connection.execute(
                    f"update dh_personas set {column} = {DEEP}::jsonb where unique_id = 'x-deep-1'"
                )
        connection.execute("update dh_personas set goals = %s where unique_id = 'x-deep-2'", [EXACT])
    project.execute(
        f"alter database {DATABASE} set temp_file_limit = '{ROOM}'",
        f"alter database {DATABASE} set work_mem = '4MB'",
    )
    project.dbt(*WHOLE, variables={"build_work_mem": "4MB"}).succeeded()


@pytest.fixture(scope="module")
def console(workshop_18: Workshop) -> Iterator[Console]:
    with pytest.MonkeyPatch.context() as patch, workshop_18.project("extreme", prepare) as project:
        yield Console(project, patch)


def test_it_is_a_go(console: Console) -> None:
    verdict = console.verify()
    assert verdict["verdict"] == "GO", verdict["reason"]


def test_what_has_no_width_leaves_no_trace(console: Console) -> None:
    shown = console.project.query(
        "select unique_id, name, profile ->> 'title', profile ->> 'organization', persona_type"
        " from personas.personas where unique_id ~ '^x-[0-9]' order by 1"
    )
    assert shown == [
        ("x-1", "Clinical Director", "Senior Database Owner", "Novatech", "archetype"),
        ("x-3", "Owner", "Owner", "Novatech", "archetype"),
        ("x-4", "Owner of Things", "Owner of Things", "Novatech", "archetype"),
        ("x-5", "X5", None, "Novatech", "individual"),
        ("x-6", "Barista", "barista", "Novatech", "archetype"),
    ]


def _pair(console: Console) -> dict[str, object]:
    listed = console.run("review", "list", "--json")
    assert listed.exit_code == 0, listed.output
    lines = [line for line in listed.stdout.splitlines() if "Deep Json" in line]
    assert len(lines) == 1
    assert all(number in lines[0] for number in EXACT_NUMBERS)
    found: dict[str, object] = json.loads(lines[0])
    return found


def test_deep_values_are_cut_and_numbers_keep_their_digits_in_the_review(console: Console) -> None:
    assert _pair(console)["merging_would"]
    listed = console.run("review", "list")
    assert listed.exit_code == 0, listed.output
    assert "Deep Json" in listed.stdout


def test_the_report_shows_both(console: Console, tmp_path_factory: pytest.TempPathFactory) -> None:
    page = tmp_path_factory.mktemp("report") / "report.html"
    done = console.report(page)
    assert done.exit_code == 0, done.output
    text = page.read_text()
    assert "Deep Json" in text
    assert all(number in text for number in EXACT_NUMBERS)
