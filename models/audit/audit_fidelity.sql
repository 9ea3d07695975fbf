-- Every residual value needs a reason, each with a predicate of its own, written apart from the mapping (design,
-- section 3): without this a residual would hide any fault. What no predicate explains is `unexplained`.
with shown as (

    {%- for table in ['dh_personas', 'org_personas'] %}
    select
        sources.source_table,
        sources.source_id,
        null::text as pointer,
        null::text as target_id,
        sources.persona_id,
        sources.source_table as row_table,
        sources.source_id as row_id,
        sources.residual,
        images.shown_row
    from {{ ref('persona_source_mapping') }} as sources
    inner join {{ ref('shown_' ~ table) }} as shown on sources.persona_id = shown.persona_id
    -- made once per row, not once per value
    cross join lateral (select to_jsonb(shown) as shown_row limit 1) as images
    where
        sources.source_table = '{{ table }}'
        and sources.source_deleted_at is null
        and sources.residual <> '{}'
    union all
    {%- endfor %}
    select
        sources.source_table,
        sources.source_id,
        sources.pointer,
        sources.target_id,
        sources.persona_id,
        case sources.pointer when 'persona_dh_id' then 'dh_personas' else 'org_personas' end as row_table,
        coalesce((sources.residual ->> sources.pointer)::uuid, sources.persona_id) as row_id,
        sources.residual,
        coalesce(to_jsonb(roles), to_jsonb(jobs), '{}')
        || jsonb_build_object(sources.pointer, sources.persona_id) as shown_row
    from {{ ref('persona_link_source_mapping') }} as sources
    left join {{ ref('shown_persona_role_mapping') }} as roles
        on
            sources.source_table = 'persona_role_mapping'
            and sources.persona_id = roles.persona_id
            and sources.target_id = roles.org_role_id::text
    left join {{ ref('shown_jtbd_org_persona_mapping') }} as jobs
        on
            sources.source_table = 'jtbd_org_persona_mapping'
            and sources.persona_id = jobs.persona_id
            and sources.target_id = jobs.jtbd_id
    where sources.source_deleted_at is null and sources.residual <> '{}'

),

kept as (

    select
        shown.*,
        residuals.key as column_name,
        nullif(residuals.value, 'null') as legacy_value,
        coalesce(shown.residual -> '{{ json_null_key() }}' ? residuals.key, false) as is_json_null,
        nullif(shown.shown_row -> residuals.key, 'null') as shown_value,
        columns.goes_to,
        columns.how,
        columns.cleaning,
        columns.data_type
    from shown
    cross join lateral jsonb_each(shown.residual) as residuals
    left join {{ ref('column_mapping') }} as columns
        on shown.source_table = columns.source_table and residuals.key = columns.column_name
    where residuals.key <> '{{ json_null_key() }}'

),

-- A tenant's private row in a persona that also has a living shared row.
private_rows as (

    select
        living.source_table,
        living.source_id
    from {{ ref('persona_source_mapping') }} as living
    inner join {{ ref('personas') }} as personas on living.persona_id = personas.id
    where
        living.source_table = 'org_personas'
        and living.residual ? 'tenant_id'
        and living.residual ->> 'tenant_id' is not null
        and personas.tenant_id is null
        and exists (
            select from {{ ref('persona_source_mapping') }} as shared_rows
            where
                shared_rows.persona_id = living.persona_id
                and shared_rows.source_table = 'dh_personas'
                and shared_rows.source_deleted_at is null
        )

),

cleaned as (

    select
        kept.*,
        {{ cleaned_value('kept.legacy_value', 'kept.cleaning') }} as cleaned_value
    from kept

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
        when cleaned.how is null or cleaned.how = 'unmapped'
            then 'unmapped'
        when
            not cleaned.is_json_null
            and (
                {{ same_json('cleaned.legacy_value', 'cleaned.shown_value') }}
                or (
                    cleaned.data_type = 'timestamp with time zone'
                    and (cleaned.legacy_value #>> '{}')::timestamptz = (cleaned.shown_value #>> '{}')::timestamptz
                )
            )
            then 'redundant'
        when {{ is_overridden('cleaned') }}
            then 'overridden'
        when private_rows.source_id is not null
            then 'kept private'
        when
            cleaned.how = 'carried'
            and cleaned.cleaning <> 'none'
            and {{ same_json('cleaned.cleaned_value', 'cleaned.shown_value') }}
            then 'cleaned'
        when cleaned.how = 'crosswalked' and cleaned.cleaned_value is null and cleaned.shown_value is null
            then 'cleaned'
        when {{ is_crosswalked('cleaned') }}
            then 'crosswalked'
        when {{ has_no_entry('cleaned') }}
            then 'no entry'
        when cleaned.cleaned_value is null and {{ is_filled_in('cleaned') }}
            then 'filled in'
        when {{ lost_a_merge('cleaned', 'survivors') }}
            then 'lost a merge'
        else 'unexplained'
    end as reason
from cleaned
left join private_rows
    on
        cleaned.row_table = private_rows.source_table
        and cleaned.row_id = private_rows.source_id
left join {{ ref('audit_surviving_values') }} as survivors
    on
        cleaned.persona_id = survivors.persona_id
        and cleaned.goes_to = survivors.goes_to
        and survivors.code_column in (cleaned.column_name, '')
