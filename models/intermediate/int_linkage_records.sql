-- Values as found: linkage normalises them in its own way; cleaning them first would take as long as finding pairs.
with records as (

    select
        'dh_personas:' || id as record_key,
        null::uuid as tenant_id,
        name,
        title,
        organization,
        function as department,
        industry_id,
        typical_titles,
        primary_role_id
    from {{ ref('base_dh_personas') }}
    union all
    select
        'org_personas:' || id as record_key,
        tenant_id,
        name,
        null::text as title,
        null::text as organization,
        department,
        industry_id,
        typical_titles,
        primary_role_id
    from {{ ref('base_org_personas') }}

)

select
    records.record_key,
    records.tenant_id,
    records.name,
    records.title,
    records.organization,
    records.department,
    industries.canonical_industry_id as industry_id,
    records.typical_titles::text as typical_titles,
    coalesce(roles.role_title, roles.org_role) as role_label
from records
left join {{ ref('int_industries') }} as industries on records.industry_id = industries.industry_id
left join {{ ref('stg_org_roles') }} as roles on records.primary_role_id = roles.id
