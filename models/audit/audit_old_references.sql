-- Written apart from int_persona_industries, int_persona_roles and int_persona_jobs.
with industries_of_columns as (

    select
        industry_id_columns.column_name,
        industry_id_columns.position,
        industries.canonical_id
    from {{ ref('industry_id_columns') }} as industry_id_columns
    left join {{ ref('audit_industries') }} as industries
        on industry_id_columns.industry_code = industries.industry_code

),

old_values as (

    {% for table in ['dh_personas', 'org_personas'] -%}
    select
        '{{ table }}' as source_table,
        {{ table }}.id as source_id,
        each_column.name as relationship,
        each_column.value,
        each_column.name = 'primary_role_id' as is_primary
    from {{ source('legacy', table) }} as {{ table }}
    inner join lateral (
        values
        ('digital_health_id', {{ without_blank_ends(table ~ '.digital_health_id') }}),
        ('pharma_id', {{ without_blank_ends(table ~ '.pharma_id') }}),
        ('biotech_id', {{ without_blank_ends(table ~ '.biotech_id') }}),
        ('meddev_id', {{ without_blank_ends(table ~ '.meddev_id') }}),
        ('dx_id', {{ without_blank_ends(table ~ '.dx_id') }}),
        ('industry_id', {{ table }}.industry_id::text),
        ('primary_role_id', {{ table }}.primary_role_id::text),
        ('tenant_id', {{ 'null' if table == 'dh_personas' else 'org_personas.tenant_id::text' }})
    ) as each_column (name, value) on true
    where each_column.value is not null
    union all
    {% endfor -%}
    select 'org_personas', persona_id, 'persona_role_mapping', org_role_id::text, is_primary_role is true
    from {{ optional_source('persona_role_mapping') }} as links
    {% for pointer, table in [('persona_id', 'org_personas'), ('persona_dh_id', 'dh_personas')] -%}
    union all
    select '{{ table }}', {{ pointer }}, 'jtbd_org_persona_mapping.{{ pointer }}', jtbd_id::text, false
    from {{ optional_source('jtbd_org_persona_mapping') }} as links
    where {{ pointer }} is not null
    {% endfor %}

)

select
    legacy_rows.source_table,
    legacy_rows.source_id,
    legacy_rows.persona_id,
    legacy_rows.precedence,
    old_values.relationship,
    case
        when old_values.relationship = 'industry_id' then 'industry'
        when columns.canonical_id is not null then 'industry'
        when columns.column_name is not null then 'code'
        when old_values.relationship = 'tenant_id' then 'tenant'
        when old_values.relationship like 'jtbd%' then 'job'
        else 'role'
    end as kind,
    coalesce(industries.canonical_id::text, columns.canonical_id::text, old_values.value) as target_id,
    case when columns.column_name is not null then old_values.value end as code,
    coalesce(columns.position, 0) as position,
    old_values.is_primary
from old_values
inner join {{ ref('audit_legacy_rows') }} as legacy_rows
    on
        old_values.source_table = legacy_rows.source_table
        and old_values.source_id = legacy_rows.source_id
        and legacy_rows.contributes
left join {{ ref('audit_industries') }} as industries
    on
        old_values.relationship = 'industry_id'
        and old_values.value = industries.id::text
left join industries_of_columns as columns on old_values.relationship = columns.column_name
