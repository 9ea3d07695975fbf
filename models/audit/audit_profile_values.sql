{% set shown_elsewhere = [
    'id', 'unique_id', 'name', 'background', 'description', 'responsibilities', 'key_responsibilities', 'pain_points',
    'goals', 'decision_authority', 'primary_role_id', 'industry_id', 'tenant_id', 'is_active', 'created_at', 'updated_at'
] %}
{% set of_dh = declared_source_columns('dh_personas') %}
{% set of_org = declared_source_columns('org_personas') %}
{% set known = dict(of_org, **of_dh) %}
with known_keys (key, data_type, is_of_dh, is_of_org) as (

    values
    {% for column, data_type in known.items() if column not in shown_elsewhere -%}
    ('{{ column }}', '{{ data_type }}', {{ column in of_dh }}, {{ column in of_org }}),
    {% endfor -%}
    -- columns of personas and of its mappings
    ('responsibilities', 'jsonb', true, true),
    ('pain_points', 'jsonb', true, true),
    ('goals', 'jsonb', true, true),
    ('role_context', 'text', true, true),
    ('typical_frequency', 'text', true, true),
    ('use_case_examples', 'text', true, true),
    ('expected_benefit', 'text', true, true),
    ('adoption_barriers', 'jsonb', true, true)

),

living as (

    select
        persona_id,
        bool_or(source_table = 'dh_personas') as is_shared
    from {{ ref('persona_source_mapping') }}
    where source_deleted_at is null
    group by persona_id

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
        and personas.id in (select sources.persona_id from {{ ref('persona_source_mapping') }} as sources)
    union all
    select
        jobs.persona_id,
        fields.key,
        fields.value
    from {{ ref('persona_jtbd_mapping') }} as jobs
    cross join
        lateral (
            values
            ('typical_frequency', to_jsonb(jobs.typical_frequency)),
            ('use_case_examples', to_jsonb(jobs.use_case_examples)),
            ('expected_benefit', to_jsonb(jobs.expected_benefit)),
            ('adoption_barriers', jobs.adoption_barriers)
        ) as fields (key, value)
    where jobs.origin = 'legacy' and fields.value is not null
    union all
    select
        roles.persona_id,
        'role_context',
        contexts.value
    from {{ ref('persona_role_mapping') }} as roles
    cross join lateral jsonb_array_elements(roles.responsibilities) as contexts
    where roles.origin = 'legacy'

),

typed as (

    select
        shown.persona_id,
        shown.key,
        shown.value,
        known_keys.data_type,
        case
            when known_keys.key is null then 'no column of the legacy tables has this name'
            when shown.value = 'null' then 'a JSON null'
            when living.is_shared and not known_keys.is_of_dh or not living.is_shared and not known_keys.is_of_org
                then 'the rows that count in this persona have no such column'
            when known_keys.data_type = 'jsonb'
                then case when {{ is_wrapped_json('shown.value') }} then 'JSON inside a string' end
            when
                case known_keys.data_type
                    when 'boolean' then jsonb_typeof(shown.value) <> 'boolean'
                    when 'integer' then shown.value::text !~ '^-?\d+$'
                    when 'numeric(5,2)' then shown.value::text !~ '^-?\d+\.\d\d$'
                    else jsonb_typeof(shown.value) <> 'string'
                end
                then 'not of the type that the legacy column has'
            when known_keys.data_type not in ('boolean', 'integer', 'numeric(5,2)')
                then case when {{ is_unclean('shown.value', 'shown.key') }} then 'not cleaned' end
        end as problem
    from shown
    left join known_keys on shown.key = known_keys.key
    left join living on shown.persona_id = living.persona_id

)

select
    persona_id,
    key as field,
    value::text as shown_value,
    data_type as expected_value,
    problem
from typed
where
    problem is not null
    -- what a person set in the new world needs no column
    and not exists (
        select from {{ ref('persona_overrides') }} as overrides
        where
            overrides.persona_id = typed.persona_id
            and overrides.field = 'profile'
            and overrides.value -> typed.key = typed.value
    )
