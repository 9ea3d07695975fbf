-- The rule of survivorship, field by field: the first row by precedence that has a value.
with members as (

    select * from {{ ref('int_persona_members') }}

)

select
    persona_id,
    {{ first_by_precedence('tenant_id') }} as tenant_id,
    {{ first_not_empty_by_precedence('unique_id') }} as unique_id,
    {{ first_by_precedence('code') }} as code,
    {{ first_by_precedence('name') }} as name,
    {{ first_by_precedence('title') }} as title,
    {{ first_by_precedence('name_as_found') }} as name_as_found,
    {{ first_by_precedence('description') }} as description,
    {{ first_by_precedence('decision_authority') }} as decision_authority,
    {{ first_filled_by_precedence('responsibilities') }} as responsibilities,
    {{ first_filled_by_precedence('pain_points') }} as pain_points,
    {{ first_filled_by_precedence('goals') }} as goals,
    {{ first_by_precedence('primary_role_id') }} as primary_role_id,
    (
        select
            coalesce(
                jsonb_object_agg(codes.key, codes.value order by code_members.precedence desc),
                '{}'
            )
        from {{ ref('int_persona_members') }} as code_members
        cross join lateral jsonb_each(code_members.industry_codes) as codes
        where code_members.persona_id = members.persona_id
    ) as industry_codes,
    (
        select
            coalesce(
                jsonb_object_agg(
                    fields.key, fields.value
                    order by not {{ is_empty_json('fields.value') }}, field_members.precedence desc
                ),
                '{}'
            )
        from {{ ref('int_persona_members') }} as field_members
        cross join lateral jsonb_each(field_members.profile) as fields
        where field_members.persona_id = members.persona_id
    ) as profile,
    min(created_at) as created_at,
    max(updated_at) as updated_at,
    case when bool_and(deleted_at is not null) then max(deleted_at) end as deleted_at
from members
group by persona_id
