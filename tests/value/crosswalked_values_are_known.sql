/*
What is this?        Each row is a persona whose `seniority_level` or `decision_authority` is none that the
                     crosswalk seeds lead to, and that nobody set in `persona_overrides`.
When does it matter? Filters offer the known values only; personas with another one cannot be found.
How to resolve?      Write the value in the seed as its neighbours are written.
*/
with known as (

    select 'seniority_level' as field, seniority_level as value from {{ ref('seniority_crosswalk') }}
    union
    select 'decision_authority' as field, decision_authority as value from {{ ref('decision_authority_crosswalk') }}

),

found as (

    select id as persona_id, 'seniority_level' as field, seniority_level as value from {{ ref('personas') }}
    union all
    select id as persona_id, 'decision_authority' as field, decision_authority as value from {{ ref('personas') }}

)

select found.*
from found
left join known on found.field = known.field and found.value = known.value
left join {{ ref('persona_overrides') }} as overrides
    on found.persona_id = overrides.persona_id and found.field = overrides.field
where
    found.value is not null
    and known.value is null
    and overrides.field is null
