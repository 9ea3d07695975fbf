{{ config(unique_key=['source_table', 'source_id', 'pointer'],
          meta={'index_definitions': {'persona_link_source_mapping_persona_id_idx': '(persona_id)'}}) }}
-- depends_on: {{ ref('personas') }}

select * from {{ ref('int_persona_links') }}
