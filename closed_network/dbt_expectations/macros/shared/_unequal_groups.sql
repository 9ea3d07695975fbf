{#-
  Select the groups (without `group_by`: the one pair of totals) whose number differs between two tables.
  A group that one side lacks counts as 0 there. Null keys meet nobody, so a null group is always missing opposite.
  What is left out for the second table is taken from the first.
-#}
{% macro _unequal_groups(
    model, expression, compare_model, compare_expression,
    group_by=none, compare_group_by=none, row_condition=none, compare_row_condition=none
) %}
{%- set sides = [
    ("a", model, expression, group_by or [], row_condition),
    ("b", compare_model or model, compare_expression,
     compare_group_by or group_by or [], compare_row_condition or row_condition),
] -%}
with
{% for alias, relation, number, keys, condition in sides -%}
{{ alias }} as (
    select
        {% for key in keys %}{{ key }} as col_{{ loop.index }}, {% endfor -%}
        {{ number }} as expression
    from {{ relation }}
    {% if condition %}where {{ condition }}{% endif %}
    {% if keys %}group by {{ range(1, keys | length + 1) | join(", ") }}{% endif %}
){{ "," if not loop.last }}
{% endfor -%}
select
    {% for _ in group_by or [] -%}
        coalesce(a.col_{{ loop.index }}, b.col_{{ loop.index }}) as col_{{ loop.index }},
    {% endfor -%}
    a.expression,
    b.expression as compare_expression
from a
{% if group_by -%}
full outer join b
    on {% for _ in group_by %}a.col_{{ loop.index }} = b.col_{{ loop.index }}{{ " and " if not loop.last }}{% endfor %}
{%- else -%}
cross join b
{%- endif %}
where coalesce(a.expression, 0) <> coalesce(b.expression, 0)
{% endmacro %}
