"""Python models on plain dbt-postgres, as dbt runs them: python_models_project, on each supported version."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from conftest import new_database
from dbt_project import DbtWorker, Run, environment_of
from personas.server import EmbeddedServer

PROJECT = Path(__file__).parent / "python_models_project"


@dataclass(frozen=True)
class Models:
    """A copy of the project, and a database of its own."""

    root: Path
    worker: DbtWorker
    environment: dict[str, str]

    def run(self, *arguments: str) -> Run:
        """`dbt run`."""
        return self.worker.run(("run", *arguments), self.root, self.environment)

    def model(self, name: str, code: str, yaml: str = "") -> None:
        """Writes a model into a folder that no other test reads."""
        (self.root / "models" / "broken" / f"{name}.py").write_text(code)
        if yaml:
            (self.root / "models" / "broken" / f"{name}.yml").write_text(yaml)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, which is committed; of one that yields none, none."""
        names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGDATABASE": "dbname"}
        given = {name: self.environment[variable] for variable, name in names.items()}
        with psycopg.connect(**given, autocommit=True) as connection:  # type: ignore[arg-type]
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def relations(self) -> set[str]:
        """Everything in the schemas that dbt makes, and what is temporary."""
        return {
            name
            for (name,) in self.query(
                "select relnamespace::regnamespace || '.' || relname from pg_class"
                " where relnamespace::regnamespace::text like 'made%' and relkind in ('r', 'v')"
            )
        }


@pytest.fixture(scope="module")
def warm_worker(pg18: EmbeddedServer) -> Iterator[DbtWorker]:
    """A process that has this project's dbt imported."""
    with tempfile.TemporaryDirectory() as directory:
        root = shutil.copytree(PROJECT, Path(directory) / "project")
        worker = DbtWorker(root, environment_of(pg18), Path(directory) / "output")
        try:
            yield worker
        finally:
            worker.stop()


@pytest.fixture(scope="module")
def everything(server: EmbeddedServer, warm_worker: DbtWorker) -> Iterator[Models]:
    """The project with its sources, on each supported version."""
    with new_database(server) as database, tempfile.TemporaryDirectory() as directory:
        root = shutil.copytree(PROJECT, Path(directory) / "project")
        models = Models(root, warm_worker, {**environment_of(server), **database})
        models.query("do $$ begin create role reader; exception when duplicate_object then null; end $$")
        models.query((PROJECT / "source.sql").read_text())
        yield models


@pytest.fixture(scope="module")
def built(everything: Models) -> Models:
    """After two runs of the models that work, on two threads; the second one on another day."""
    everything.run("--exclude", "broken").succeeded()
    everything.query("update src.settings set today = 2")
    everything.query("truncate src.hook_log")
    everything.run("--exclude", "broken").succeeded()
    return everything


@pytest.fixture
def broken(built: Models) -> Iterator[Models]:
    """Room for models that fail."""
    folder = built.root / "models" / "broken"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    yield built
    shutil.rmtree(folder)


def types_of(models: Models, table: str) -> dict[str, str]:
    """The columns of a table, in their order, and their types."""
    return dict(
        models.query(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute"
            f" where attrelid = '{table}'::regclass and attnum > 0 order by attnum"
        )
    )


# --- what arrives -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", ["copied_by_arrow", "copied_by_pandas", "copied_by_polars", "copied_in_batches", "passed_on"]
)
def test_every_type_survives_a_copy_byte_for_byte(built: Models, model: str) -> None:
    different = built.query(
        f"select a.id, b.id from src.everything as a full join made_copied.{model} as b using (id)"
        " where (a.*)::record *<> (b.*)::record"
    )
    assert different == []
    assert built.query(f"select count(*) from made_copied.{model}") == [(7,)]
    assert types_of(built, f"made_copied.{model}") == types_of(built, "src.everything")


def test_columns_without_a_type_in_the_yaml_get_the_exact_one(built: Models) -> None:
    assert types_of(built, "made.by_default") == {
        "small": "smallint",
        "whole": "integer",
        "big": "bigint",
        "unsigned": "numeric",
        "money": "numeric(9,2)",
        "text": "text",
        "at": "timestamp without time zone",
        "day": "date",
        "tags": "text[]",
    }
    assert built.query("select unsigned, money, tags from made.by_default") == [
        (2**64 - 1, Decimal("1.10"), ["a", None])
    ]


def test_an_empty_frame_makes_an_empty_table(built: Models) -> None:
    assert built.query("select count(*) from made.nothing") == [(0,)]
    assert built.query(
        "select pg_typeof(id), pg_typeof(name) from (select) as one left join made.nothing on true"
    ) == [("bigint", "text")]


def test_an_iterator_may_ask_the_database_between_its_pieces(built: Models) -> None:
    assert built.query("select count(*), count(distinct id), min(today), max(today) from made.in_pieces") == [
        (1000, 1000, 2, 2)
    ]


# --- what dbt promises --------------------------------------------------------------------------------------


def test_the_contract_stands_in_the_database(built: Models) -> None:
    assert built.query(
        "select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute"
        " where attrelid = 'made.scored'::regclass and attnum > 0 order by attnum"
    ) == [("id", "integer", True), ("name", "character varying(20)", False), ("is_high", "boolean", True)]
    assert built.query(
        "select pg_get_constraintdef(oid) from pg_constraint"
        " where conrelid = 'made.scored'::regclass and contype = 'p'"
    ) == [("PRIMARY KEY (id)",)]
    assert built.query("select count(*) filter (where is_high), count(*) from made.scored") == [(600, 1000)]


def test_indexes_grants_and_docs_are_there(built: Models) -> None:
    indexes = built.query(
        "select indexdef from pg_indexes where tablename = 'scored' and schemaname = 'made'"
    )
    assert any("USING hash (name)" in definition for (definition,) in indexes)
    assert built.query("select has_table_privilege('reader', 'made.scored', 'select')") == [(True,)]
    assert built.query(
        "select obj_description('made.scored'::regclass), col_description('made.scored'::regclass, 1)"
    ) == [("Who scores high.", "Whose score it is.")]


def test_hooks_run_inside_and_outside_the_transaction(built: Models) -> None:
    assert built.query("select event, sees from src.hook_log") == [
        ("before", None),
        ("begun", None),
        ("made", 1000),
        ("after", 1000),
    ]


def test_sql_models_read_python_models(built: Models) -> None:
    assert built.query("select people from made.reads_scored") == [(1000,)]


@pytest.mark.parametrize("model", ["added", "added_by_delete_insert", "added_by_merge"])
def test_an_incremental_model_replaces_rows_of_equal_key(built: Models, model: str) -> None:
    assert built.query(f"select id, day, seen from made.{model} order by id") == [
        (1, 1, 0),
        (2, 2, 2),
        (3, 2, 2),
    ]


def test_an_incremental_model_may_append(built: Models) -> None:
    assert built.query("select id, day from made.added_by_append order by id, day") == [
        (1, 1),
        (2, 1),
        (2, 2),
        (3, 2),
    ]


def test_an_incremental_model_may_grow_a_column(built: Models) -> None:
    assert built.query("select id, more from made.grown") == [(1, "x")]


def test_nothing_is_left_behind_by_models_that_work(built: Models) -> None:
    assert [name for name in built.relations() if "__dbt" in name or "staging" in name] == []


# --- what goes wrong ----------------------------------------------------------------------------------------


def returning(value: str, before: str = "") -> str:
    """The code of a model that returns this."""
    imports = "import sys\n\nimport pandas as pd\nimport pyarrow as pa\n\n\n"
    return f"{imports}{before}def model(dbt, session):\n    return {value}\n"


HELPER = """def helper(value):
    raise ValueError(f"no {value}")


"""
PIECES = """def pieces():
    yield pa.table({"id": [1]})
    yield pa.table({"id": [1 // 0]})


"""
ENFORCED = "config: {contract: {enforced: true}}\n    "
FAILS = {
    "raises": (
        returning("helper('luck')", HELPER),
        "",
        ["ValueError: no luck", "models/broken/raises.py, line 8, in helper", "raises.py, line 12, in model"],
    ),
    "raises_late": (
        returning("pieces()", PIECES),
        "",
        ["ZeroDivisionError", "raises_late.py, line 9, in pieces"],
    ),
    "exits": (returning("sys.exit('enough')"), "", ["SystemExit: enough", "exits.py, line 8, in model"]),
    "bad_query": (
        returning("session.sql('select nothing from nowhere').arrow()"),
        "",
        ['relation "nowhere" does not exist', "bad_query.py, line 8, in model"],
    ),
    "no_frame": (returning("5"), "", ["the model returned a builtins.int"]),
    "wrong_type": (
        returning('pa.table({"id": list(range(20000)), "at": ["no time"] * 20000})'),
        "columns: [{name: id, data_type: int}, {name: at, data_type: timestamptz}]",
        ['column "at", row 1', "'no time' is of Arrow type string", "timestamp with time zone"],
    ),
    "passes_on_wrong_type": (
        returning("session.sql('select 1.5 as n')"),
        "columns: [{name: n, data_type: int}]",
        ['column "n" is of type numeric, not integer'],
    ),
    "too_large": (
        returning('pa.table({"n": [*range(20000), 2**40]})'),
        "columns: [{name: n, data_type: int}]",
        ['column "n", row 20001', "1099511627776 is no value of type integer"],
    ),
    "no_json": (
        returning('pa.table({"j": ["{}"] * 9000 + ["{"]})'),
        "columns: [{name: j, data_type: jsonb}]",
        ['column "j", row 9001', "invalid input syntax for type json"],
    ),
    "no_mood": (
        returning('pa.table({"m": ["sad", "happy"]})'),
        "columns: [{name: m, data_type: src.mood}]",
        ['column "m", row 2', '"happy"'],
    ),
    "mixed": (
        returning('pd.DataFrame({"x": [1, None, "a"]}, dtype=object)'),
        "",
        ['column "x", row 3', "'a' is a str, those before are int"],
    ),
    "lacks": (
        returning('pa.table({"a": [1], "c": [1]})'),
        ENFORCED + "columns: [{name: a, data_type: int}, {name: b, data_type: int}]",
        ['lacks "b"', 'has "c"'],
    ),
    "violates": (
        returning('pa.table({"a": pa.array([1, None])})'),
        ENFORCED + "columns: [{name: a, data_type: int, constraints: [{type: not_null}]}]",
        ["row 2", 'null value in column "a"'],
    ),
    "untyped": (
        returning('pa.table({"s": [{"a": 1}]})'),
        "",
        ['column "s" is of Arrow type struct', "name its data_type"],
    ),
}


def test_errors_name_the_cause_and_leave_nothing_behind(broken: Models) -> None:
    before = broken.relations()
    for name, (code, yaml, _) in FAILS.items():
        broken.model(name, code, f"models:\n  - name: {name}\n    {yaml}\n" if yaml else "")
    run = broken.run("--select", "broken")
    assert run.exit_code == 1
    assert f"ERROR={len(FAILS)}" in run.output, run.output
    for name, (_, _, phrases) in FAILS.items():
        told = re.split(r"\n\d\d:\d\d:\d\d +(?:Failure in model |Done)", run.output)
        (story,) = (part for part in told if part.startswith(f"{name} ("))
        for phrase in phrases:
            assert phrase in story, story
        # The way there, and no more: nothing of this package, nor of dbt.
        assert "dbt_postgres_python/" not in story
        assert "site-packages" not in story
    assert broken.relations() == before


def test_the_old_table_outlives_a_run_that_fails(broken: Models) -> None:
    yaml = """
models:
  - name: kept
    config:
      contract: {enforced: true}
      post_hook: 'select 1 / (2 - max(a)) from {{ this }}'
    columns: [{name: a, data_type: int, constraints: [{type: check, expression: 'a < 5'}]}]
"""
    broken.model("kept", returning('pa.table({"a": [1]})'), yaml)
    broken.run("--select", "kept").succeeded()
    before = broken.relations()
    # The first fails at a constraint, the second when the tables have changed places already.
    for value in (7, 2):
        broken.model("kept", returning(f'pa.table({{"a": [{value}]}})'))
        assert broken.run("--select", "kept").exit_code == 1
        assert broken.query("select a from made_broken.kept") == [(1,)]
        assert broken.relations() == before


def test_two_python_models_run_at_the_same_time(broken: Models) -> None:
    code = """
import time
from pathlib import Path


def wait_for(other):
    for _ in range(300):
        if Path(other).exists():
            return
        time.sleep(0.1)
    raise TimeoutError("the other model does not run")


def model(dbt, session):
    Path("MINE").touch()
    wait_for("OTHER")
    return dbt.source("src", "people").arrow()
"""
    broken.model("one", code.replace("MINE", "one.tmp").replace("OTHER", "two.tmp"))
    broken.model("two", code.replace("MINE", "two.tmp").replace("OTHER", "one.tmp"))
    broken.run("--select", "one", "two", "--threads", "2").succeeded()
    assert broken.query(
        "select (select count(*) from made_broken.one), (select count(*) from made_broken.two)"
    ) == [(1000, 1000)]


def test_with_empty_a_model_reads_no_rows(built: Models) -> None:
    built.run("--select", "scored", "--empty").succeeded()
    assert built.query("select count(*) from made.scored") == [(0,)]
    built.run("--select", "scored").succeeded()
    assert built.query("select count(*) from made.scored") == [(1000,)]


def test_a_million_rows_arrive_whole(broken: Models) -> None:
    query = "select n as id, 'x' || n as t, case when n % 3 = 0 then n::numeric / 8 end as m"
    code = returning(f'session.sql("{query} from generate_series(1, 1000000) as n").arrow()')
    broken.model("million", code, "models: [{name: million, columns: [{name: m, data_type: numeric}]}]")
    broken.run("--select", "million").succeeded()
    assert broken.query(
        "select count(*), count(distinct id), count(m), sum(m), bool_and(t = 'x' || id),"
        " bool_and(m = id::numeric / 8) from made_broken.million"
    ) == [(1000000, 1000000, 333333, Decimal("20833354166.625"), True, True)]
