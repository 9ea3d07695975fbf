"""Bad input ends with an exit code, one line that names it, and marts as they were (design, laws 7 to 9)."""

from collections.abc import Iterator

import pytest

from dbt_project import DATABASE, TABLES, WITHOUT_TESTS, Project, Run, Workshop
from personas.demo.load import load_demo

BUILDER = "builder"
# Dropping these views takes the chain along, so that a legacy column can be changed.
CHAIN = "personas_staging.stg_dh_personas, personas_staging.stg_org_personas"


def assert_refused(project: Project, run: Run, versions: dict[str, list[str]], *phrases: str) -> None:
    """One message, on one line, with all the phrases; nothing was written."""
    assert run.exit_code in (1, 2), run.output
    (line,) = run.lines_with(phrases[0])
    for phrase in phrases:
        assert phrase in line
    assert len(run.lines_with(" Error")) == 1, run.output
    assert "Traceback" not in run.output
    assert project.row_versions() == versions


# --- the legacy tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("harm", "phrase"),
    [
        pytest.param(
            "alter table dh_personas rename to dh_people",
            "table public.dh_personas is missing",
            id="missing table",
        ),
        pytest.param(
            "alter table org_roles set schema personas_audit",
            "table public.org_roles is missing",
            id="table in another schema",
        ),
        pytest.param(
            "alter table dh_personas rename column title to titel",
            "column public.dh_personas.title (text) is missing",
            id="renamed column",
        ),
        pytest.param(
            "alter table jtbd_org_persona_mapping rename column persona_dh_id to dh_id",
            "column public.jtbd_org_persona_mapping.persona_dh_id (uuid) is missing",
            id="renamed column of an optional table",
        ),
    ],
)
def test_a_legacy_table_that_changed_is_named(project_18: Project, harm: str, phrase: str) -> None:
    versions = project_18.row_versions()
    project_18.execute(harm)
    assert_refused(project_18, project_18.dbt(*TABLES), versions, phrase)


def test_all_that_is_wrong_is_named_at_once_and_mending_it_is_enough(project_18: Project) -> None:
    versions = project_18.row_versions()
    project_18.execute(
        f"drop view {CHAIN} cascade",
        "alter table dh_personas drop column notes cascade",
        "alter table org_personas drop column reports_to cascade",
        "alter table org_personas alter column response_time_sla_hours type text",
    )
    run = project_18.dbt("run")
    assert_refused(
        project_18,
        run,
        versions,
        "column public.org_personas.response_time_sla_hours is text, not integer",
        "column public.dh_personas.notes (text) is missing",
        "column public.org_personas.reports_to (text) is missing",
    )
    project_18.execute(
        "alter table dh_personas add column notes text",
        "alter table org_personas add column reports_to text, "
        "alter column response_time_sla_hours type integer using response_time_sla_hours::integer",
    )
    project_18.build("run")


def test_a_dropped_table_that_comes_back_builds(project_18: Project) -> None:
    dump, versions = project_18.dump(), project_18.row_versions()
    project_18.execute("create table kept as table jtbd_library", "drop table jtbd_library cascade")
    project_18.execute("create table org_kept as table org_roles", "drop table org_roles cascade")
    run = project_18.dbt("run")
    assert_refused(project_18, run, versions, "table public.org_roles is missing")
    project_18.execute("alter table org_kept rename to org_roles", "alter table kept rename to jtbd_library")
    project_18.execute(
        "alter table org_roles add primary key (id)", "alter table jtbd_library add primary key (id)"
    )
    project_18.build("run")
    assert project_18.dump() == dump
    assert project_18.row_versions() == versions


def test_a_column_more_does_no_harm_and_its_values_are_kept(project_18: Project) -> None:
    dump, versions = project_18.dump(), project_18.row_versions()
    project_18.execute("alter table dh_personas add column added text default 'new'")
    project_18.build("run")
    kept = "select count(*) from personas.persona_source_mapping where residual ->> 'added' = 'new'"
    assert project_18.value(kept) == project_18.value("select count(*) from dh_personas")
    now = project_18.row_versions()
    assert [mart for mart in now if now[mart] != versions[mart]] == ["persona_source_mapping"]
    project_18.execute("alter table dh_personas drop column added cascade")
    project_18.build("run")
    assert project_18.dump() == dump


# --- rights -----------------------------------------------------------------------------------------------


def build_as_another_role(project: Project) -> None:
    """The project_18, built by a role that owns none of its tables."""
    with project.connect() as connection:
        load_demo(connection)
        if not connection.execute("select from pg_roles where rolname = %s", [BUILDER]).rowcount:
            connection.execute(f"create role {BUILDER} login bypassrls")
    project.execute(
        f'grant create on database "{DATABASE}" to {BUILDER}',
        f"grant select, references on all tables in schema public to {BUILDER}",
    )
    project.dbt(*WITHOUT_TESTS, environment={"PGUSER": BUILDER}).succeeded()


@pytest.fixture
def rights(workshop_18: Workshop) -> Iterator[Project]:
    """The project_18, built by a role of its own that dbt uses."""
    with workshop_18.project("rights", build_as_another_role) as project:
        yield project
        project.execute(f"alter role {BUILDER} bypassrls")


@pytest.mark.parametrize(
    ("harm", "phrase"),
    [
        pytest.param(
            f"revoke select on org_personas from {BUILDER}",
            f"no permission to read public.org_personas as {BUILDER}",
            id="no permission",
        ),
        pytest.param(
            f"revoke select on persona_role_mapping from {BUILDER}",
            f"no permission to read public.persona_role_mapping as {BUILDER}",
            id="no permission for an optional table",
        ),
        pytest.param(
            f"alter role {BUILDER} nobypassrls",
            f"row level security hides rows of public.dh_personas from {BUILDER}",
            id="row level security",
        ),
    ],
)
def test_rights_that_hide_rows_stop_the_build(rights: Project, harm: str, phrase: str) -> None:
    versions = rights.row_versions()
    rights.execute(harm)
    run = rights.dbt(*TABLES, environment={"PGUSER": BUILDER})
    assert_refused(rights, run, versions, phrase)


# --- the server -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "value", "phrase"),
    [
        ("PGHOST", "/no/such/place", "/no/such/place"),
        ("PGDATABASE", "no_such_database", 'database "no_such_database" does not exist'),
        ("PGUSER", "no_such_role", 'role "no_such_role" does not exist'),
    ],
)
def test_a_server_that_is_not_there_is_named(
    project_18: Project, setting: str, value: str, phrase: str
) -> None:
    versions = project_18.row_versions()
    run = project_18.dbt(*TABLES, environment={setting: value})
    assert_refused(project_18, run, versions, phrase)


def test_a_target_schema_that_holds_legacy_tables_is_refused(project_18: Project) -> None:
    """Its `persona_role_mapping` is a source, and has the name of a mart."""
    legacy = "select string_agg(t::text, '|' order by id) from public.persona_role_mapping as t"
    before, versions = project_18.value(legacy), project_18.row_versions()
    run = project_18.dbt(*WITHOUT_TESTS, environment={"PERSONAS_SCHEMA": "public"})
    assert_refused(project_18, run, versions, "the target schema public holds the legacy tables")
    assert project_18.value(legacy) == before


# --- sudden losses ----------------------------------------------------------------------------------------

SOME = (
    "(select id from dh_personas where is_active and id not in (select persona_dh_id "
    "from jtbd_org_persona_mapping where persona_dh_id is not null) order by id limit {})"
)
RECENTLY_DELETED = "select count(*) from personas.personas where deleted_at > now() - interval '1 hour'"
CHANGE = "update org_personas set description = 'a change that waits' where id = "
CHANGE += "(select id from org_personas order by id limit 1)"


LOSSES = {
    "deleted": (f"delete from dh_personas where id in {SOME.format(15)}", "personas"),
    "emptied": ("truncate dh_personas cascade", "personas"),
    "inactive": (f"update dh_personas set is_active = false where id in {SOME.format(15)}", "personas"),
    "roles": ("truncate persona_role_mapping", "persona_role_mapping"),
    "jobs": ("truncate jtbd_org_persona_mapping", "persona_jtbd_mapping"),
    "industries": (
        "update dh_personas set industry_id = null, digital_health_id = null, pharma_id = null, "
        f"biotech_id = null where id in {SOME.format(90)}",
        "persona_industry_mapping",
    ),
}


@pytest.mark.parametrize(("harm", "mart"), LOSSES.values(), ids=LOSSES)
def test_a_sudden_loss_stops_the_build(project_18: Project, harm: str, mart: str) -> None:
    versions = project_18.row_versions()
    project_18.execute(harm, CHANGE)
    run = project_18.dbt(*TABLES)
    assert_refused(project_18, run, versions, "Stopped before writing", mart, "allow_mass_loss: true")


def test_a_sudden_loss_is_written_when_it_is_allowed(project_18: Project) -> None:
    project_18.execute(LOSSES["deleted"][0], LOSSES["jobs"][0])
    project_18.build(variables={"allow_mass_loss": True})
    assert project_18.value(RECENTLY_DELETED) == 15
    assert project_18.value("select count(*) from personas.persona_jtbd_mapping") == 0


def test_a_small_loss_is_none(project_18: Project) -> None:
    project_18.execute(f"delete from dh_personas where id in {SOME.format(10)}")
    project_18.build()
    assert project_18.value(RECENTLY_DELETED) == 10


# --- full refresh -----------------------------------------------------------------------------------------


def test_a_full_refresh_of_the_marts_is_refused(project_18: Project) -> None:
    versions = project_18.row_versions()
    run = project_18.dbt(*TABLES, "--full-refresh")
    assert_refused(
        project_18, run, versions, "A full refresh of the live tables", "personas", "is refused", "refill"
    )


@pytest.mark.parametrize("mart", ["personas", "persona_industry_mapping", "persona_role_mapping"])
def test_a_mart_is_refilled_by_name(project_18: Project, mart: str) -> None:
    """In place: what was edited is as the legacy side has it, what is new stays, other marts do too."""
    new = "99999999-0000-4000-8000-000000000001"
    industry = project_18.value("select min(id::text) from industries")
    role = project_18.value("select min(id::text) from org_roles")
    before = project_18.dump()
    project_18.execute(
        "insert into personas.personas (id, unique_id, name, persona_type, is_public) "
        f"values ('{new}', 'born here', 'New', 'individual', true)",
        "insert into personas.persona_industry_mapping (persona_id, industry_id, is_primary) "
        f"values ('{new}', '{industry}', true)",
        f"insert into personas.persona_role_mapping (persona_id, role_id) values ('{new}', '{role}')",
    )
    with_new, versions = project_18.dump(), project_18.row_versions()
    # The comment as well: by it a later build knows the constraint as its own.
    keys = "select conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') "
    keys += "from pg_constraint where connamespace = "
    keys += "'personas'::regnamespace order by conname"
    constraints = project_18.query(keys)
    edits = {
        "personas": "name = 'edited'",
        "persona_industry_mapping": "industry_specific_id = 'edited'",
        "persona_role_mapping": "responsibilities = '[\"edited\"]'",
    }
    where = f"where {'id' if mart == 'personas' else 'persona_id'} <> '{new}'"
    project_18.execute(f"update personas.{mart} set {edits[mart]} {where}")
    project_18.build("run", "--full-refresh", "--select", mart, variables={"refill": [mart]})
    assert project_18.dump() == with_new
    now = project_18.row_versions()
    assert now.pop(mart) != versions.pop(mart)
    assert now == versions
    assert project_18.query(keys) == constraints
    project_18.execute(f"delete from personas.personas where id = '{new}'")
    assert project_18.dump() == before


def test_stored_ids_are_never_refreshed(project_18: Project) -> None:
    before = project_18.dump()
    project_18.build("run", "--full-refresh", "--select", "int_persona_clusters", "persona_overrides")
    assert project_18.dump() == before
    run = project_18.dbt(
        "run",
        "--full-refresh",
        "--select",
        "int_persona_clusters",
        variables={"refill": ["int_persona_clusters"]},
    )
    run.succeeded()
    assert project_18.dump() == before
