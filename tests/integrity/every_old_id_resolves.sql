/*
What is this?        Each row is an id of `dh_personas` or `org_personas`, living or deleted, that `persona_ids`
                     does not know, or that leads to another persona than `persona_source_mapping` says, or to none.
When does it matter? Applications ask for personas by their old ids, for ever.
How to resolve?      Look at the id's line in int_persona_clusters, which is never removed; if its persona is not in
                     `personas`, an id was retired that somebody still has. Where only the mapping differs, it is
                     from another build: build again.
*/
select * from {{ ref('audit_integrity') }} where relation = 'persona_ids'
