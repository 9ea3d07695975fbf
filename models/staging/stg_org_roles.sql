select
    ---------- ids
    id,
    unique_id,
    reports_to_role_id,
    function_id,
    department_id,

    ---------- text
    {{ clean_label('org_role') }} as org_role,
    {{ clean_label('role_title') }} as role_title,
    {{ clean_text('description') }} as description,
    {{ clean_text('seniority_level') }} as seniority_level,
    {{ clean_text('function_area') }} as function_area,
    {{ clean_text('department_name') }} as department_name,
    {{ clean_text('created_by') }} as created_by,
    {{ clean_text('updated_by') }} as updated_by,

    ---------- JSON
    {{ clean_json('metadata') }} as metadata,

    ---------- lists
    required_skills,
    required_certifications,
    search_vector,

    ---------- numbers
    years_experience_min,
    years_experience_max,

    ---------- booleans
    migration_ready,
    is_active,

    ---------- times
    created_at,
    updated_at
from {{ source('legacy', 'org_roles') }}
