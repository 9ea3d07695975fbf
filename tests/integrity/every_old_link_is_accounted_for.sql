/*
What is this?        Each row is a pointer of an old link (`persona_role_mapping`, `jtbd_org_persona_mapping`) that
                     `persona_link_source_mapping` does not have, has for another persona or target, or takes for
                     living although the legacy table no longer has it.
When does it matter? Always: what an old link says would be lost without a trace.
How to resolve?      Rows written while the build ran: build again. Else look at int_persona_link_sources, which
                     reads int_job_links and stg_persona_role_mapping.
*/
with pointers as (

    select
        'persona_role_mapping' as source_table,
        id as source_id,
        'persona_id' as pointer,
        'org_personas' as persona_table,
        persona_id as legacy_persona_id,
        org_role_id::text as target_id
    from {{ optional_source('persona_role_mapping') }} as links
    union all
    select
        'jtbd_org_persona_mapping' as source_table,
        id as source_id,
        'persona_id' as pointer,
        'org_personas' as persona_table,
        persona_id as legacy_persona_id,
        jtbd_id::text as target_id
    from {{ optional_source('jtbd_org_persona_mapping') }} as links
    where persona_id is not null
    union all
    select
        'jtbd_org_persona_mapping' as source_table,
        id as source_id,
        'persona_dh_id' as pointer,
        'dh_personas' as persona_table,
        persona_dh_id as legacy_persona_id,
        jtbd_id::text as target_id
    from {{ optional_source('jtbd_org_persona_mapping') }} as links
    where persona_dh_id is not null

),

legacy_links as (

    select
        pointers.*,
        persona_ids.persona_id
    from pointers
    left join {{ ref('persona_ids') }} as persona_ids
        on
            pointers.persona_table = persona_ids.source_table
            and pointers.legacy_persona_id = persona_ids.old_id

),

mapped_links as (

    select *
    from {{ ref('persona_link_source_mapping') }}
    where source_deleted_at is null

)

select
    coalesce(legacy_links.source_table, mapped_links.source_table) as source_table,
    coalesce(legacy_links.source_id, mapped_links.source_id) as source_id,
    coalesce(legacy_links.pointer, mapped_links.pointer) as pointer,
    legacy_links.persona_id as persona_wanted,
    mapped_links.persona_id as persona_found,
    legacy_links.target_id as target_wanted,
    mapped_links.target_id as target_found
from legacy_links
full join mapped_links
    on
        legacy_links.source_table = mapped_links.source_table
        and legacy_links.source_id = mapped_links.source_id
        and legacy_links.pointer = mapped_links.pointer
where
    legacy_links.persona_id is distinct from mapped_links.persona_id
    or legacy_links.target_id is distinct from mapped_links.target_id
