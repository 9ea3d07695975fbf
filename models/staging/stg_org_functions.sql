select
    ---------- ids
    id,
    unique_id,

    ---------- text
    {{ clean_label('org_function') }} as org_function,
    {{ clean_text('description') }} as description,
    {{ clean_text('created_by') }} as created_by,
    {{ clean_text('updated_by') }} as updated_by,

    ---------- lists
    search_vector,

    ---------- booleans
    migration_ready,

    ---------- times
    created_at,
    updated_at
from {{ optional_source('org_functions') }} as org_functions
