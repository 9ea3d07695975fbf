{#- The table has the column; with `column_index`, at that position, counted from 1. -#}
{% test expect_column_to_exist(model, column_name, column_index=none, transform="upper") %}
{%- if execute -%}
{%- set names = dbt_expectations._column_names(model, transform) -%}
{#- A filter such as `capitalize` meets each letter of the expected name, but the table's names whole: as in the real package. -#}
{%- set expected = column_name | map(transform) | join -%}
{%- set position = names.index(expected) + 1 if expected in names else 0 -%}
{%- set wanted = [column_index, 1] | max if column_index else position -%}
select
    cast('{{ expected }}' as text) as column_name,
    {{ position }} as found_at
where {{ position }} = 0 or {{ position }} <> {{ wanted }}
{%- endif -%}
{% endtest %}
