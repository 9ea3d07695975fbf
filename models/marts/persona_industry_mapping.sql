{{
    config(
        unique_key=['persona_id', 'industry_id'],
        meta={'removes_where': "{{ legacy_row_of_living_persona('old_row') }}"}
    )
}}
-- depends_on: {{ ref('personas') }}, {{ ref('int_persona_clusters') }}

with industries as (

    select * from {{ ref('int_persona_industries') }}

)

{%- if is_incremental() %},

-- Whoever chose another primary industry in the new world keeps it.
with_chosen_primary as (

    select
        persona_id,
        industry_id,
        is_primary
        and not exists (
            select from {{ this }} as chosen
            where
                chosen.persona_id = industries.persona_id
                and chosen.origin = 'new'
                and chosen.is_primary
        ) as is_primary,
        industry_specific_id,
        industry_metadata,
        origin
    from industries

),

-- A soft-deleted persona keeps its mappings; should its primary industry be deleted from
-- `industries`, another of them takes that place.
next_primary_of_deleted as (

    select distinct on (mapped.persona_id)
        mapped.persona_id,
        mapped.industry_id,
        true as is_primary,
        mapped.industry_specific_id,
        mapped.industry_metadata,
        mapped.origin
    from {{ this }} as mapped
    where
        mapped.origin = 'legacy'
        and not exists (
            select from {{ this }} as primary_one
            where primary_one.persona_id = mapped.persona_id and primary_one.is_primary
        )
        and not exists (
            select from industries
            where industries.persona_id = mapped.persona_id
        )
    order by mapped.persona_id, mapped.industry_id

)

select * from with_chosen_primary
union all
select * from next_primary_of_deleted
{%- else %}

select * from industries
{%- endif %}
