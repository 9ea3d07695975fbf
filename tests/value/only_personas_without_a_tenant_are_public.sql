/*
What is this?        Each row is a persona of a tenant that everybody may see, or one of the shared library that not
                     everybody may, and nobody set that in `persona_overrides`.
When does it matter? Who may see a persona is a matter of trust between tenants.
How to resolve?      Look at `is_public` in int_personas_merged. Personas of the new world, without a legacy row,
                     are not looked at.
*/
select
    personas.id as persona_id,
    personas.tenant_id,
    personas.is_public
from {{ ref('personas') }} as personas
left join {{ ref('persona_overrides') }} as overrides
    on personas.id = overrides.persona_id and overrides.field = 'is_public'
where
    personas.is_public <> (personas.tenant_id is null)
    and overrides.field is null
    and exists (
        select from {{ ref('persona_source_mapping') }} as source_rows
        where source_rows.persona_id = personas.id
    )
