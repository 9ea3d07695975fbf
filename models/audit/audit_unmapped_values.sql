with records as (

    select * from {{ ref('int_persona_records') }}

),

decision_authorities as (

    select
        'decision_authority' as crosswalk,
        records.source_table,
        'decision_authority' as source_column,
        records.decision_authority as legacy_value,
        count(*) as legacy_rows,
        min(records.source_id::text) as example_id
    from records
    left join {{ ref('decision_authority_crosswalk') }} as crosswalk
        on lower(records.decision_authority) = crosswalk.legacy_value
    where records.decision_authority is not null and crosswalk.legacy_value is null
    group by records.source_table, records.decision_authority

),

seniority_levels as (

    select
        'seniority' as crosswalk,
        'org_roles' as source_table,
        'seniority_level' as source_column,
        roles.seniority_level as legacy_value,
        count(*) as legacy_rows,
        min(roles.id::text) as example_id
    from {{ ref('stg_org_roles') }} as roles
    left join {{ ref('seniority_crosswalk') }} as crosswalk
        on lower(roles.seniority_level) = crosswalk.legacy_value
    where roles.seniority_level is not null and crosswalk.legacy_value is null
    group by roles.seniority_level

),

industry_codes as (

    select
        'industry' as crosswalk,
        records.source_table,
        codes.key as source_column,
        codes.value as legacy_value,
        count(*) as legacy_rows,
        min(records.source_id::text) as example_id
    from records
    cross join lateral jsonb_each_text(records.industry_codes) as codes
    left join {{ ref('int_industry_code_columns') }} as columns
        on codes.key = columns.column_name
    where columns.column_name is null
    group by records.source_table, codes.key, codes.value

)

select * from decision_authorities
union all
select * from seniority_levels
union all
select * from industry_codes
