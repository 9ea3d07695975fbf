{#
  Purpose: exactly one primary industry for each persona that has any. Where the primary one is
  gone (deleted from `industries`, or the legacy side no longer has it) and another remains, of a
  soft-deleted persona or one born in the new world, the first that remains takes its place.
#}
{% macro choose_missing_primary_industries() -%}
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
{%- endmacro %}
