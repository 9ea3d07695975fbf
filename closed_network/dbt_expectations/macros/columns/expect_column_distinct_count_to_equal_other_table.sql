{#- The column has as many distinct values as a column of another table. Nulls are not counted. -#}
{% test expect_column_distinct_count_to_equal_other_table(
    model, compare_model, column_name, compare_column_name, row_condition=none, compare_row_condition=none
) %}
{{ dbt_expectations._unequal_groups(
    model, "count(distinct " ~ column_name ~ ")",
    compare_model, "count(distinct " ~ (compare_column_name or column_name) ~ ")",
    row_condition=row_condition, compare_row_condition=compare_row_condition
) }}
{% endtest %}
