select
    ---------- ids
    id,

    ---------- text
    {{ clean_label('name') }} as name,
    {{ clean_text('slug') }} as slug,
    {{ clean_text('type') }} as type,
    {{ clean_text('industry') }} as industry,

    ---------- JSON
    {{ clean_json('metadata') }} as metadata
from {{ optional_source('tenants') }} as tenants
