select
    ---------- ids
    id,
    unique_id,
    function_id,

    ---------- text
    {{ clean_text('department_id') }} as department_id,
    {{ clean_label('org_department') }} as org_department,
    {{ clean_text('department_type') }} as department_type,
    {{ clean_text('description') }} as description,
    {{ clean_text('function_area') }} as function_area,
    {{ clean_text('data_classification') }} as data_classification,
    {{ clean_text('export_format') }} as export_format,
    {{ clean_text('created_by') }} as created_by,
    {{ clean_text('updated_by') }} as updated_by,

    ---------- JSON
    {{ clean_json('metadata') }} as metadata,

    ---------- lists
    compliance_requirements,
    critical_systems,
    search_vector,

    ---------- booleans
    migration_ready,

    ---------- times
    created_at,
    updated_at
from {{ optional_source('org_departments') }} as org_departments
