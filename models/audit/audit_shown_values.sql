with role_levels as (

    select
        org_roles.id as role_id,
        crosswalk.seniority_level
    from {{ source('legacy', 'org_roles') }} as org_roles
    inner join {{ ref('seniority_crosswalk') }} as crosswalk
        on lower({{ without_blank_ends('org_roles.seniority_level') }}) = crosswalk.legacy_value

),

facts as (

    select
        legacy_rows.persona_id,
        min(legacy_rows.tenant_id::text) as tenant_id,
        bool_or(legacy_rows.tenant_id is null) as is_shared,
        min(legacy_rows.tenant_id::text) <> max(legacy_rows.tenant_id::text) as has_two_tenants,
        bool_or(legacy_rows.is_active and legacy_rows.contributes) as lives,
        max(legacy_rows.updated_at) filter (where legacy_rows.contributes) as last_change,
        bool_or(legacy_rows.contributes and {{ has_letters('legacy_rows.name') }}) as has_name,
        bool_or(
            legacy_rows.contributes
            and {{ has_letters(
                'concat(legacy_rows.name, legacy_rows.title, legacy_rows.persona_code, legacy_rows.code)'
            ) }}
        ) as has_label,
        bool_or(
            concat_ws(' ', legacy_rows.name, legacy_rows.title, legacy_rows.persona_code, legacy_rows.code)
            ilike '%unknown%persona%'
        ) as is_called_unknown,
        (array_agg(role_levels.seniority_level order by legacy_rows.precedence, legacy_rows.source_id) filter (
            where legacy_rows.contributes and legacy_rows.primary_role_id is not null
        ))[1] as role_level,
        (array_agg({{ folded('legacy_rows.title') }} order by legacy_rows.precedence, legacy_rows.source_id) filter (
            where legacy_rows.contributes and {{ has_letters('legacy_rows.title') }}
        ))[1] as title
    from {{ ref('audit_legacy_rows') }} as legacy_rows
    left join role_levels on legacy_rows.primary_role_id = role_levels.role_id
    group by legacy_rows.persona_id

),

overrides as (

    select
        persona_id,
        jsonb_object_agg(field, value) as fields
    from {{ ref('persona_overrides') }}
    group by persona_id

),

shown as (

    select
        personas.id,
        personas.name,
        personas.description,
        coalesce(personas.profile ->> 'persona_code', personas.profile ->> 'code') as code,
        personas.decision_authority,
        authorities.decision_authority as known_authority,
        personas.seniority_level,
        personas.persona_type,
        personas.tenant_id,
        personas.is_public,
        personas.created_by,
        personas.deleted_at,
        lower(coalesce(personas.profile ->> 'title', case when facts.has_name then personas.name end)) as label,
        facts.persona_id is not null as is_at_source,
        facts.tenant_id as tenant_of_rows,
        facts.is_shared,
        facts.has_two_tenants,
        facts.lives,
        facts.last_change,
        facts.has_label,
        facts.is_called_unknown,
        facts.role_level,
        facts.title,
        coalesce(overrides.fields, '{}') as overrides
    from {{ ref('personas') }} as personas
    left join facts on personas.id = facts.persona_id
    left join overrides on personas.id = overrides.persona_id
    left join (
        select distinct crosswalk.decision_authority from {{ ref('decision_authority_crosswalk') }} as crosswalk
    ) as authorities on personas.decision_authority = authorities.decision_authority
    where personas.id in (select sources.persona_id from {{ ref('persona_source_mapping') }} as sources)

),

-- A word goes on with the id of its persona, not with the text that it comes from: that may be long.
title_levels as (

    select distinct on (shown.id)
        shown.id,
        title_seniority.seniority_level
    from shown
    cross join lateral regexp_matches(shown.label, '[[:alnum:]]+', 'g') as matches (word)
    inner join {{ ref('title_seniority') }} as title_seniority on matches.word[1] = title_seniority.word
    order by shown.id, title_seniority.rank

),

role_names as (

    select distinct shown.id
    from shown
    cross join lateral regexp_matches(lower(shown.name), '[[:alnum:]]+', 'g') as matches (word)
    inner join {{ ref('role_words') }} as role_words on matches.word[1] = role_words.word
    union
    select shown.id
    from shown
    where lower(shown.name) = shown.title

),

compared as (

    select
        shown.id as persona_id,
        shown.is_at_source,
        shown.overrides,
        rules.*
    from shown
    left join title_levels on shown.id = title_levels.id
    left join role_names on shown.id = role_names.id
    cross join lateral (
        values
        (
            'is_public', shown.is_public::text, (shown.tenant_id is null)::text, false,
            'public without being shared, or the reverse'
        ),
        (
            'seniority_level', shown.seniority_level, coalesce(shown.role_level, title_levels.seniority_level), true,
            'not the level of its role, else of its title'
        ),
        (
            'persona_type', shown.persona_type,
            case when role_names.id is null then 'individual' else 'archetype' end,
            true, 'not the type that its name tells'
        ),
        ('created_by', shown.created_by, null, false, 'no legacy table knows it'),
        (
            'tenant_id', shown.tenant_id::text, case when not shown.is_shared then shown.tenant_of_rows end, true,
            'not the tenant of its legacy rows'
        ),
        (
            'tenant_id', case when shown.has_two_tenants then 'several' end, null, true,
            'its legacy rows belong to several tenants'
        ),
        (
            'deleted_at', shown.deleted_at::text, case when not shown.lives then shown.last_change::text end, true,
            'deleted although a legacy row lives, or the reverse'
        ),
        (
            'deleted_at', case when not shown.is_at_source and shown.deleted_at is null then 'living' end, null, false,
            'not deleted although all its legacy rows are'
        ),
        (
            'name',
            case when shown.name ilike '%unknown%persona%' and not shown.is_called_unknown then shown.name end,
            null, true, 'none of its legacy rows is called so'
        ),
        (
            'name', case when shown.has_label and not {{ has_letters('shown.name') }} then shown.name end, null, true,
            'blank although a legacy row has a name, title or code'
        ),
        -- what has no letter stays as it is, and a code in a name's place is no label
        (
            'name', shown.name,
            case
                when shown.name = shown.code then shown.name
                else coalesce({{ on_one_line('shown.name') }}, shown.name)
            end,
            true, 'not cleaned'
        ),
        ('description', shown.description, {{ without_blank_ends('shown.description') }}, true, 'not cleaned'),
        ('decision_authority', shown.decision_authority, shown.known_authority, false, 'no value of the crosswalk')
    ) as rules (field, shown_value, rule_value, needs_rows, problem)

)

select
    persona_id,
    field,
    shown_value,
    case when overrides ? field then overrides ->> field else rule_value end as expected_value,
    problem
from compared
where
    shown_value is distinct from case when overrides ? field then overrides ->> field else rule_value end
    -- a persona without a living row stays as it was last seen
    and (is_at_source or not (needs_rows or overrides ? field))
union all
-- the contexts of a role all come from old links; the round trip asks the other way round only
select
    roles.persona_id,
    'role_context' as field,
    contexts.value as shown_value,
    null as expected_value,
    'no old link to this role says so' as problem
from {{ ref('persona_role_mapping') }} as roles
cross join lateral jsonb_array_elements_text(roles.responsibilities) as contexts (value)
where
    roles.origin = 'legacy'
    and exists (select from facts where facts.persona_id = roles.persona_id)
    and not exists (
        select from {{ optional_source('persona_role_mapping') }} as links
        inner join {{ ref('audit_legacy_rows') }} as legacy_rows
            on
                legacy_rows.source_table = 'org_personas'
                and links.persona_id = legacy_rows.source_id
                and legacy_rows.contributes
        where
            legacy_rows.persona_id = roles.persona_id
            and links.org_role_id = roles.role_id
            and {{ without_blank_ends('links.role_context') }} = contexts.value
    )
union all
select * from {{ ref('audit_profile_values') }}
