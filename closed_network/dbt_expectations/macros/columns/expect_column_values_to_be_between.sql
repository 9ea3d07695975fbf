{#- Every value lies between the bounds, bounds included unless `strictly`. Nulls pass. -#}
{% test expect_column_values_to_be_between(
    model, column_name, min_value=none, max_value=none, row_condition=none, strictly=false
) %}
{%- set in_bounds = dbt_expectations._is_between(column_name, min_value, max_value, strictly) -%}
{{ dbt_expectations._failing_rows(model, in_bounds, row_condition=row_condition) }}
{% endtest %}
