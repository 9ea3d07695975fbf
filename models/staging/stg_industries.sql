select
    ---------- ids
    id,
    unique_id,

    ---------- text
    {{ clean_text('industry_code') }} as industry_code,
    {{ clean_label('industry_name') }} as industry_name,
    {{ clean_text('gics_sector') }} as gics_sector,
    {{ clean_text('description') }} as description,

    ---------- JSON
    {{ clean_json('sub_categories') }} as sub_categories,

    ---------- lists
    naics_codes,
    example_agents,

    ---------- times
    created_at,
    updated_at
from {{ source('legacy', 'industries') }}
