/*
What is this?        Each row is a legacy column that its staging view does not have, or a legacy table without a
                     staging view: `_sources.yml` compared with the views.
When does it matter? Always: what staging drops can reach no mart, no residual and no rebuilt table.
How to resolve?      Add the column to `models/staging/stg_<table>.sql`, cleaned as its neighbours are. A new table
                     needs a staging model, and its name in the list below.
*/
{% set tables = [
    'dh_personas', 'org_personas', 'industries', 'org_roles', 'org_functions', 'org_departments', 'tenants',
    'persona_role_mapping', 'jtbd_library', 'jtbd_org_persona_mapping'
] %}
with declared as (

    {% set sources = graph.sources.values() if execute else [] -%}
    {% for table in sources if table.source_name == 'legacy' -%}
    {% for column in table.columns.values() -%}
    select '{{ table.name }}' as table_name, '{{ column.name }}' as column_name
    union all
    {% endfor -%}
    {% endfor -%}
    select null, null where false

),

staged as (

    {% for table in tables -%}
    {% set view = ref('stg_' ~ table) -%}
    select '{{ table }}' as table_name, attname::text as column_name
    from pg_attribute
    where attrelid = '{{ view }}'::regclass
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select declared.*
from declared
left join staged
    on declared.table_name = staged.table_name and declared.column_name = staged.column_name
where staged.column_name is null
