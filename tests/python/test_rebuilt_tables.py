"""The old tables, rebuilt from the new ones (law 2): what a residual keeps, and what it may not keep."""

import pytest

from dbt_project import WITHOUT_TESTS, Project

TABLES = ("dh_personas", "org_personas", "persona_role_mapping", "jtbd_org_persona_mapping")
DIFFERENT = """
    select count(*) from {table} as legacy
    full join personas_legacy.legacy_{table} as rebuilt on legacy.id = rebuilt.id
    where legacy.id is null or rebuilt.id is null or legacy::record *<> rebuilt::record
"""


def different_rows(project: Project) -> dict[str, int]:
    """How many rows of each legacy table differ from their rebuilt ones, or stand on one side only."""
    return {table: project.value(DIFFERENT.format(table=table)) for table in TABLES}


def residual_of(project: Project, name: str) -> dict[str, object]:
    """The residual of the `dh_personas` row with this `unique_id`."""
    found = project.value(
        "select residual from personas.persona_source_mapping inner join dh_personas on source_id = id"
        " where source_table = 'dh_personas' and dh_personas.unique_id = %s",
        name,
    )
    assert isinstance(found, dict)
    return found


def insert_dh_persona(project: Project, unique_id: str, **columns: str) -> None:
    """A row with these columns, each given as an SQL expression."""
    values = {"unique_id": f"'{unique_id}'", "persona_code": f"'{unique_id}'", "name": "'N'", "title": "'T'"}
    values |= {"id": "gen_random_uuid()", **columns}
    project.execute(f"insert into dh_personas ({', '.join(values)}) values ({', '.join(values.values())})")


@pytest.mark.each_version
def test_every_row_of_all_four_tables_is_rebuilt(project: Project) -> None:
    assert different_rows(project) == dict.fromkeys(TABLES, 0)


def test_a_residual_keeps_what_differs_and_nothing_else(project_18: Project) -> None:
    insert_dh_persona(project_18, "kept", name="' N '", sector="'S'", tags="'\"[1]\"'", goals="'[1.0]'")
    insert_dh_persona(project_18, "plain", sector="'S'", tags="'[1]'", goals="null")
    project_18.build("run")
    assert residual_of(project_18, "kept") == {"name": " N ", "tags": "[1]"}
    assert residual_of(project_18, "plain") == {}
    assert different_rows(project_18) == dict.fromkeys(TABLES, 0)


def test_a_json_null_a_null_and_a_blank_stay_apart(project_18: Project) -> None:
    insert_dh_persona(project_18, "json null", needs="'null'", tags="null", notes="''", sector="null")
    project_18.build("run")
    assert residual_of(project_18, "json null") == {"needs": None, "notes": "", "(json null)": ["needs"]}
    assert different_rows(project_18) == dict.fromkeys(TABLES, 0)


# Types whose bytes JSON does not keep by itself.
STRANGE = {
    "as_json": ("json", '\'{"b":1,  "a":1, "a":2}\''),
    "words": ("tsvector", "to_tsvector('english', 'two words')"),
    "array_from_0": ("integer[]", "'[0:1]={1,2}'::integer[]"),
    "bits": ("bytea", "'\\x00ff'"),
    "span": ("interval", "'1 mon -2 days 03:04:05.6'"),
    "scale": ("numeric", "1.500"),
    "ratio": ("double precision", "0.1::double precision + 0.2::double precision"),
    "odd \"name's": ("text", "''"),
}


def test_a_column_that_nobody_declared_is_kept_and_rebuilt(project: Project) -> None:
    """Law 3: one run later it is red in the coverage, and not a byte of it is lost."""
    for name, (data_type, value) in STRANGE.items():
        quoted = '"' + name.replace('"', '""') + '"'
        project.execute(f"alter table dh_personas add {quoted} {data_type}")
        project.execute(f"update dh_personas set {quoted} = {value}")
    project.build("run")
    assert different_rows(project) == dict.fromkeys(TABLES, 0)
    run = project.dbt("test", "--select", "every_legacy_column_has_a_disposition")
    assert run.exit_code != 0
    missing = "select column_name from personas_audit.audit_column_coverage where problem is not null"
    assert {name for (name,) in project.query(missing)} == set(STRANGE)


def test_neither_build_nor_reader_depends_on_a_time_zone(project_18: Project) -> None:
    database = project_18.value("select current_database()")
    before = project_18.dump()
    project_18.execute(f"alter database \"{database}\" set timezone = 'Asia/Kathmandu'")
    try:
        project_18.build(*WITHOUT_TESTS)
        assert project_18.dump() == before
        assert different_rows(project_18) == dict.fromkeys(TABLES, 0)
        red = "from personas_audit.audit_fidelity where reason in ('unexplained', 'redundant')"
        assert project_18.value(f"select count(*) {red}") == 0
    finally:
        project_18.execute(f'alter database "{database}" reset timezone')


def test_a_row_that_is_deleted_at_the_source_keeps_its_residual(project_18: Project) -> None:
    insert_dh_persona(project_18, "deleted", name="' N '")
    project_18.build("run")
    kept = residual_of(project_18, "deleted")
    source_id = project_18.value("select id::text from dh_personas where unique_id = 'deleted'")
    project_18.execute("delete from dh_personas where unique_id = 'deleted'")
    project_18.build("run")
    stored = "from personas.persona_source_mapping where source_id = %s"
    assert project_18.query(f"select residual, source_deleted_at is not null {stored}", source_id) == [
        (kept, True)
    ]
    assert different_rows(project_18) == dict.fromkeys(TABLES, 0)


@pytest.mark.each_version
@pytest.mark.parametrize("table", ["dh_personas", "org_personas"])
def test_the_rebuilt_table_has_the_same_columns(project: Project, table: str) -> None:
    columns = """
        select attname, format_type(atttypid, atttypmod) from pg_attribute
        where attrelid = '{}'::regclass and attnum > 0 and not attisdropped order by attnum
    """
    rebuilt = project.query(columns.format(f"personas_legacy.legacy_{table}"))
    assert rebuilt == project.query(columns.format(table))
