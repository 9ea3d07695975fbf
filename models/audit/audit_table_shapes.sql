-- Law 2: a rebuilt table has the columns of the legacy table, in their order and of their types.
with legacy_columns as (

    {{ catalog_columns({
        'dh_personas': source('legacy', 'dh_personas'),
        'org_personas': source('legacy', 'org_personas'),
        'persona_role_mapping': source('legacy', 'persona_role_mapping'),
        'jtbd_org_persona_mapping': source('legacy', 'jtbd_org_persona_mapping')
    }) }}

),

rebuilt_columns as (

    {{ catalog_columns({
        'dh_personas': ref('legacy_dh_personas'),
        'org_personas': ref('legacy_org_personas'),
        'persona_role_mapping': ref('legacy_persona_role_mapping'),
        'jtbd_org_persona_mapping': ref('legacy_jtbd_org_persona_mapping')
    }) }}

)

select
    coalesce(legacy_columns.source_table, rebuilt_columns.source_table) as source_table,
    coalesce(legacy_columns.position, rebuilt_columns.position) as position,
    legacy_columns.column_name as legacy_column,
    legacy_columns.data_type as legacy_type,
    rebuilt_columns.column_name as rebuilt_column,
    rebuilt_columns.data_type as rebuilt_type,
    case
        when rebuilt_columns.column_name is null then 'the rebuilt table lacks the column'
        when legacy_columns.column_name is null then 'the legacy table has no such column'
        when legacy_columns.column_name <> rebuilt_columns.column_name then 'another column stands here'
        when legacy_columns.data_type <> rebuilt_columns.data_type then 'another type'
    end as problem
from legacy_columns
full join rebuilt_columns
    on
        legacy_columns.source_table = rebuilt_columns.source_table
        and legacy_columns.position = rebuilt_columns.position
where
    legacy_columns.source_table is not null
    -- an optional table that the database lacks is rebuilt as an empty one
    or exists (select from legacy_columns as others where others.source_table = rebuilt_columns.source_table)
