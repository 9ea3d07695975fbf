{% set shown_elsewhere = [
    'id', 'unique_id', 'name', 'background', 'description', 'responsibilities', 'key_responsibilities', 'pain_points',
    'goals', 'decision_authority', 'primary_role_id', 'industry_id', 'tenant_id', 'is_active', 'created_at', 'updated_at'
] %}
{% set known = declared_source_columns('org_personas') %}
{% do known.update(declared_source_columns('dh_personas')) %}
with known_keys (key, data_type) as (

    values
    {% for column, data_type in known.items() if column not in shown_elsewhere -%}
    ('{{ column }}', '{{ data_type }}'),
    {% endfor -%}
    -- columns of personas
    ('responsibilities', 'jsonb'),
    ('pain_points', 'jsonb'),
    ('goals', 'jsonb')

),

shown as (

    select
        personas.id as persona_id,
        fields.key,
        fields.value
    from {{ ref('personas') }} as personas
    inner join lateral (
        select * from jsonb_each(personas.profile)
        union all
        values
        ('responsibilities', personas.responsibilities),
        ('pain_points', personas.pain_points),
        ('goals', personas.goals)
    ) as fields (key, value) on true
    where
        fields.value is not null
        and personas.id in (select persona_id from {{ ref('persona_source_mapping') }})

)

select
    shown.persona_id,
    shown.key as field,
    shown.value::text as shown_value,
    known_keys.data_type as expected_value,
    case
        when known_keys.key is null then 'no column of the legacy tables has this name'
        when shown.value = 'null' then 'a JSON null'
        when known_keys.data_type = 'jsonb' then 'JSON inside a string'
        else 'not of the type that the legacy column has'
    end as problem
from shown
left join known_keys on shown.key = known_keys.key
where
    case
        when known_keys.key is null or shown.value = 'null' then true
        when known_keys.data_type = 'jsonb' then {{ is_wrapped_json('shown.value') }}
        when known_keys.data_type = 'boolean' then jsonb_typeof(shown.value) <> 'boolean'
        when known_keys.data_type = 'integer' then shown.value::text !~ '^-?\d+$'
        when known_keys.data_type = 'numeric(5,2)' then shown.value::text !~ '^-?\d+\.\d\d$'
        else jsonb_typeof(shown.value) <> 'string'
    end
