-- What a persona shows, in the shape of a row of `org_personas`: the way back, written without a look at the way there.
select
    personas.id as persona_id,
    personas.tenant_id,
    fields.code,
    personas.name,
    personas.unique_id,
    fields.expertise_level,
    fields.years_experience,
    fields.education,
    fields.typical_titles,
    personas.decision_authority,
    fields.capabilities,
    personas.responsibilities as key_responsibilities,
    fields.department,
    fields.reports_to,
    fields.category_code,
    fields.typical_availability_hours,
    fields.response_time_sla_hours,
    personas.description,
    fields.metadata,
    personas.created_at,
    personas.updated_at,
    roles.primary_role_id,
    personas.pain_points,
    personas.goals,
    fields.needs,
    fields.behaviors,
    fields.ai_relationship,
    fields.tech_proficiency,
    fields.preferred_channels,
    fields.frustrations,
    fields.motivations,
    coalesce(industries.digital_health_id, fields.digital_health_id) as digital_health_id,
    coalesce(industries.pharma_id, fields.pharma_id) as pharma_id,
    coalesce(industries.biotech_id, fields.biotech_id) as biotech_id,
    coalesce(industries.meddev_id, fields.meddev_id) as meddev_id,
    coalesce(industries.dx_id, fields.dx_id) as dx_id,
    industries.industry_id
from {{ ref('personas') }} as personas
cross join
    lateral jsonb_to_record(personas.profile) as fields (
        code text,
        expertise_level text,
        years_experience text,
        education jsonb,
        typical_titles jsonb,
        capabilities jsonb,
        department text,
        reports_to text,
        category_code text,
        typical_availability_hours integer,
        response_time_sla_hours integer,
        metadata jsonb,
        needs jsonb,
        behaviors jsonb,
        ai_relationship text,
        tech_proficiency text,
        preferred_channels jsonb,
        frustrations jsonb,
        motivations jsonb,
        digital_health_id varchar(50),
        pharma_id varchar(50),
        biotech_id varchar(50),
        meddev_id varchar(50),
        dx_id varchar(50)
    )
cross join (
    {{ industries_by_code_column() }}
) as code_columns
left join lateral (
    {{ shown_industries('personas.id', 'code_columns') }}
) as industries on true
left join lateral (
    {{ shown_primary_role('personas.id') }}
) as roles on true
