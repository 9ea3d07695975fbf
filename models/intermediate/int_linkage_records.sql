select
    records.source_table || ':' || records.source_id as record_key,
    records.tenant_id,
    records.name,
    records.title,
    records.organization,
    coalesce(records.profile ->> 'department', records.profile ->> 'function') as department,
    industries.canonical_industry_id as industry_id,
    (records.profile -> 'typical_titles')::text as typical_titles,
    coalesce(roles.role_title, roles.org_role) as role_label
from {{ ref('int_persona_records') }} as records
left join {{ ref('int_industries') }} as industries on records.industry_id = industries.industry_id
left join {{ ref('stg_org_roles') }} as roles on records.primary_role_id = roles.id
