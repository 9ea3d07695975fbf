/*
What is this?        Each row is a persona that is deleted although a legacy row of it lives, or lives although all
                     of them are deleted or inactive.
When does it matter? Personas would vanish from the lists, or come back from the dead.
How to resolve?      Look at `is_active` of its rows, at `source_deleted_at` in persona_source_mapping, then at
                     int_personas_combined. A tenant's private row does not keep a shared persona alive.
*/
with living_rows as (

    select 'dh_personas' as source_table, id as source_id, null::uuid as tenant_id
    from {{ source('legacy', 'dh_personas') }}
    where is_active is not false
    union all
    select 'org_personas' as source_table, id as source_id, tenant_id
    from {{ source('legacy', 'org_personas') }}

)

select
    personas.id as persona_id,
    personas.deleted_at,
    count(source_rows.source_id) as legacy_rows,
    count(living_rows.source_id) as living_rows
from {{ ref('personas') }} as personas
inner join {{ ref('persona_source_mapping') }} as source_rows on personas.id = source_rows.persona_id
left join living_rows
    on
        source_rows.source_table = living_rows.source_table
        and source_rows.source_id = living_rows.source_id
        and personas.tenant_id is not distinct from living_rows.tenant_id
group by personas.id, personas.deleted_at
having (personas.deleted_at is null) <> (count(living_rows.source_id) > 0)
