{#- The table has exactly these columns in this order. -#}
{% test expect_table_columns_to_match_ordered_list(model, column_list, transform="upper") %}
{%- if execute -%}
{%- set expected = column_list | map(transform) | list -%}
select
    found.relation_column,
    found.relation_column_idx,
    wanted.input_column,
    wanted.input_column_idx
from unnest({{ dbt_expectations._text_array(dbt_expectations._column_names(model, transform), "the table") }})
    with ordinality as found (relation_column, relation_column_idx)
full outer join unnest({{ dbt_expectations._text_array(expected, "`column_list`") }})
    with ordinality as wanted (input_column, input_column_idx)
    on found.relation_column = wanted.input_column and found.relation_column_idx = wanted.input_column_idx
where found.relation_column is null or wanted.input_column is null
{%- endif -%}
{% endtest %}
