-- What the new world says and the old tables cannot hold: an application on the old side does not see it.
with edited_fields as (

    select
        persona_id,
        field,
        value,
        set_at,
        set_by
    from {{ ref('persona_overrides') }}
    where field <> 'profile'

),

edited_keys as (

    select
        overrides.persona_id,
        'profile.' || keys.key as field,
        keys.value,
        overrides.set_at,
        overrides.set_by
    from {{ ref('persona_overrides') }} as overrides
    cross join lateral jsonb_each(overrides.value) as keys
    where overrides.field = 'profile'

),

edits as (

    select * from edited_fields
    union all
    select * from edited_keys

)

select
    persona_id,
    'personas'::text as relation,
    field as target,
    value,
    set_at,
    set_by
from edits
{%- for mapping, target in {
    'persona_industry_mapping': 'industry_id', 'persona_role_mapping': 'role_id', 'persona_jtbd_mapping': 'jtbd_id'
}.items() %}
union all
select
    persona_id,
    '{{ mapping }}'::text as relation,
    {{ target }}::text as target,
    to_jsonb(mappings) - array['persona_id', '{{ target }}', 'origin'] as value,
    null::timestamptz as set_at,
    null::text as set_by
from {{ ref(mapping) }} as mappings
where origin = 'new'
{%- endfor %}
