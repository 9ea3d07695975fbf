/*
What is this?        Each row is an id of `dh_personas` or `org_personas`, living or deleted, that `persona_ids`
                     does not know or that leads to no persona.
When does it matter? Applications ask for personas by their old ids, for ever.
How to resolve?      Look at the id's line in int_persona_clusters, which is never removed; if its persona is not in
                     `personas`, an id was retired that somebody still has.
*/
with old_ids as (

    select 'dh_personas' as source_table, id as old_id from {{ source('legacy', 'dh_personas') }}
    union
    select 'org_personas' as source_table, id as old_id from {{ source('legacy', 'org_personas') }}
    union
    select source_table, source_id as old_id from {{ ref('persona_source_mapping') }}

)

select
    old_ids.source_table,
    old_ids.old_id,
    persona_ids.persona_id
from old_ids
left join {{ ref('persona_ids') }} as persona_ids
    on
        old_ids.source_table = persona_ids.source_table
        and old_ids.old_id = persona_ids.old_id
left join {{ ref('personas') }} as personas on persona_ids.persona_id = personas.id
where personas.id is null
