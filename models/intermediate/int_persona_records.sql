-- Each leaf is a plain select over one relation: no join, no lateral, and no CTE, which stops
-- PostgreSQL from flattening a view. Only then is one key answered by index, and not by reading
-- both tables (tests/python/test_chain_plans.py).
select
    'dh_personas'::text as source_table,
    id as source_id,
    null::uuid as tenant_id,
    unique_id,
    persona_code as code,
    name,
    title,
    organization,
    name_as_found,
    background as description,
    decision_authority,
    responsibilities,
    pain_points,
    goals,
    primary_role_id,
    industry_id,
    {{ industry_codes() }} as industry_codes,
    created_at,
    updated_at,
    case when is_active is false then updated_at end as deleted_at,
    {{ record_profile('staged', columns_elsewhere=[
        'id', 'unique_id', 'name', 'name_as_found', 'background', 'decision_authority',
        'responsibilities', 'pain_points', 'goals', 'primary_role_id', 'industry_id',
        'is_active', 'created_at', 'updated_at'
    ], json_columns=[
        'needs', 'behaviors', 'typical_titles', 'preferred_channels', 'frustrations',
        'motivations', 'tags'
    ]) }} as profile
from {{ ref('stg_dh_personas') }} as staged
union all
select
    'org_personas'::text as source_table,
    id as source_id,
    tenant_id,
    unique_id,
    code,
    name,
    null::text as title,
    null::text as organization,
    name_as_found,
    description,
    decision_authority,
    key_responsibilities as responsibilities,
    pain_points,
    goals,
    primary_role_id,
    industry_id,
    {{ industry_codes() }} as industry_codes,
    created_at,
    updated_at,
    null::timestamptz as deleted_at,
    {{ record_profile('staged', columns_elsewhere=[
        'id', 'tenant_id', 'unique_id', 'name', 'name_as_found', 'description',
        'decision_authority', 'key_responsibilities', 'pain_points', 'goals',
        'primary_role_id', 'industry_id', 'created_at', 'updated_at'
    ], json_columns=[
        'education', 'typical_titles', 'capabilities', 'metadata', 'needs', 'behaviors',
        'preferred_channels', 'frustrations', 'motivations'
    ]) }} as profile
from {{ ref('stg_org_personas') }} as staged
