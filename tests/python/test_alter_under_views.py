"""A migration of a legacy table under the views that read it: `alter_under_views`."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from dbt_project import Project

VIEWS = """
select
    view.oid::regclass::text, pg_get_viewdef(view.oid), view.reloptions, view.relowner,
    coalesce(view.relacl, acldefault('r', view.relowner))::text,
    (
        select array_agg(
            concat_ws(' ', attname, attacl::text, col_description(view.oid, attnum)) order by attnum
        )
        from pg_attribute where attrelid = view.oid and attnum > 0
    ),
    obj_description(view.oid, 'pg_class')
from pg_class as view inner join pg_namespace as schema on view.relnamespace = schema.oid
where view.relkind = 'v' and (schema.nspname ^@ 'personas' or schema.nspname = 'public')
order by 1
"""
ALTER = "select personas_staging.alter_under_views(array['{0}'::regclass], 'alter table {0} {1}')"


def test_views_are_as_they_were(project_18: Project) -> None:
    project_18.execute(
        "create role reader",
        "create view of_an_application with (security_barrier = true) as"
        " select id, name as known_as from personas_legacy.legacy_org_personas",
        "grant select (known_as) on of_an_application to reader",
        "comment on column of_an_application.known_as is 'its own words'",
        "alter default privileges grant select on tables to reader",
    )
    before = project_18.query(VIEWS)
    told = project_18.value(ALTER.format("org_personas", "alter column department type varchar(300)"))
    assert told.endswith("views were taken off and put back")
    after = project_18.query(VIEWS)
    assert len(after) > 50
    # A view on a column says the type that the column has, and casts it where a text was wanted.
    assert [(name, *rest) for name, _, *rest in after] == [(name, *rest) for name, _, *rest in before]
    assert (
        project_18.value(
            "select data_type from information_schema.columns where table_schema = 'personas_staging'"
            " and table_name = 'base_org_personas' and column_name = 'department'"
        )
        == "character varying"
    )


def test_what_does_not_fit_changes_nothing(project_18: Project) -> None:
    before = project_18.query(VIEWS)
    with pytest.raises(psycopg.Error, match="sector"):
        project_18.execute(ALTER.format("dh_personas", "drop column sector"))
    assert project_18.query(VIEWS) == before


def test_it_waits_for_a_writer_without_holding_up_others(project_18: Project) -> None:
    with project_18.connect() as writer, ThreadPoolExecutor() as pool:
        with writer.transaction():
            writer.execute("update dh_personas set notes = 'held'")
            migration = ALTER.format("dh_personas", "alter column tier type bigint")
            altering = pool.submit(project_18.value, migration)
            for _ in range(5):
                # As a trigger of the writer would.
                writer.execute("set local lock_timeout = '5s'")
                assert writer.execute("select count(*) from personas_staging.stg_dh_personas").fetchone()
                time.sleep(0.1)
            assert not altering.done()
        assert altering.result(timeout=60).endswith("put back")
