-- A legacy link points at a persona of either table, or of both: one row per pointer.
select
    'persona_id'::text as pointer,
    'org_personas'::text as persona_table,
    persona_id as legacy_persona_id,
    id,
    jtbd_id::text as jtbd_id,
    relevance_score,
    typical_frequency,
    use_case_examples,
    expected_benefit,
    adoption_barriers,
    created_at
from {{ ref('stg_jtbd_org_persona_mapping') }}
where persona_id is not null
union all
select
    'persona_dh_id'::text as pointer,
    'dh_personas'::text as persona_table,
    persona_dh_id as legacy_persona_id,
    id,
    jtbd_id::text as jtbd_id,
    relevance_score,
    typical_frequency,
    use_case_examples,
    expected_benefit,
    adoption_barriers,
    created_at
from {{ ref('stg_jtbd_org_persona_mapping') }}
where persona_dh_id is not null
