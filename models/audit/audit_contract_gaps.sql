-- depends_on: {{ ref('personas') }}, {{ ref('persona_overrides') }}, {{ ref('audit_builds') }}
-- depends_on: {{ ref('persona_industry_mapping') }}, {{ ref('persona_role_mapping') }}
-- depends_on: {{ ref('persona_jtbd_mapping') }}, {{ ref('persona_source_mapping') }}
-- depends_on: {{ ref('persona_link_source_mapping') }}
{#- sorted: dbt's own order is that in which it has parsed the files -#}
{%- set nodes = graph.nodes.values() | sort(attribute='unique_id') if execute else [] %}
{%- set nodes = nodes | selectattr('resource_type', 'equalto', 'model') | list %}
{#- with --defer the other tables are those of another schema -#}
{%- if is_deferring() %}{% set nodes = nodes | selectattr('unique_id', 'in', selected_resources) | list %}{% endif %}
with promised (table_schema, table_name, kind, name) as (

    {% for node in nodes if node.config.contract.enforced -%}
    {% for constraint in node.constraints if not (constraint.type == 'foreign_key' and not foreign_key_is_made(constraint.to, node.schema)) -%}
    select '{{ node.schema }}', '{{ node.alias }}', 'constraint', '{{ constraint.name }}'
    union all
    {% endfor -%}
    {% for name, key in node.config.meta.get('optional_foreign_keys', {}).items() if is_in_production() -%}
    select '{{ node.schema }}', '{{ node.alias }}', 'constraint', '{{ name }}'
    where to_regclass('{{ source('legacy', key.table).include(database=false) | string | replace("'", "''") }}') is not null
    union all
    {% endfor -%}
    {% for column in node.columns.values() -%}
    select '{{ node.schema }}', '{{ node.alias }}', 'column of type ' || '{{ column.data_type }}'::regtype, '{{ column.name }}'
    union all
    {% for constraint in column.constraints -%}
    select '{{ node.schema }}', '{{ node.alias }}', 'not null', '{{ column.name }}'
    union all
    {% if 'default ' in (constraint.expression or '') -%}
    select '{{ node.schema }}', '{{ node.alias }}', 'default', '{{ column.name }}'
    union all
    {% endif -%}
    {% endfor -%}
    {% endfor -%}
    {% for index in node.config.meta.get('index_definitions', {}) -%}
    select '{{ node.schema }}', '{{ node.alias }}', 'index', '{{ index }}'
    union all
    {% endfor -%}
    {% endfor -%}
    select null, null, null, null where false

),

found as (

    -- the build marks a constraint with the definition that it has
    select conrelid as table_oid, 'constraint' as kind, conname::text as name
    from pg_constraint
    where convalidated and obj_description(oid, 'pg_constraint') like 'contract %'
    union all
    select attrelid, 'column of type ' || format_type(atttypid, atttypmod), attname::text
    from pg_attribute
    where attnum > 0 and not attisdropped
    union all
    select attrelid, 'not null', attname::text
    from pg_attribute
    where attnotnull
    union all
    select attrelid, 'default', attname::text
    from pg_attribute
    where atthasdef
    union all
    select pg_index.indrelid, 'index', indexes.relname::text
    from pg_index
    inner join pg_class as indexes on pg_index.indexrelid = indexes.oid
    where pg_index.indisvalid

)

select
    promised.table_name as relation,
    promised.name as key,
    promised.kind || ' is missing, not valid, or not the one that was promised' as problem
from promised
left join pg_namespace on promised.table_schema = pg_namespace.nspname
left join pg_class
    on
        pg_namespace.oid = pg_class.relnamespace
        and promised.table_name = pg_class.relname
left join found
    on
        pg_class.oid = found.table_oid
        and promised.kind = found.kind
        and promised.name = found.name
where found.name is null
union all
select
    pg_class.relname::text as relation,
    found.name as key,
    found.kind || ' was not promised' as problem
from found
inner join pg_class on found.table_oid = pg_class.oid
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where
    found.kind like 'column %'
    and (pg_namespace.nspname, pg_class.relname) in (select promised.table_schema, promised.table_name from promised)
    and found.name not in (
        select promised.name from promised
        where promised.table_schema = pg_namespace.nspname and promised.table_name = pg_class.relname
    )
