{#
  Purpose: what a staged row has that has no column of its own in `personas`, as one JSON object:
  each value under its own name and with its own type; what is null has no key.
  Arguments: `row`, the staged row; `columns`, the columns that belong there.
  `to_jsonb` of a row costs a third less than naming each key, and `jsonb_strip_nulls` would take
  away the nulls inside the values as well.
#}
{% macro record_profile(row, columns) -%}
    (
        select to_jsonb(fields)
        from (select {% for column in columns %}{{ row }}.{{ column }}{{ ', ' if not loop.last }}{% endfor %}) as fields
    ) - array[
        {%- for column in columns %}
        case when {{ row }}.{{ column }} is null then '{{ column }}' end{{ ',' if not loop.last }}
        {%- endfor %}
    ]
{%- endmacro %}


{# The five columns that hold a persona's id in one industry's code book. #}
{% macro industry_code_columns() %}
    {{ return(['digital_health_id', 'pharma_id', 'biotech_id', 'meddev_id', 'dx_id']) }}
{% endmacro %}


{# The industry-specific ids of a staged row, `{"pharma_id": "P001"}`; what is null has no key. #}
{% macro industry_codes() -%}
    jsonb_strip_nulls(jsonb_build_object(
        {%- for column in industry_code_columns() %}
            '{{ column }}', {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
        ))
{%- endmacro %}
