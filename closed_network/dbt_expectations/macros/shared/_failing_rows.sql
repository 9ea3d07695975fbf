{#-
  Select the rows, or groups of rows, for which `expression` is false under `test_condition`.
  Null is neither true nor false: a comparison with null is no failure, `is not null` is one.
-#}
{% macro _failing_rows(model, expression, test_condition="= true", group_by_columns=none, row_condition=none) %}
{%- set keys = group_by_columns or [] -%}
select *
from (
    select
        {% for key in keys %}{{ key }} as col_{{ loop.index }}, {% endfor -%}
        {{ expression }} as expression
    from {{ model }}
    {% if row_condition %}where {{ row_condition }}{% endif %}
    {% if keys %}group by {{ keys | join(", ") }}{% endif %}
) as checked
where not (expression {{ test_condition }})
{% endmacro %}
