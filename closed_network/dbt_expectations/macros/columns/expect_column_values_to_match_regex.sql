{#- The regular expression is found in every value. Nulls fail. -#}
{% test expect_column_values_to_match_regex(
    model, column_name, regex, row_condition=none, is_raw=false, flags=""
) %}
{%- set expected = dbt_expectations._matches_regex(column_name, regex, flags) -%}
{{ dbt_expectations._failing_rows(model, expected, row_condition=row_condition) }}
{% endtest %}
