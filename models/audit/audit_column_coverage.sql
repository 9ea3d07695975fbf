-- Law 3: every column of the legacy tables has a disposition, and every disposition a column.
with legacy_columns as (

    {{ catalog_columns({
        'dh_personas': source('legacy', 'dh_personas'),
        'org_personas': source('legacy', 'org_personas'),
        'persona_role_mapping': source('legacy', 'persona_role_mapping'),
        'jtbd_org_persona_mapping': source('legacy', 'jtbd_org_persona_mapping')
    }) }}

),

new_columns as (

    {{ catalog_columns({
        'personas': ref('personas'),
        'persona_industry_mapping': ref('persona_industry_mapping'),
        'persona_role_mapping': ref('persona_role_mapping'),
        'persona_jtbd_mapping': ref('persona_jtbd_mapping'),
        'persona_source_mapping': ref('persona_source_mapping'),
        'persona_link_source_mapping': ref('persona_link_source_mapping')
    }) }}

)

select
    coalesce(legacy_columns.source_table, columns.source_table) as source_table,
    coalesce(legacy_columns.position, columns.position) as position,
    coalesce(legacy_columns.column_name, columns.column_name) as column_name,
    coalesce(legacy_columns.data_type, columns.data_type) as data_type,
    columns.goes_to,
    columns.how,
    case
        when columns.column_name is null then 'not in the seed column_mapping; only the residuals keep its values'
        when legacy_columns.column_name is null then 'not in the database'
        when legacy_columns.data_type <> columns.data_type then 'the seed says ' || columns.data_type
        when
            not exists (
                select from new_columns
                where columns.goes_to || '.' like new_columns.source_table || '.' || new_columns.column_name || '.%'
            )
            then 'there is no ' || columns.goes_to
    end as problem
from legacy_columns
full join {{ ref('column_mapping') }} as columns
    on
        legacy_columns.source_table = columns.source_table
        and legacy_columns.column_name = columns.column_name
where
    legacy_columns.source_table is not null
    -- the two old link tables may be absent
    or columns.source_table in ('dh_personas', 'org_personas')
    or exists (select from legacy_columns as others where others.source_table = columns.source_table)
