"""A Python model among the project's own: its strategy and contract, its chain of views, its `--empty`."""

from dbt_project import Project

CODE = """
import pyarrow.compute as pc


def model(dbt, session):
    dbt.config(materialized="incremental", unique_key="id")
    merged = dbt.ref("int_personas_merged").arrow()
    shouted = pc.utf8_upper(merged["name"])
    return merged.select(["id"]).append_column("shout", shouted)
"""
YAML = """
models:
  - name: shouts
    description: "One row per persona. Primary key: `id`."
    config:
      meta: {removes_where: "true", loses: {of: "true", lost: "false", is: lose}}
    constraints: [{type: primary_key, columns: [id], name: shouts_pkey}]
    columns:
      - {name: id, data_type: uuid, constraints: [{type: not_null}]}
      - {name: shout, data_type: text}
"""
READER = "select shouts.shout from {{ ref('shouts') }} as shouts"
VERSIONS = "select ctid::text, xmin::text from personas.shouts order by ctid"


def test_a_python_model_is_a_mart_like_the_others(project_18: Project) -> None:
    project_18.write("models/marts/shouts.py", CODE)
    project_18.write("models/marts/_shouts.yml", YAML)
    project_18.write("models/audit/audit_shouts.sql", READER)
    build = ("build", "--select", "shouts", "audit_shouts")
    project_18.build(*build)
    compared = (
        "select count(*), count(*) filter (where shout is not distinct from upper(name))"
        " from personas.shouts full join personas_intermediate.int_personas_merged using (id)"
    )
    count = project_18.value("select count(*) from personas_intermediate.int_personas_merged")
    assert project_18.query(compared) == [(count, count)]
    assert project_18.value("select count(*) from personas_audit.audit_shouts") == count
    definition = "select pg_get_constraintdef(oid) from pg_constraint where conname = 'shouts_pkey'"
    assert project_18.value(definition) == "PRIMARY KEY (id)"
    # Nothing changed, so nothing is written; with --empty neither.
    before = project_18.query(VERSIONS)
    project_18.build(*build)
    project_18.build(*build, "--empty")
    assert project_18.query(VERSIONS) == before
    # One row is changed and one is too many: each is put right, and no other is touched.
    project_18.execute(
        "update personas.shouts set shout = 'x' where id = (select min(id::text)::uuid from personas.shouts)",
        "insert into personas.shouts values (gen_random_uuid(), 'nobody')",
    )
    project_18.build(*build)
    assert project_18.query(compared) == [(count, count)]
    assert len(set(project_18.query(VERSIONS)) & set(before)) == count - 1
    assert "is refused" in project_18.dbt("run", "--select", "shouts", "--full-refresh").output
