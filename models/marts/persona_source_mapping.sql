{{ config(unique_key=['source_table', 'source_id'],
          meta={'index_definitions': {'persona_source_mapping_persona_id_idx': '(persona_id)'}}) }}
-- depends_on: {{ ref('personas') }}

select
    clusters.source_table,
    clusters.source_id,
    clusters.persona_id,
    clusters.match_rule,
    clusters.match_probability,
    coalesce(
        residuals.residual,
        {%- if load_relation(this) %}
        -- a deleted row keeps what was kept of it
        stored.residual,
        {%- endif %}
        '{}'
    ) as residual,
    clusters.first_seen_at,
    clusters.source_deleted_at
from {{ ref('int_persona_clusters') }} as clusters
left join {{ ref('int_persona_residuals') }} as residuals
    on
        clusters.source_table = residuals.source_table
        and clusters.source_id = residuals.source_id
{%- if load_relation(this) %}
left join {{ this }} as stored
    on
        clusters.source_table = stored.source_table
        and clusters.source_id = stored.source_id
        and clusters.source_deleted_at is not null
{%- endif %}
