{{ config(materialized='chain_view', meta={'security_invoker': true}) }}

select
    source_table,
    source_id as old_id,
    persona_id
from {{ ref('int_persona_clusters') }}
