{#
  Purpose: exactly one primary industry for each persona that has any. Where the primary one is
  gone (deleted from `industries`, or the legacy side no longer has it) and another remains, the one
  that the legacy side calls primary takes its place, else the first that remains.
  It is no edit of whoever owns the row, so what is shown of it is noted anew.
#}
{% macro choose_missing_primary_industries() -%}
    {%- if not _history_is_ours() -%}{{ return(choose_primary_industries(this)) }}{%- endif -%}
    with chosen as (
        {{ choose_primary_industries(this) }}
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


{# Argument: `among`, an SQL condition on `remaining.persona_id`. Operators are spelt out, as triggers need it. #}
{% macro choose_primary_industries(relation, among='true') -%}
    update {{ relation }} as mapped set is_primary = true
        from (
            select distinct on (remaining.persona_id) remaining.persona_id, remaining.industry_id
            from {{ relation }} as remaining
            where
                {{ among }}
                and not exists (
                    select from {{ relation }} as primary_one
                    where primary_one.persona_id operator(pg_catalog.=) remaining.persona_id and primary_one.is_primary
                )
            order by
                remaining.persona_id,
                exists (
                    select from {{ ref('int_persona_industries') }} as by_legacy
                    where
                        by_legacy.persona_id operator(pg_catalog.=) remaining.persona_id
                        and by_legacy.industry_id operator(pg_catalog.=) remaining.industry_id
                        and by_legacy.is_primary
                ) desc,
                remaining.origin,
                remaining.industry_id
        ) as first_one
        where
            mapped.persona_id operator(pg_catalog.=) first_one.persona_id
            and mapped.industry_id operator(pg_catalog.=) first_one.industry_id
{%- endmacro %}
