-- Queries to which a persona answers with several values.
{% set codes = ['digital_health_id', 'pharma_id', 'biotech_id'] %}
with living_rows as (

    select * from {{ ref('audit_legacy_rows') }} where is_active

),

living_personas as (

    select
        id,
        profile,
        pain_points
    from {{ ref('personas') }}
    where deleted_at is null and id in (select persona_id from {{ ref('persona_source_mapping') }})

),

-- Where row and persona hold the same, they answer the same.
changed_pain_points as (

    select
        living_rows.persona_id,
        living_rows.pain_points as old_points,
        living_personas.pain_points as new_points
    from living_rows
    left join living_personas on living_rows.persona_id = living_personas.id
    where
        living_rows.persona_id in (
            select changed.persona_id
            from {{ ref('audit_legacy_rows') }} as changed
            left join {{ ref('personas') }} as personas on changed.persona_id = personas.id
            where changed.pain_points is distinct from personas.pain_points
        )

),

-- What the operator `?` finds: texts in an array, keys of an object, a text.
pain_points as (

    select distinct
        points.found_in,
        changed_pain_points.persona_id,
        words.word
    from changed_pain_points
    inner join lateral (
        values
        ('old', changed_pain_points.old_points),
        ('new', changed_pain_points.new_points)
    ) as points (found_in, value) on true
    inner join lateral (
        select elements.element #>> '{}' as word
        from
            jsonb_array_elements(
                case jsonb_typeof(points.value) when 'array' then points.value else '[]' end
            ) as elements (element)
        where jsonb_typeof(elements.element) = 'string'
        union all
        select * from jsonb_object_keys(case jsonb_typeof(points.value) when 'object' then points.value else '{}' end)
        union all
        select points.value #>> '{}' where jsonb_typeof(points.value) = 'string'
    ) as words on true

),

old_answers as (

    select 'look up pain point' as query, word as parameter, persona_id
    from pain_points
    where found_in = 'old'
    {% for code in codes -%}
    union
    select 'look up industry-specific id', {{ code }}, persona_id
    from living_rows
    where {{ code }} is not null
    {% endfor -%}
    union
    select 'list by role', primary_role_id::text, persona_id
    from living_rows
    where primary_role_id is not null
    union
    select 'list by role', links.org_role_id::text, living_rows.persona_id
    from {{ optional_source('persona_role_mapping') }} as links
    inner join living_rows on living_rows.source_table = 'org_personas' and links.persona_id = living_rows.source_id
    where links.is_primary_role
    {% for pointer, table in [('persona_id', 'org_personas'), ('persona_dh_id', 'dh_personas')] -%}
    union
    select 'jobs of a persona', links.jtbd_id::text, living_rows.persona_id
    from {{ optional_source('jtbd_org_persona_mapping') }} as links
    inner join living_rows on living_rows.source_table = '{{ table }}' and links.{{ pointer }} = living_rows.source_id
    {% endfor -%}
    union
    select 'detail by id', source_id::text, persona_id
    from living_rows

),

new_answers as (

    select 'look up pain point' as query, word as parameter, persona_id
    from pain_points
    where found_in = 'new'
    union
    select 'look up industry-specific id', ids.id, mapping.persona_id
    from {{ ref('persona_industry_mapping') }} as mapping
    inner join living_personas on mapping.persona_id = living_personas.id
    inner join (
        select distinct industries.canonical_id
        from {{ ref('industry_id_columns') }} as columns
        inner join {{ ref('audit_industries') }} as industries on columns.industry_code = industries.industry_code
        where columns.column_name in ('{{ codes | join("', '") }}')
    ) as industries on mapping.industry_id = industries.canonical_id
    inner join lateral (
        select mapping.industry_specific_id as id
        union all
        select * from jsonb_array_elements_text(mapping.industry_metadata -> 'other_ids')
    ) as ids on true
    where mapping.origin = 'legacy' and ids.id is not null
    {% for code in codes -%}
    union
    select 'look up industry-specific id', profile ->> '{{ code }}', id
    from living_personas
    where profile ? '{{ code }}'
    {% endfor -%}
    union
    select 'list by role', mapping.role_id::text, mapping.persona_id
    from {{ ref('persona_role_mapping') }} as mapping
    inner join living_personas on mapping.persona_id = living_personas.id
    where mapping.is_primary and mapping.origin = 'legacy'
    union
    select 'jobs of a persona', mapping.jtbd_id, mapping.persona_id
    from {{ ref('persona_jtbd_mapping') }} as mapping
    inner join living_personas on mapping.persona_id = living_personas.id
    where mapping.origin = 'legacy'
    union
    select 'detail by id', persona_ids.old_id::text, persona_ids.persona_id
    from {{ ref('persona_ids') }} as persona_ids
    inner join living_personas on persona_ids.persona_id = living_personas.id

)

select
    query,
    parameter,
    persona_id,
    case when old_answers.found is null then 'new' else 'old' end as found_in
from (select *, true as found from old_answers) as old_answers
full join (select *, true as found from new_answers) as new_answers using (query, parameter, persona_id)
where old_answers.found is null or new_answers.found is null
