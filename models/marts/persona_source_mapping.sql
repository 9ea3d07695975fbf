{{ config(unique_key=['source_table', 'source_id'],
          meta={'index_definitions': {'persona_source_mapping_persona_id_idx': '(persona_id)'}}) }}
-- depends_on: {{ ref('personas') }}

select
    source_table,
    source_id,
    persona_id,
    match_rule,
    match_probability,
    null::jsonb as residual,
    first_seen_at,
    source_deleted_at
from {{ ref('int_persona_clusters') }}
