{#- In every row `column_A` is greater than `column_B`, or equal where `or_equal` says so. A null on either side passes. -#}
{% test expect_column_pair_values_A_to_be_greater_than_B(
    model, column_A, column_B, or_equal=false, row_condition=none
) %}
{%- set ordered = column_A ~ (" >= " if or_equal else " > ") ~ column_B -%}
{{ dbt_expectations._failing_rows(model, ordered, row_condition=row_condition) }}
{% endtest %}
