select
    ---------- ids
    id,
    unique_id,

    ---------- text
    {{ clean_label('title') }} as title,
    {{ clean_text('jtbd_code') }} as jtbd_code,
    {{ clean_text('original_id') }} as original_id,
    {{ clean_text('statement') }} as statement,
    {{ clean_text('source') }} as source,
    {{ clean_text('persona_context') }} as persona_context,

    ---------- numbers
    importance,
    satisfaction,
    opportunity_score
from {{ optional_source('jtbd_library') }} as jtbd_library
