-- Every residual value needs a reason, each with a predicate of its own, written apart from the mapping (design,
-- section 3): without this a residual would hide any fault. What no predicate explains is `unexplained`.
with columns as materialized (

    select
        *,
        case when goes_to like 'personas.profile.%' then split_part(goes_to, '.', 3) end as profile_key
    from {{ ref('column_mapping') }}

),

industries as materialized (

    select
        to_jsonb(industries.id) as id,
        to_jsonb(industries.canonical_id) as canonical_id,
        code_columns.column_name
    from {{ ref('audit_industries') }} as industries
    left join {{ ref('industry_id_columns') }} as code_columns
        on industries.industry_code = code_columns.industry_code

),

-- Few personas, so that the many values that have no part in a merge find nothing quickly.
survivors as materialized (

    select
        persona_id,
        jsonb_object_agg(goes_to || ' ' || code_column, value) as field_values
    from {{ ref('audit_surviving_values') }}
    group by persona_id

),

kept as (

    select
        sources.source_table,
        sources.source_id,
        null::text as pointer,
        null::text as target_id,
        sources.persona_id,
        sources.residual,
        residuals.key as column_name,
        residuals.value as legacy_value,
        columns.goes_to,
        columns.how,
        columns.cleaning,
        columns.data_type,
        nullif(
            case
                when columns.profile_key is not null then personas.profile -> columns.profile_key
                else {{ shown_value('columns.goes_to', 'columns.column_name', 'personas') }}
            end,
            'null'
        ) as shown_value
    from {{ ref('persona_source_mapping') }} as sources
    inner join {{ ref('personas') }} as personas on sources.persona_id = personas.id
    cross join lateral jsonb_each(sources.residual) as residuals
    left join columns
        on sources.source_table = columns.source_table and residuals.key = columns.column_name
    where sources.source_deleted_at is null
    union all
    select
        sources.source_table,
        sources.source_id,
        sources.pointer,
        sources.target_id,
        sources.persona_id,
        sources.residual,
        residuals.key as column_name,
        residuals.value as legacy_value,
        columns.goes_to,
        columns.how,
        columns.cleaning,
        columns.data_type,
        nullif(case
            when columns.how = 'resolved' then to_jsonb(sources.persona_id)
            when columns.goes_to = 'persona_role_mapping.is_primary' then to_jsonb(roles.is_primary)
            when columns.goes_to = 'persona_role_mapping.responsibilities'
                then case
                    when roles.responsibilities = jsonb_build_array(roles.responsibilities -> 0)
                        then roles.responsibilities -> 0
                end
            when columns.goes_to like 'persona_jtbd_mapping.%'
                then to_jsonb(jobs) -> split_part(columns.goes_to, '.', 2)
        end, 'null') as shown_value
    from {{ ref('persona_link_source_mapping') }} as sources
    cross join lateral jsonb_each(sources.residual) as residuals
    left join columns
        on sources.source_table = columns.source_table and residuals.key = columns.column_name
    left join {{ ref('persona_role_mapping') }} as roles
        on
            sources.source_table = 'persona_role_mapping'
            and sources.persona_id = roles.persona_id
            and sources.target_id = roles.role_id::text
    left join {{ ref('persona_jtbd_mapping') }} as jobs
        on
            sources.source_table = 'jtbd_org_persona_mapping'
            and sources.persona_id = jobs.persona_id
            and sources.target_id = jobs.jtbd_id
    where sources.source_deleted_at is null

),

cleaned as (

    select
        kept.source_table,
        kept.source_id,
        kept.pointer,
        kept.target_id,
        kept.persona_id,
        kept.residual,
        kept.column_name,
        kept.goes_to,
        kept.how,
        kept.cleaning,
        kept.data_type,
        nullif(kept.legacy_value, 'null') as legacy_value,
        kept.shown_value,
        coalesce(kept.residual -> '{{ json_null_key() }}' ? kept.column_name, false) as is_json_null,
        {{ cleaned_value('kept.legacy_value', 'kept.cleaning') }} as cleaned_value
    from kept
    where kept.column_name <> '{{ json_null_key() }}'

)

select
    cleaned.source_table,
    cleaned.source_id,
    cleaned.pointer,
    cleaned.persona_id,
    cleaned.column_name,
    case when cleaned.is_json_null then 'null' else cleaned.legacy_value end as legacy_value,
    cleaned.shown_value,
    case
        when cleaned.how is null and {{ is_no_column('cleaned') }}
            then 'unexplained'
        when cleaned.how is null or cleaned.how = 'unmapped'
            then 'unmapped'
        when {{ is_redundant('cleaned') }}
            then 'redundant'
        when cleaned.cleaning <> 'none' and {{ is_cleaned('cleaned') }}
            then 'cleaned'
        when cleaned.how = 'crosswalked' and {{ is_crosswalked('cleaned') }}
            then 'crosswalked'
        when cleaned.how = 'crosswalked' and {{ has_no_entry('cleaned') }}
            then 'no entry'
        when {{ is_overridden('cleaned') }}
            then 'overridden'
        when {{ is_kept_private('cleaned') }}
            then 'kept private'
        when cleaned.cleaned_value is null and {{ is_filled_in('cleaned') }}
            then 'filled in'
        when {{ lost_a_merge('cleaned', 'survivors') }}
            then 'lost a merge'
        else 'unexplained'
    end as reason
from cleaned
left join survivors on cleaned.persona_id = survivors.persona_id
