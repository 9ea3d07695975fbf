{#
  Purpose: everything of a staged row that has no column of its own in `personas`, as one JSON
  object, each value under its own name and with its own type; what is null has no key.
  Arguments: `staged`, the row; `columns_elsewhere`, columns that have a place of their own;
  `json_columns`, the JSON columns among the rest. Those are added apart, because
  `jsonb_strip_nulls` would take away the nulls inside them as well.
  (`to_jsonb` of a row costs a third less than naming each key.)
#}
{% macro record_profile(staged, columns_elsewhere, json_columns) -%}
    jsonb_strip_nulls(
        to_jsonb({{ staged }})
        - '{ {{- (columns_elsewhere + json_columns + industry_code_columns()) | join(', ') -}} }'::text[]
    ) || (
        jsonb_build_object(
            {%- for column in json_columns %}
            '{{ column }}', {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) - array[
            {%- for column in json_columns %}
            case when {{ column }} is null then '{{ column }}' end{{ ',' if not loop.last }}
            {%- endfor %}
        ]
    )
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
