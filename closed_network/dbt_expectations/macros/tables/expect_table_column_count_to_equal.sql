{#- The table has this number of columns. -#}
{% test expect_table_column_count_to_equal(model, value) %}
{%- if execute -%}
select
    found.number_actual_columns,
    found.value
from (values ({{ adapter.get_columns_in_relation(model) | length }}, {{ value }})) as found (number_actual_columns, value)
where found.number_actual_columns <> found.value
{%- endif -%}
{% endtest %}
