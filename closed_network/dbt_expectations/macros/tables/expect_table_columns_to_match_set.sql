{#- The table has exactly these columns, in any order. -#}
{% test expect_table_columns_to_match_set(model, column_list, transform="upper") %}
{%- if execute -%}
{%- set expected = column_list | map(transform) | list -%}
select
    found.relation_column,
    wanted.input_column
from unnest({{ dbt_expectations._text_array(dbt_expectations._column_names(model, transform), "the table") }})
    as found (relation_column)
full outer join unnest({{ dbt_expectations._text_array(expected, "`column_list`") }}) as wanted (input_column)
    on found.relation_column = wanted.input_column
where found.relation_column is null or wanted.input_column is null
{%- endif -%}
{% endtest %}
