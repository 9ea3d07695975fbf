select
    ---------- ids
    id,
    persona_id,
    org_role_id,

    ---------- text
    {{ clean_text('match_type') }} as match_type,
    {{ clean_text('match_confidence') }} as match_confidence,
    {{ clean_text('role_context') }} as role_context,
    {{ clean_text('created_by') }} as created_by,

    ---------- numbers
    match_score,

    ---------- booleans
    is_primary_role,

    ---------- times
    created_at,
    updated_at
from {{ optional_source('persona_role_mapping') }} as persona_role_mapping
