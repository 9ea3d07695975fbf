{{ config(unique_key=['source_table', 'source_id', 'pointer'],
          meta={'index_definitions': {'persona_link_source_mapping_persona_id_idx': '(persona_id)'}}) }}
-- depends_on: {{ ref('personas') }}, {{ ref('int_persona_clusters') }}

with living as (

    select
        links.source_table,
        links.source_id,
        links.pointer,
        links.persona_id,
        links.target_id,
        coalesce(residuals.residual, '{}') as residual,
        null::timestamptz as source_deleted_at
    from {{ ref('int_persona_link_sources') }} as links
    left join {{ ref('int_persona_link_residuals') }} as residuals
        on
            links.source_table = residuals.source_table
            and links.source_id = residuals.source_id
            and links.pointer = residuals.pointer

)

{%- if is_incremental() %},

-- A deleted link keeps its row, and follows its persona through merges.
deleted as (

    select
        link_sources.source_table,
        link_sources.source_id,
        link_sources.pointer,
        coalesce(clusters.persona_id, link_sources.persona_id) as persona_id,
        link_sources.target_id,
        coalesce(link_sources.residual, '{}') as residual,
        coalesce(link_sources.source_deleted_at, now()) as source_deleted_at
    from {{ this }} as link_sources
    left join {{ ref('int_persona_clusters') }} as clusters
        on link_sources.persona_id = clusters.unmerged_persona_id
    where
        not exists (
            select from living
            where
                living.source_table = link_sources.source_table
                and living.source_id = link_sources.source_id
                and living.pointer = link_sources.pointer
        )

)
{%- endif %}

select * from living
{%- if is_incremental() %}
union all
select * from deleted
{%- endif %}
