{#-
  Every value is one of `value_set`. Nulls fail.
  Quoted values are text; for numbers, dates or SQL expressions set `quote_values` to false.
-#}
{% test expect_column_values_to_be_in_set(model, column_name, value_set, quote_values=true, row_condition=none) %}
{%- if execute and not value_set -%}
    {{ exceptions.raise_compiler_error("`value_set` is empty: name at least one allowed value.") }}
{%- endif -%}
with allowed (value_field) as (
    values
    {% for value in value_set -%}
        ({{ "cast('" ~ value ~ "' as text)" if quote_values else value }}){{ "," if not loop.last }}
    {% endfor %}
),

found as (
    select {{ column_name }} as value_field
    from {{ model }}
    {% if row_condition %}where {{ row_condition }}{% endif %}
)

select found.value_field
from found
where not exists (select from allowed where allowed.value_field = found.value_field)
{% endtest %}
