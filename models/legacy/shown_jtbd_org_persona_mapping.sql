-- What the jobs mapping shows, in the shape of `jtbd_org_persona_mapping`.
select
    persona_id,
    jtbd_id,
    relevance_score,
    typical_frequency,
    use_case_examples,
    expected_benefit,
    adoption_barriers
from {{ ref('persona_jtbd_mapping') }}
