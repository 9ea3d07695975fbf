-- Law 2. `record_image_ne` is PostgreSQL's record image operator `*<>`: it compares the stored bytes of two rows. As an
-- operator it would not survive a dump: PostgreSQL writes the view down as `ROW(…) *<> ROW(…)`, which it cannot read.
-- Columns that only one side has are left to audit_table_shapes.
{%- for table in ['dh_personas', 'org_personas', 'persona_role_mapping', 'jtbd_org_persona_mapping'] %}
{%- set columns = legacy_table_columns(table) | map(attribute='quoted') | list %}
select
    '{{ table }}' as source_table,
    coalesce(legacy.id, rebuilt.id) as source_id,
    array_remove(array[
        {%- for column in columns %}
        case when record_image_ne(row(legacy.{{ column }}), row(rebuilt.{{ column }})) then '{{ column | replace('"', '') | replace("'", "''") }}' end{{ ',' if not loop.last }}
        {%- endfor %}
    ], null) as columns,
    case
        when rebuilt.id is null then 'missing in the rebuilt table'
        when legacy.id is null then 'not in the legacy table'
        else 'differs'
    end as problem
from {{ optional_source(table) }} as legacy
full join {{ ref('legacy_' ~ table) }} as rebuilt on legacy.id = rebuilt.id
where
    legacy.id is null
    or rebuilt.id is null
    or record_image_ne(
        row({% for column in columns %}legacy.{{ column }}{{ ', ' if not loop.last }}{% endfor %}),
        row({% for column in columns %}rebuilt.{{ column }}{{ ', ' if not loop.last }}{% endfor %})
    )
union all
select
    '{{ table }}' as source_table,
    rebuilt.id as source_id,
    '{}'::text[] as columns,
    'more than once in the rebuilt table' as problem
from {{ ref('legacy_' ~ table) }} as rebuilt
group by rebuilt.id
having count(*) > 1
union all
select
    '{{ table }}' as source_table,
    legacy.id as source_id,
    '{}'::text[] as columns,
    'more than once in the legacy table' as problem
from {{ optional_source(table) }} as legacy
group by legacy.id
having count(*) > 1
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
union all
select
    misplaced.source_table,
    sources.source_id,
    array_agg(misplaced.column_name) as columns,
    'rebuilt from another place than the seed says' as problem
from {{ ref('audit_misplaced_values') }} as misplaced
inner join {{ ref('persona_source_mapping') }} as sources
    on misplaced.source_table = sources.source_table and misplaced.persona_id = sources.persona_id
group by misplaced.source_table, sources.source_id
