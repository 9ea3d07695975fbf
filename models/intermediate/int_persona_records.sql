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
    {{ record_profile('staged', [
        'persona_code', 'title', 'organization', 'sector', 'tier', 'function', 'role_category',
        'org_type', 'org_size', 'budget_authority', 'team_size', 'value_score', 'pain_score',
        'adoption_score', 'ease_score', 'strategic_score', 'network_score', 'priority_score',
        'key_need', 'decision_cycle', 'therapeutic_areas', 'programs_managed', 'budget', 'team',
        'focus', 'projects', 'specialization', 'certifications', 'experience',
        'expertise_level', 'ai_relationship', 'tech_proficiency', 'source', 'notes', 'needs',
        'behaviors', 'typical_titles', 'preferred_channels', 'frustrations', 'motivations',
        'tags'
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
    {{ record_profile('staged', [
        'code', 'expertise_level', 'years_experience', 'department', 'reports_to',
        'category_code', 'typical_availability_hours', 'response_time_sla_hours',
        'ai_relationship', 'tech_proficiency', 'education', 'typical_titles', 'capabilities',
        'metadata', 'needs', 'behaviors', 'preferred_channels', 'frustrations', 'motivations'
    ]) }} as profile
from {{ ref('stg_org_personas') }} as staged
