select
    ---------- ids
    id,
    unique_id,
    {{ clean_text('persona_code') }} as persona_code,
    primary_role_id,
    industry_id,
    {{ clean_text('digital_health_id') }} as digital_health_id,
    {{ clean_text('pharma_id') }} as pharma_id,
    {{ clean_text('biotech_id') }} as biotech_id,
    {{ clean_text('meddev_id') }} as meddev_id,
    {{ clean_text('dx_id') }} as dx_id,

    ---------- text
    {{ clean_label('name') }} as name,
    name as name_as_found,
    {{ clean_label('title') }} as title,
    {{ clean_label('organization') }} as organization,
    {{ clean_text('background') }} as background,
    {{ clean_text('sector') }} as sector,
    {{ clean_text('function') }} as function,
    {{ clean_text('role_category') }} as role_category,
    {{ clean_text('org_type') }} as org_type,
    {{ clean_text('org_size') }} as org_size,
    {{ clean_text('budget_authority') }} as budget_authority,
    {{ clean_text('team_size') }} as team_size,
    {{ clean_text('key_need') }} as key_need,
    {{ clean_text('decision_cycle') }} as decision_cycle,
    {{ clean_text('therapeutic_areas') }} as therapeutic_areas,
    {{ clean_text('programs_managed') }} as programs_managed,
    {{ clean_text('budget') }} as budget,
    {{ clean_text('team') }} as team,
    {{ clean_text('focus') }} as focus,
    {{ clean_text('projects') }} as projects,
    {{ clean_text('specialization') }} as specialization,
    {{ clean_text('certifications') }} as certifications,
    {{ clean_text('experience') }} as experience,
    {{ clean_text('expertise_level') }} as expertise_level,
    {{ clean_text('decision_authority') }} as decision_authority,
    {{ clean_text('ai_relationship') }} as ai_relationship,
    {{ clean_text('tech_proficiency') }} as tech_proficiency,
    {{ clean_text('source') }} as source,
    {{ clean_text('notes') }} as notes,

    ---------- JSON
    {{ clean_json('responsibilities') }} as responsibilities,
    {{ clean_json('pain_points') }} as pain_points,
    {{ clean_json('goals') }} as goals,
    {{ clean_json('needs') }} as needs,
    {{ clean_json('behaviors') }} as behaviors,
    {{ clean_json('typical_titles') }} as typical_titles,
    {{ clean_json('preferred_channels') }} as preferred_channels,
    {{ clean_json('frustrations') }} as frustrations,
    {{ clean_json('motivations') }} as motivations,
    {{ clean_json('tags') }} as tags,

    ---------- numbers
    tier,
    value_score,
    pain_score,
    adoption_score,
    ease_score,
    strategic_score,
    network_score,
    priority_score,

    ---------- booleans
    is_active,

    ---------- times
    created_at,
    updated_at
from {{ source('legacy', 'dh_personas') }}
