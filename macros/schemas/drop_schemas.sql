{#
  Purpose: drops a family of schemas that is not needed any more, such as those of a pull request, as a dbt operation:
    dbt run-operation drop_schemas --args '{schema: pr_124}'
  Refused where dual-write is on or the legacy tables still carry something of it, where something else reads it, and for a schema
  that is no family of ours.
#}
{% macro drop_schemas(schema) %}
    {%- set names = schema_family(schema) -%}
    {%- set found = run_query('select nspname from pg_namespace where nspname in (' ~ names ~ ') order by 1').columns[0].values() -%}
    {%- set aliases = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}{%- do aliases.append(literal(node.alias)) -%}{%- endfor -%}
    {%- set made = run_query(
        'select 1 from pg_class inner join pg_namespace on relnamespace = pg_namespace.oid where nspname in (' ~ names
        ~ ') and relname in (' ~ aliases | join(', ') ~ ') limit 1'
    ).rows -%}
    {%- if schema == var('legacy_schema') or not made -%}
        {%- do exceptions.raise_compiler_error('Nothing was dropped: ' ~ schema ~ ' is no family of schemas that this project has built.') -%}
    {%- endif -%}
    {%- set state = api.Relation.create(schema=schema ~ '_sync', identifier='dual_write_state') -%}
    {%- if is_own_table(state) and run_query('select 1 from ' ~ state ~ " where mode = 'on'").rows | length > 0 -%}
        {%- do exceptions.raise_compiler_error('Nothing was dropped: dual-write is on in ' ~ schema ~ '. Switch it off first: personas dual-write off.') -%}
    {%- endif -%}
    {%- set users = run_query(_users_of_schemas(names)).columns[0].values() -%}
    {%- if users -%}
        {%- do exceptions.raise_compiler_error('Nothing was dropped: these still need ' ~ schema ~ ': ' ~ users | join(', ') ~ '. Drop or move them first.') -%}
    {%- endif -%}
    {%- set statements = [] -%}
    {%- for name in found -%}{%- do statements.append('drop schema ' ~ adapter.quote(name) ~ ' cascade') -%}{%- endfor -%}
    {%- do run_with_short_locks('the schemas of ' ~ schema, statements) -%}
    {%- do run_query('commit') -%}
    {%- do print('dropped: ' ~ found | join(', ')) -%}
{% endmacro %}


{# Query for what stands outside these schemas and would go with them: views, triggers, foreign keys, defaults, as text. #}
{% macro _users_of_schemas(names) %}
    with ours as (select oid from pg_namespace where nspname in ({{ names }})),

    objects as (
        select 'pg_class'::regclass as catalog, oid from pg_class where relnamespace in (select oid from ours)
        union all
        select 'pg_type'::regclass, oid from pg_type where typnamespace in (select oid from ours)
        union all
        select 'pg_proc'::regclass, oid from pg_proc where pronamespace in (select oid from ours)
    ),

    users as (
        select pg_rewrite.ev_class as relation, 'view' as kind
        from pg_depend inner join pg_rewrite on pg_depend.classid = 'pg_rewrite'::regclass and pg_depend.objid = pg_rewrite.oid
        where (pg_depend.refclassid, pg_depend.refobjid) in (select catalog, oid from objects)
        union all
        select tgrelid, 'trigger ' || tgname from pg_trigger
        where not tgisinternal and tgfoid in (select oid from objects where catalog = 'pg_proc'::regclass)
        union all
        select conrelid, 'foreign key ' || conname from pg_constraint
        where contype = 'f' and confrelid in (select oid from objects where catalog = 'pg_class'::regclass)
        union all
        select adrelid, 'default' from pg_attrdef inner join pg_depend
            on pg_depend.classid = 'pg_attrdef'::regclass and pg_depend.objid = pg_attrdef.oid
        where (pg_depend.refclassid, pg_depend.refobjid) in (select catalog, oid from objects where catalog = 'pg_proc'::regclass)
        union all
        select attrelid, 'column ' || attname from pg_attribute
        where atttypid in (select oid from objects where catalog = 'pg_type'::regclass) and not attisdropped
    )

    select distinct users.kind || ' of ' || pg_class.oid::regclass as description
    from users inner join pg_class on users.relation = pg_class.oid
    where pg_class.relnamespace not in (select oid from ours)
    order by 1
{% endmacro %}
