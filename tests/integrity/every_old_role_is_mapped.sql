/*
What is this?        Each row is a role that an old `primary_role_id` or a row of the old `persona_role_mapping`
                     gives to a persona, but the new `persona_role_mapping` does not; or the other way round, a role
                     of origin `legacy` that the old data does not know; or one that is primary in only one of the
                     two.
When does it matter? Lists and filters by role, department and function would show other personas than before.
How to resolve?      Look at int_persona_roles. Roles of a tenant's private row in a shared persona are left out on
                     purpose, here as well.
*/
with old_roles as (

    select
        'dh_personas' as source_table,
        id as source_id,
        null::uuid as tenant_id,
        primary_role_id as role_id,
        true as is_primary
    from {{ source('legacy', 'dh_personas') }}
    where primary_role_id is not null
    union all
    select 'org_personas' as source_table, id, tenant_id, primary_role_id, true
    from {{ source('legacy', 'org_personas') }}
    where primary_role_id is not null
    union all
    select
        'org_personas' as source_table,
        old_links.persona_id,
        org_personas.tenant_id,
        old_links.org_role_id,
        coalesce(old_links.is_primary_role, false)
    from {{ optional_source('persona_role_mapping') }} as old_links
    inner join {{ source('legacy', 'org_personas') }} as org_personas
        on old_links.persona_id = org_personas.id

),

wanted as (

    select
        personas.id as persona_id,
        old_roles.role_id,
        bool_or(old_roles.is_primary) as is_primary
    from old_roles
    inner join {{ ref('persona_source_mapping') }} as source_rows
        on
            old_roles.source_table = source_rows.source_table
            and old_roles.source_id = source_rows.source_id
    inner join {{ ref('personas') }} as personas
        on
            source_rows.persona_id = personas.id
            and personas.tenant_id is not distinct from old_roles.tenant_id
    group by personas.id, old_roles.role_id

),

found as (

    select mappings.*
    from {{ ref('persona_role_mapping') }} as mappings
    where
        mappings.origin = 'new'
        or exists (
            select from {{ ref('persona_source_mapping') }} as source_rows
            where
                source_rows.persona_id = mappings.persona_id
                and source_rows.source_deleted_at is null
        )

)

select
    coalesce(wanted.persona_id, found.persona_id) as persona_id,
    coalesce(wanted.role_id, found.role_id) as role_id,
    wanted.is_primary as was_primary,
    found.is_primary,
    found.origin
from wanted
full join found on wanted.persona_id = found.persona_id and wanted.role_id = found.role_id
where
    found.role_id is null
    or (found.origin = 'legacy' and wanted.is_primary is distinct from found.is_primary)
