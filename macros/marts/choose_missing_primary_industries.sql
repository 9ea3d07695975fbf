{#
  Purpose: exactly one primary industry for each persona that has any. Where the primary one is
  gone (deleted from `industries`, or the legacy side no longer has it) and another remains, of a
  soft-deleted persona or one born in the new world, the first that remains takes its place.
  It is no edit of whoever owns the row, so what is shown of it is noted anew.
#}
{% macro choose_missing_primary_industries() -%}
    with chosen as (
        update {{ this }} as mapped set is_primary = true
        from (
            select distinct on (remaining.persona_id) remaining.persona_id, remaining.industry_id
            from {{ this }} as remaining
            where not exists (
                select from {{ this }} as primary_one
                where primary_one.persona_id = remaining.persona_id and primary_one.is_primary
            )
            order by remaining.persona_id, remaining.origin, remaining.industry_id
        ) as first_one
        where
            mapped.persona_id = first_one.persona_id
            and mapped.industry_id = first_one.industry_id
        returning mapped.persona_id, mapped.industry_id
    )

    update {{ ref('int_persona_additions') }} as additions
    set shown = additions.shown || '{"is_primary": "true"}'
    from chosen
    inner join {{ ref('int_persona_owners') }} as owners on chosen.persona_id = owners.persona_id
    where
        additions.owner_id = owners.owner_id
        and additions.relation = 'persona_industry_mapping'
        and additions.target_id = chosen.industry_id::text
        and additions.shown is not null
{%- endmacro %}
