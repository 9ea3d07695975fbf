-- Queries to which a persona answers with several values.
{% set codes = ['digital_health_id', 'pharma_id', 'biotech_id'] %}
with living_rows as (

    select * from {{ ref('audit_legacy_rows') }} where is_active

),

living_personas as (

    select
        id,
        profile
    from {{ ref('personas') }}
    where deleted_at is null and id in (select persona_id from {{ ref('persona_source_mapping') }})

),

old_answers as (

    {% for code in codes -%}
    select 'look up industry-specific id' as query, {{ code }}::text as parameter, persona_id
    from living_rows
    where {{ code }} is not null
    union
    {% endfor -%}
    select 'list by role' as query, primary_role_id::text as parameter, persona_id
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

    select 'look up industry-specific id' as query, ids.id as parameter, mapping.persona_id, mapping.origin
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
    where ids.id is not null
    {% for code in codes -%}
    union
    select 'look up industry-specific id', profile ->> '{{ code }}', id, 'legacy'
    from living_personas
    where profile ? '{{ code }}'
    {% endfor -%}
    union
    select 'list by role', mapping.role_id::text, mapping.persona_id, mapping.origin
    from {{ ref('persona_role_mapping') }} as mapping
    inner join living_personas on mapping.persona_id = living_personas.id
    where mapping.is_primary
    union
    select 'jobs of a persona', mapping.jtbd_id, mapping.persona_id, mapping.origin
    from {{ ref('persona_jtbd_mapping') }} as mapping
    inner join living_personas on mapping.persona_id = living_personas.id
    union
    select 'detail by id', persona_ids.old_id::text, persona_ids.persona_id, 'legacy'
    from {{ ref('persona_ids') }} as persona_ids
    inner join living_personas on persona_ids.persona_id = living_personas.id
    -- an id whose row is gone resolves, where nothing was found before
    inner join {{ ref('persona_source_mapping') }} as mapping
        on
            persona_ids.source_table = mapping.source_table
            and persona_ids.old_id = mapping.source_id
            and mapping.source_deleted_at is null

)

-- A row of the new world answers an old query as well as any other; that it answers more is no difference.
select
    query,
    parameter,
    persona_id,
    case when old_answers.found is null then 'new' else 'old' end as found_in
from (select *, true as found from old_answers) as old_answers
full join (
    select query, parameter, persona_id, bool_or(origin = 'legacy') as is_legacy, true as found
    from new_answers
    group by query, parameter, persona_id
) as new_answers using (query, parameter, persona_id)
where (old_answers.found is null and new_answers.is_legacy) or new_answers.found is null
