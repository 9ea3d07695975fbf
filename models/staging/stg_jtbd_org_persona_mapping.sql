select
    ---------- ids
    id,
    jtbd_id,
    persona_id,
    persona_dh_id,

    ---------- text
    {{ clean_text('typical_frequency') }} as typical_frequency,
    {{ clean_text('use_case_examples') }} as use_case_examples,
    {{ clean_text('expected_benefit') }} as expected_benefit,

    ---------- JSON
    {{ clean_json('adoption_barriers') }} as adoption_barriers,

    ---------- numbers
    relevance_score,

    ---------- times
    created_at,
    updated_at
from {{ optional_source('jtbd_org_persona_mapping') }} as jtbd_org_persona_mapping
