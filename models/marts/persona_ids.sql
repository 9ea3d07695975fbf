{{ config(materialized='chain_view', contract={'enforced': false}) }}

select
    source_table,
    source_id as old_id,
    persona_id
from {{ ref('int_persona_clusters') }}
