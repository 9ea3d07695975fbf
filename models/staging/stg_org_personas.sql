select
    ---------- ids
    id,
    tenant_id,
    {{ clean_text('code') }} as code,
    unique_id,
    primary_role_id,
    {{ clean_text('digital_health_id') }} as digital_health_id,
    {{ clean_text('pharma_id') }} as pharma_id,
    {{ clean_text('biotech_id') }} as biotech_id,
    {{ clean_text('meddev_id') }} as meddev_id,
    {{ clean_text('dx_id') }} as dx_id,
    industry_id,

    ---------- text
    {{ clean_label('name') }} as name,
    name as name_as_found,
    {{ clean_text('expertise_level') }} as expertise_level,
    {{ clean_text('years_experience') }} as years_experience,
    {{ clean_text('decision_authority') }} as decision_authority,
    {{ clean_text('department') }} as department,
    {{ clean_text('reports_to') }} as reports_to,
    {{ clean_text('category_code') }} as category_code,
    {{ clean_text('description') }} as description,
    {{ clean_text('ai_relationship') }} as ai_relationship,
    {{ clean_text('tech_proficiency') }} as tech_proficiency,

    ---------- JSON
    {{ clean_json('education') }} as education,
    {{ clean_json('typical_titles') }} as typical_titles,
    {{ clean_json('capabilities') }} as capabilities,
    {{ clean_json('key_responsibilities') }} as key_responsibilities,
    {{ clean_json('metadata') }} as metadata,
    {{ clean_json('pain_points') }} as pain_points,
    {{ clean_json('goals') }} as goals,
    {{ clean_json('needs') }} as needs,
    {{ clean_json('behaviors') }} as behaviors,
    {{ clean_json('preferred_channels') }} as preferred_channels,
    {{ clean_json('frustrations') }} as frustrations,
    {{ clean_json('motivations') }} as motivations,

    ---------- numbers
    typical_availability_hours,
    response_time_sla_hours,

    ---------- times
    created_at,
    updated_at
from {{ source('legacy', 'org_personas') }}
