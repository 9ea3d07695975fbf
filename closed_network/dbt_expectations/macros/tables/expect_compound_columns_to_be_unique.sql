{#-
  No combination of values occurs twice; null equals null here. Rows without any value are ignored,
  or, with `ignore_row_if: any_value_is_missing`, rows that lack one.
-#}
{% test expect_compound_columns_to_be_unique(
    model, column_list, quote_columns=false, ignore_row_if="all_values_are_missing", row_condition=none
) %}
{%- if not column_list -%}
    {{ exceptions.raise_compiler_error("`column_list` is empty: name the columns that are unique together.") }}
{%- endif -%}
{%- set needed = {"all_values_are_missing": " or ", "any_value_is_missing": " and "} -%}
{%- if ignore_row_if not in needed -%}
    {{ exceptions.raise_compiler_error(
        "`ignore_row_if` is '" ~ ignore_row_if ~ "', but must be " ~ needed | join(" or ") ~ "."
    ) }}
{%- endif -%}
{%- set columns = [] -%}
{%- for column in column_list %}{% do columns.append(adapter.quote(column) if quote_columns else column) %}{% endfor -%}
select
    {{ columns | join(", ") }},
    count(*) as n_records
from {{ model }}
where
    {# Not in parentheses, as in the real package: an `or` in the condition needs its own. -#}
    {% if row_condition %}{{ row_condition }} and{% endif %}
    ({{ columns | join(" is not null" ~ needed[ignore_row_if]) }} is not null)
group by {{ columns | join(", ") }}
having count(*) > 1
{% endtest %}
