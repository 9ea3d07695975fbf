{#- The table, or each of its groups, has between so many rows, bounds included unless `strictly`. -#}
{% test expect_table_row_count_to_be_between(
    model, min_value=none, max_value=none, group_by=none, row_condition=none, strictly=false
) %}
{%- set in_bounds = dbt_expectations._is_between("count(*)", min_value, max_value, strictly) -%}
{{ dbt_expectations._failing_rows(model, in_bounds, group_by_columns=group_by, row_condition=row_condition) }}
{% endtest %}
