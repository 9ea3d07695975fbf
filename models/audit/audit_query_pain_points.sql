-- Where row and persona hold the same, they answer the same.
with changed_personas as (

    select distinct legacy_rows.persona_id
    from {{ ref('audit_legacy_rows') }} as legacy_rows
    left join {{ ref('personas') }} as personas on legacy_rows.persona_id = personas.id
    where legacy_rows.pain_points is distinct from personas.pain_points

),

pain_points as (

    select
        'old' as found_in,
        persona_id,
        pain_points
    from {{ ref('audit_legacy_rows') }}
    where is_active and persona_id in (select changed_personas.persona_id from changed_personas)
    union all
    select
        'new' as found_in,
        id as persona_id,
        pain_points
    from {{ ref('personas') }}
    where deleted_at is null and id in (select changed_personas.persona_id from changed_personas)

),

-- What the operator `?` finds: texts in an array, keys of an object, a text.
answers as (

    select distinct
        pain_points.found_in,
        pain_points.persona_id,
        words.word
    from pain_points
    inner join lateral (
        select elements.element #>> '{}' as word
        from
            jsonb_array_elements(
                case jsonb_typeof(pain_points.pain_points) when 'array' then pain_points.pain_points else '[]' end
            ) as elements (element)
        where jsonb_typeof(elements.element) = 'string'
        union all
        select *
        from
            jsonb_object_keys(
                case jsonb_typeof(pain_points.pain_points) when 'object' then pain_points.pain_points else '{}' end
            )
        union all
        select pain_points.pain_points #>> '{}'
        where jsonb_typeof(pain_points.pain_points) = 'string'
    ) as words on true

)

select
    'look up pain point' as query,
    word as parameter,
    persona_id,
    min(found_in) as found_in
from answers
group by word, persona_id
having count(*) = 1
