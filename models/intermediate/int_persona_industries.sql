with claims as (

    select
        clusters.persona_id,
        clusters.precedence,
        industries.canonical_industry_id as industry_id,
        null::text as industry_code,
        0 as position
    from {{ ref('int_persona_clusters') }} as clusters
    inner join {{ ref('int_persona_records') }} as records
        on
            clusters.source_table = records.source_table
            and clusters.source_id = records.source_id
    inner join {{ ref('int_industries') }} as industries
        on records.industry_id = industries.industry_id
    where clusters.contributes
    union all
    select
        clusters.persona_id,
        clusters.precedence,
        columns.industry_id,
        records.industry_codes ->> columns.column_name as industry_code,
        columns.position
    from {{ ref('int_persona_clusters') }} as clusters
    inner join {{ ref('int_persona_records') }} as records
        on
            clusters.source_table = records.source_table
            and clusters.source_id = records.source_id
    inner join {{ ref('int_industry_code_columns') }} as columns
        on records.industry_codes ? columns.column_name
    where clusters.contributes

),

one_row_per_industry as (

    select
        persona_id,
        industry_id,
        array_agg(industry_code order by precedence, position) filter (where industry_code is not null)
            as industry_codes,
        min(precedence) filter (where position = 0) as industry_precedence,
        min(precedence) as first_precedence,
        min(position) as first_position
    from claims
    group by persona_id, industry_id

)

select
    persona_id,
    industry_id,
    row_number() over (
        partition by persona_id
        order by industry_precedence, first_precedence, first_position, industry_id
    ) = 1 as is_primary,
    industry_codes[1] as industry_specific_id,
    case
        when cardinality(array_remove(industry_codes, industry_codes[1])) > 0
            then jsonb_build_object(
                'other_ids', to_jsonb(array_remove(industry_codes, industry_codes[1]))
            )
        else '{}'
    end as industry_metadata,
    'legacy'::text as origin
from one_row_per_industry
