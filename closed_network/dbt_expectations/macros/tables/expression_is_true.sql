{#-
  The expression is true in every row, or in every group. Null passes.
  `test_condition` completes the expression: with `> 0` it may be a number.
-#}
{% test expression_is_true(model, expression, test_condition="= true", group_by_columns=none, row_condition=none) %}
{{ dbt_expectations._failing_rows(model, expression, test_condition, group_by_columns, row_condition) }}
{% endtest %}
