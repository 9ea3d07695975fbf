/*
What is this?        Each row is a job-to-be-done that a row of `jtbd_org_persona_mapping` links with a persona, but
                     `persona_jtbd_mapping` does not; or the other way round, one of origin `legacy` that no old
                     link knows.
When does it matter? The detail page would lack jobs, and the list count them wrongly.
How to resolve?      Look at int_job_links (two pointers) and int_persona_jobs. Links of a tenant's private row in a
                     shared persona are left out on purpose, here as well.
*/
with old_links as (

    select
        'dh_personas' as source_table,
        links.persona_dh_id as source_id,
        null::uuid as tenant_id,
        links.jtbd_id::text as jtbd_id
    from {{ optional_source('jtbd_org_persona_mapping') }} as links
    where links.persona_dh_id is not null
    union all
    select 'org_personas' as source_table, links.persona_id, org_personas.tenant_id, links.jtbd_id::text
    from {{ optional_source('jtbd_org_persona_mapping') }} as links
    inner join {{ source('legacy', 'org_personas') }} as org_personas
        on links.persona_id = org_personas.id

),

wanted as (

    select distinct
        personas.id as persona_id,
        old_links.jtbd_id
    from old_links
    inner join {{ ref('persona_source_mapping') }} as source_rows
        on
            old_links.source_table = source_rows.source_table
            and old_links.source_id = source_rows.source_id
    inner join {{ ref('personas') }} as personas
        on
            source_rows.persona_id = personas.id
            and personas.tenant_id is not distinct from old_links.tenant_id

),

found as (

    select mappings.*
    from {{ ref('persona_jtbd_mapping') }} as mappings
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
    coalesce(wanted.jtbd_id, found.jtbd_id) as jtbd_id,
    found.origin
from wanted
full join found on wanted.persona_id = found.persona_id and wanted.jtbd_id = found.jtbd_id
where
    found.jtbd_id is null
    or (wanted.jtbd_id is null and found.origin = 'legacy')
