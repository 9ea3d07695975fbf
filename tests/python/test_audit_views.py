"""Every kind of problem that the audit views know appears when it is there, in the view that names it.

Each break is done to a built demo in a transaction of its own, which is rolled back.
"""

from dataclasses import dataclass

from dbt_project import Project

NOTHING = "select"
# Of one legacy row, of the shared library, active, with a title, a tier and pain points.
DH = "(select id from victim_dh)"
ORG = "(select id from victim_org)"
MERGED = "(select persona_id from merged)"
NOWHERE = "'00000000-0000-4000-8000-00000000dead'"
BACKGROUND = """
set local session_replication_role = replica;
create temporary table victim_dh on commit drop as
select dh_personas.id from dh_personas join personas.personas using (id)
where is_active and profile ?& '{title, tier, sector}' and jsonb_typeof(personas.pain_points) = 'array'
and personas.pain_points <> '[]' and dh_personas.pain_points = personas.pain_points
and personas.name <> '' and dh_personas.industry_id is not null and dh_personas.primary_role_id is not null
and (select count(*) from personas.persona_source_mapping where persona_id = dh_personas.id) = 1
order by id limit 1;
create temporary table victim_org on commit drop as
select org_personas.id from org_personas join personas.personas using (id)
where (select count(*) from personas.persona_source_mapping where source_id = org_personas.id) = 1
order by id limit 1;
create temporary table merged on commit drop as
select persona_id from personas.persona_source_mapping
group by persona_id having count(*) > 1 order by persona_id limit 1;
do $$ declare found record; begin
    for found in
        select conrelid::regclass as relation, conname from pg_constraint
        where connamespace = 'personas'::regnamespace and contype in ('p', 'u', 'x', 'c')
        order by contype = 'p'
    loop
        execute format('alter table %s drop constraint if exists %I cascade', found.relation, found.conname);
    end loop;
end $$;
"""


@dataclass(frozen=True)
class Break:
    """What is done, the view that must show it, and a condition on the row that it shows."""

    deed: str
    view: str
    row: str


def personas(change: str, whose: str = DH) -> str:
    """An update of one persona."""
    return f"update personas.personas set {change} where id = {whose}"


def profile(change: str) -> str:
    """An update of one persona's profile."""
    return personas(f"profile = profile || '{change}'")


BREAKS = {
    # --- row accounting ---
    "row not mapped": Break(
        f"delete from personas.persona_source_mapping where source_id = {DH}",
        "audit_row_accounting",
        f"source_table = 'dh_personas' and problem like '1 legacy rows are not mapped%' || {DH}",
    ),
    "row mapped as deleted": Break(
        f"update personas.persona_source_mapping set source_deleted_at = now() where source_id = {ORG}",
        "audit_row_accounting",
        f"source_table = 'org_personas' and problem like '1 legacy rows are not mapped%' || {ORG}",
    ),
    "row invented": Break(
        "insert into personas.persona_source_mapping"
        f" select 'dh_personas', {NOWHERE}, id, 'own', null, '{{}}', now(), null from victim_dh",
        "audit_row_accounting",
        "source_table = 'dh_personas' and problem like '1 rows are mapped as living, but not in%dead'",
    ),
    "persona gone": Break(
        f"delete from personas.personas where id = {DH}",
        "audit_row_accounting",
        "source_table = 'dh_personas' and problem = '1 personas of mapped rows are not in personas'",
    ),
    "persona doubled": Break(
        f"insert into personas.personas select * from personas.personas where id = {DH}",
        "audit_row_accounting",
        "source_table = 'personas' and problem like '1 more rows in personas than legacy rows became%'",
    ),
    "link not mapped": Break(
        "delete from personas.persona_link_source_mapping where pointer = 'persona_dh_id'"
        " and source_id = (select id from jtbd_org_persona_mapping where persona_dh_id is not null limit 1)",
        "audit_row_accounting",
        "source_table like 'jtbd%' and tenant_id is null and problem like '1 legacy rows are not mapped%'",
    ),
    # --- relationships ---
    "industry lost": Break(
        f"delete from personas.persona_industry_mapping where persona_id = {DH}",
        "audit_relationship_parity",
        f"relationship = 'industry_id' and source_id = {DH} and problem = 'missing'",
    ),
    "industry wrong": Break(
        "update personas.persona_industry_mapping set industry_id ="
        " (select id from industries where industry_code like '%payers%')"
        f" where persona_id = {DH} and is_primary",
        "audit_relationship_parity",
        f"relationship = 'industry' and persona_id = {DH} and problem = 'nothing old says so'",
    ),
    "another industry primary": Break(
        "update personas.persona_industry_mapping set is_primary = not is_primary where persona_id ="
        " (select persona_id from personas.persona_industry_mapping group by 1 having count(*) > 1 limit 1)",
        "audit_relationship_parity",
        "problem = 'primary in only one of the two'",
    ),
    "industry-specific id lost": Break(
        "update personas.persona_industry_mapping set industry_specific_id = null"
        " where industry_specific_id = 'P105'",
        "audit_relationship_parity",
        "relationship = 'pharma_id' and problem = 'another id in the code book'",
    ),
    "industry-specific id added": Break(
        'update personas.persona_industry_mapping set industry_metadata = \'{"other_ids": ["X"]}\''
        " where industry_specific_id = 'P105'",
        "audit_relationship_parity",
        "problem = 'another id in the code book'",
    ),
    "role lost": Break(
        f"delete from personas.persona_role_mapping where persona_id = {DH}",
        "audit_relationship_parity",
        f"relationship = 'primary_role_id' and source_id = {DH} and problem = 'missing'",
    ),
    "role no longer primary": Break(
        f"update personas.persona_role_mapping set is_primary = false where persona_id = {DH}",
        "audit_relationship_parity",
        f"source_id = {DH} and problem = 'primary in only one of the two'",
    ),
    "old role link lost": Break(
        "delete from personas.persona_role_mapping m using persona_role_mapping o"
        " where m.persona_id = o.persona_id and m.role_id = o.org_role_id",
        "audit_relationship_parity",
        "relationship = 'persona_role_mapping' and problem = 'missing'",
    ),
    "job lost": Break(
        "delete from personas.persona_jtbd_mapping",
        "audit_relationship_parity",
        "relationship = 'jtbd_org_persona_mapping.persona_dh_id' and problem = 'missing'",
    ),
    "job added": Break(
        "insert into personas.persona_jtbd_mapping (persona_id, jtbd_id, origin)"
        f" select {ORG}, id, 'legacy' from jtbd_library where id not in"
        f" (select jtbd_id from personas.persona_jtbd_mapping where persona_id = {ORG}) limit 1",
        "audit_relationship_parity",
        "relationship = 'job' and problem = 'nothing old says so'",
    ),
    "tenant lost": Break(
        personas("tenant_id = null", ORG),
        "audit_relationship_parity",
        f"relationship = 'tenant_id' and source_id = {ORG} and problem = 'missing'",
    ),
    # --- what no legacy column holds ---
    "private made public": Break(
        personas("is_public = true", ORG), "audit_shown_values", "field = 'is_public'"
    ),
    "another seniority": Break(
        personas("seniority_level = 'Guru'"), "audit_shown_values", "shown_value = 'Guru'"
    ),
    "another type": Break(personas("persona_type = 'robot'"), "audit_shown_values", "field = 'persona_type'"),
    "an author": Break(personas("created_by = 'me'"), "audit_shown_values", "field = 'created_by'"),
    "deleted": Break(personas("deleted_at = now()"), "audit_shown_values", "field = 'deleted_at'"),
    "deleted at another time": Break(
        "update personas.personas set deleted_at = deleted_at + interval '1 microsecond'",
        "audit_shown_values",
        "field = 'deleted_at'",
    ),
    "un-deleted": Break(
        "update personas.personas set deleted_at = null", "audit_shown_values", "field = 'deleted_at'"
    ),
    "un-deleted though gone": Break(
        f"update personas.persona_source_mapping set source_deleted_at = now() where source_id = {DH};"
        f"delete from dh_personas where id = {DH}",
        "audit_shown_values",
        f"field = 'deleted_at' and persona_id = {DH}",
    ),
    "moved to another tenant": Break(
        personas("tenant_id = gen_random_uuid()", ORG), "audit_shown_values", "field = 'tenant_id'"
    ),
    "two tenants": Break(
        f"update personas.persona_source_mapping set persona_id = {ORG} where source_table = 'org_personas'",
        "audit_shown_values",
        "problem = 'its legacy rows belong to several tenants'",
    ),
    "unknown persona": Break(
        personas("name = 'Unknown Persona'"),
        "audit_shown_values",
        "field = 'name' and problem like 'none of%'",
    ),
    "blank name": Break(
        personas("name = ' \u00a0'"), "audit_shown_values", "field = 'name' and problem like 'blank%'"
    ),
    "number as string": Break(profile('{"tier": "3"}'), "audit_shown_values", "field = 'tier'"),
    "scale lost": Break(profile('{"priority_score": 5.5}'), "audit_shown_values", "field = 'priority_score'"),
    "text as number": Break(profile('{"sector": 3}'), "audit_shown_values", "field = 'sector'"),
    "JSON null": Break(profile('{"sector": null}'), "audit_shown_values", "problem = 'a JSON null'"),
    "unknown key": Break(profile('{"Sector": "x"}'), "audit_shown_values", "field = 'Sector'"),
    "array as string": Break(
        profile(r'{"needs": "[\"a\", {\"b\": 1}]"}'),
        "audit_shown_values",
        "problem = 'JSON inside a string'",
    ),
    "array as string in a string": Break(
        personas(r"""pain_points = '"\"[\\\"a\\\"]\""'"""), "audit_shown_values", "field = 'pain_points'"
    ),
    "JSON null in a column": Break(personas("goals = 'null'"), "audit_shown_values", "field = 'goals'"),
    # --- integrity ---
    "constraint gone": Break(NOTHING, "audit_integrity", "key = 'personas_pkey'"),
    "constraint not valid": Break(
        "alter table personas.persona_role_mapping drop constraint persona_role_mapping_role_id_fkey,"
        " add constraint persona_role_mapping_role_id_fkey"
        " foreign key (role_id) references org_roles (id) not valid",
        "audit_integrity",
        "key = 'persona_role_mapping_role_id_fkey'",
    ),
    "unique_id twice": Break(
        f"update personas.personas set unique_id = other.unique_id from personas.personas as other"
        f" where personas.id = {DH} and other.id = {MERGED}",
        "audit_integrity",
        "problem = '2 living personas have this unique_id'",
    ),
    "mapping doubled": Break(
        "insert into personas.persona_role_mapping"
        f" select * from personas.persona_role_mapping where persona_id = {DH}",
        "audit_integrity",
        f"relation = 'persona_role_mapping' and key like {DH} || '%' and problem = '2 rows have this key'",
    ),
    "key null": Break(
        "alter table personas.personas alter column id drop not null;" + personas("id = null"),
        "audit_integrity",
        "relation = 'personas' and problem = '1 rows have this key'",
    ),
    "persona dangling": Break(
        f"delete from personas.personas where id = {DH}",
        "audit_integrity",
        "relation = 'persona_industry_mapping' and problem like 'persona_id % is not in personas'",
    ),
    "industry dangling": Break(
        f"update personas.persona_industry_mapping set industry_id = {NOWHERE} where persona_id = {DH}",
        "audit_integrity",
        "problem like 'industry_id % is not in industries'",
    ),
    "role dangling": Break(
        f"update personas.persona_role_mapping set role_id = {NOWHERE} where persona_id = {DH}",
        "audit_integrity",
        "problem like 'role_id % is not in org_roles'",
    ),
    "job dangling": Break(
        "update personas.persona_jtbd_mapping set jtbd_id = 'nowhere'",
        "audit_integrity",
        "problem like 'jtbd_id % is not in jtbd_library'",
    ),
    "second primary": Break(
        "update personas.persona_industry_mapping set is_primary = true",
        "audit_integrity",
        "problem = '2 primary industries of 2'",
    ),
    "no primary": Break(
        f"update personas.persona_industry_mapping set is_primary = false where persona_id = {DH}",
        "audit_integrity",
        "problem like '0 primary industries of %'",
    ),
    "legacy origin without a legacy row": Break(
        f"delete from personas.persona_source_mapping where source_id = {DH}",
        "audit_integrity",
        "problem = 'of legacy origin, but its persona has no legacy row'",
    ),
    "mapping from another build": Break(
        f"update personas.persona_source_mapping set persona_id = {MERGED} where source_id = {DH}",
        "audit_integrity",
        "relation = 'persona_ids' and problem like 'leads to % in persona_source_mapping to %'",
    ),
    "link led astray": Break(
        f"update personas.persona_link_source_mapping set persona_id = {DH}",
        "audit_integrity",
        "relation = 'persona_link_source_mapping' and problem like 'leads to %, not to %'",
    ),
    "merged wrongly": Break(
        f"update personas.persona_source_mapping set persona_id = {MERGED} where source_id = {DH}",
        "audit_integrity",
        f"key = 'dh_personas:' || {DH} and problem like 'merged with a row%'",
    ),
    "not merged": Break(
        f"update personas.persona_source_mapping set persona_id = source_id where persona_id = {MERGED}",
        "audit_integrity",
        "problem = 'not merged with an equal row'",
    ),
    "decision not followed": Break(
        "insert into personas_staging.match_decisions"
        " (left_table, left_id, right_table, right_id, verdict, line_number)"
        f" values ('dh_personas', {DH}::text, 'org_personas', {ORG}::text, 'same', 999)",
        "audit_integrity",
        "problem = 'decided same, but the personas are not'",
    ),
}
# A query finds another persona than before, and nothing explains it.
UNEXPLAINED = {
    "list by tier": personas("profile = profile - 'tier'"),
    "list in order": profile('{"priority_score": 1.11}'),
    "list by source": profile('{"source": "elsewhere"}'),
    "list by industry": f"delete from personas.persona_industry_mapping where persona_id = {DH}",
    "list by role": f"delete from personas.persona_role_mapping where persona_id = {DH}",
    "look up persona_code": profile('{"persona_code": "X"}'),
    "look up unique_id": personas("unique_id = unique_id || ' '"),
    "look up name": personas("name = upper(name) || 'X'"),
    "look up ai_relationship": profile('{"ai_relationship": "friends"}'),
    "look up pain point": personas("pain_points = pain_points - 0"),
    "look up industry-specific id": "delete from personas.persona_industry_mapping",
    "count by tenant": personas("tenant_id = gen_random_uuid()", ORG),
    "jobs of a persona": "delete from personas.persona_jtbd_mapping",
    "detail by id": f"update personas.personas set deleted_at = now() where id = {ORG}",
    "search": "update personas.personas set name = 'X', profile = '{}'",
}


def rows_after(project: Project, deed: str, view: str, row: str) -> int:
    """How many rows of the view meet the condition, after the deed; nothing of it stays."""
    with project.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(BACKGROUND.encode())
        connection.execute(deed.encode())
        query = f"select count(*) from personas_audit.{view} where {row}"
        found = connection.execute(query.encode()).fetchone()
        assert found is not None
        return int(found[0])


def test_each_problem_is_named(project: Project) -> None:
    missed = {}
    for name, case in BREAKS.items():
        before = 0 if case.deed == NOTHING else rows_after(project, NOTHING, case.view, case.row)
        after = rows_after(project, case.deed, case.view, case.row)
        if before > 0 or after == 0:
            missed[name] = before, after
    assert not missed, "rows before and after"


def test_each_query_that_finds_others_is_named(project_18: Project) -> None:
    missed = [
        query
        for query, deed in UNEXPLAINED.items()
        if not rows_after(
            project_18, deed, "audit_query_parity", f"explained_by is null and query = '{query}'"
        )
    ]
    assert not missed
