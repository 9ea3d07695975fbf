/*
What is this?        Each row is a persona in which rows of two tenants meet, or whose tenant is not that of its
                     rows. A persona with a row of the shared library is shared.
When does it matter? One tenant would read what belongs to another.
How to resolve?      Look at the decisions in seeds/match_decisions.csv that name the rows (int_match_problems
                     should have stopped the build), then at `contributes` in int_persona_clusters.
*/
with legacy_rows as (

    select 'dh_personas' as source_table, id as source_id, null::uuid as tenant_id
    from {{ source('legacy', 'dh_personas') }}
    union all
    select 'org_personas' as source_table, id as source_id, tenant_id
    from {{ source('legacy', 'org_personas') }}

),

tenants_of_personas as (

    select
        source_rows.persona_id,
        count(distinct legacy_rows.tenant_id) as tenants,
        bool_or(legacy_rows.tenant_id is null) as is_shared,
        min(legacy_rows.tenant_id::text) as a_tenant_id
    from legacy_rows
    inner join {{ ref('persona_source_mapping') }} as source_rows
        on
            legacy_rows.source_table = source_rows.source_table
            and legacy_rows.source_id = source_rows.source_id
    group by source_rows.persona_id

)

select
    tenants_of_personas.*,
    personas.tenant_id
from tenants_of_personas
inner join {{ ref('personas') }} as personas on tenants_of_personas.persona_id = personas.id
where
    tenants_of_personas.tenants > 1
    or (tenants_of_personas.is_shared and personas.tenant_id is not null)
    or (
        not tenants_of_personas.is_shared
        and personas.tenant_id::text is distinct from tenants_of_personas.a_tenant_id
    )
