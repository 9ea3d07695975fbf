/*
What is this?        Each row is a persona called `Unknown Persona` although no legacy row of it is called so.
When does it matter? Always: that is how the first attempt lost about 200 names.
How to resolve?      Look at every_name_is_shown, which says what the name should be.
*/
select
    personas.id as persona_id,
    personas.name
from {{ ref('personas') }} as personas
where
    personas.name ~* '^\s*unknown persona\s*$'
    and not exists (
        select from {{ ref('persona_source_mapping') }} as source_rows
        inner join {{ source('legacy', 'dh_personas') }} as dh_personas on source_rows.source_id = dh_personas.id
        where source_rows.persona_id = personas.id and dh_personas.name ilike '%unknown%persona%'
    )
    and not exists (
        select from {{ ref('persona_source_mapping') }} as source_rows
        inner join {{ source('legacy', 'org_personas') }} as org_personas on source_rows.source_id = org_personas.id
        where source_rows.persona_id = personas.id and org_personas.name ilike '%unknown%persona%'
    )
