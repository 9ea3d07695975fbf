{#-
  The column has this type, by its full name in PostgreSQL's information schema (`character varying`, `ARRAY`).
  Upper and lower case count as the same. A column that does not exist passes: `expect_column_to_exist` finds that.
-#}
{% test expect_column_values_to_be_of_type(model, column_name, column_type) %}
{%- if execute -%}
{%- set columns = adapter.get_columns_in_relation(model) -%}
{%- set names = columns | map(attribute="name") | map("upper") | map("replace", "'", "''") | list -%}
{%- set types = columns | map(attribute="dtype") | map("upper") | list -%}
select
    relation_column,
    relation_column_type
from unnest(
    {{ dbt_expectations._text_array(names, "the table") }},
    {{ dbt_expectations._text_array(types, "the table") }}
) as relation_columns (relation_column, relation_column_type)
where
    relation_column = '{{ column_name | upper }}'
    and relation_column_type <> '{{ column_type | upper }}'
{%- endif -%}
{% endtest %}
