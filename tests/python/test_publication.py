"""A publication FOR ALL TABLES, which is what change data capture makes, stops no build."""

from dbt_project import Project

CHANGED = "update {0} set {1} = 'changed' where id = (select id from {0} order by id limit 1)"
WITHOUT_IDENTITY = """
select c.oid::regclass::text from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname like 'personas%' and c.relkind in ('r', 'p') and c.relpersistence = 'p' and c.relreplident = 'd'
    and not exists (select from pg_index where indrelid = c.oid and indisprimary)
"""


def test_builds_go_on_under_a_publication_for_all_tables(project_18: Project) -> None:
    project_18.execute("create publication everything for all tables")
    project_18.execute(
        CHANGED.format("dh_personas", "notes"),
        CHANGED.format("org_personas", "department"),
    )
    seed = "seeds/title_seniority.csv"
    project_18.replace(seed, "intern,", "newcomer,")
    project_18.build("build", "--exclude-resource-type", "unit_test")
    project_18.dbt("run-operation", "dual_write_on").succeeded()
    assert project_18.query(WITHOUT_IDENTITY) == []


def test_a_table_that_has_no_primary_key_yet_gets_one(project_18: Project) -> None:
    project_18.execute(
        "alter table personas_staging.role_words drop constraint role_words_pkey",
        "alter table personas_audit.snapshot_org_personas drop constraint snapshot_org_personas_pkey",
        "create publication everything for all tables",
        CHANGED.format("org_personas", "department"),
    )
    project_18.replace("seeds/role_words.csv", "manager", "managerial")
    project_18.build("seed", "--select", "role_words")
    project_18.build("snapshot", "--select", "snapshot_org_personas")
    assert project_18.query(WITHOUT_IDENTITY) == []
