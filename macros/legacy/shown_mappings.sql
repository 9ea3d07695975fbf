{#
  Purpose: what the industry mapping shows of a persona, in the old columns: its primary industry, and
  the id in the code book of each industry that has a column of its own (`seeds/industry_id_columns.csv`).
  Arguments: `persona_id`, an expression; `code_columns`, the alias of `industries_by_code_column`.
#}
{% macro shown_industries(persona_id, code_columns) -%}
    select
        (array_agg(mappings.industry_id order by mappings.industry_id) filter (where mappings.is_primary))[1]
            as industry_id,
        {%- for column in industry_code_columns() %}
        (max(mappings.industry_specific_id collate "C") filter (where mappings.industry_id = any({{ code_columns }}.{{ column }})))::varchar(50) collate "default"
            as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('persona_industry_mapping') }} as mappings
    where mappings.persona_id = {{ persona_id }}
{%- endmacro %}


{# The industries of each code column as one row: to be joined once, not once for each persona. #}
{% macro industries_by_code_column() -%}
    select
        {%- for column in industry_code_columns() %}
        array_agg(industry_id) filter (where column_name = '{{ column }}') as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('shown_code_columns') }}
{%- endmacro %}


{# The primary role of a persona; of several the one with the smallest id. Argument: `persona_id`, an expression. #}
{% macro shown_primary_role(persona_id) -%}
    select mappings.role_id as primary_role_id
    from {{ ref('persona_role_mapping') }} as mappings
    where mappings.persona_id = {{ persona_id }} and mappings.is_primary
    order by mappings.role_id
    limit 1
{%- endmacro %}
