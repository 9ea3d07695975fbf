/*
What is this?        Each row is a persona whose `profile` does not show the title of one of its legacy rows: letter
                     for letter, white space and what has no width aside.
When does it matter? Applications search titles; the first attempt left `profile` empty.
How to resolve?      Look at `title` in stg_dh_personas and at record_profile, for several rows at
                     int_personas_combined.
*/
{% set white_space =
    '[\\u0001- \\u007f-\\u00a0\\u00ad\\u115f\\u1160\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f'
    ~ '\\u205f-\\u2064\\u2066-\\u206f\\u2800\\u3000\\u3164\\ufeff\\uffa0]' %}
select
    personas.id as persona_id,
    personas.profile ->> 'title' as found,
    array_agg(dh_personas.title) as expected_one_of
from {{ source('legacy', 'dh_personas') }} as dh_personas
inner join {{ ref('persona_source_mapping') }} as source_rows
    on
        source_rows.source_table = 'dh_personas'
        and dh_personas.id = source_rows.source_id
inner join {{ ref('personas') }} as personas on source_rows.persona_id = personas.id
where
    regexp_replace(dh_personas.title, '{{ white_space }}', '', 'g') <> ''
    -- unless somebody said another one in the new world, which the old table cannot hold
    and not exists (
        select from {{ ref('persona_overrides') }} as overrides
        where overrides.persona_id = personas.id and overrides.field = 'profile' and overrides.value ? 'title'
    )
group by personas.id, personas.profile
having
    bool_or(
        regexp_replace(dh_personas.title, '{{ white_space }}', '', 'g')
        = regexp_replace(personas.profile ->> 'title', '{{ white_space }}', '', 'g')
    ) is not true
