{#
  Purpose: what staging promises of a text: no white space at its ends, and null where it was blank.
  The characters are listed here once more, so that the test does not believe the macro it tests.
  Arguments: `columns`, the text columns to look at. A failing row names `id`, column and value.
#}
{% test no_untrimmed_text(model, columns) %}
{%- set white_space = '[\\u0001- \\u007f-\\u00a0\\u00ad\\u115f\\u1160\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u2064\\u2066-\\u206f\\u2800\\u3000\\u3164\\ufeff\\uffa0]' -%}
select
    checked.id,
    texts.column_name,
    texts.value
from {{ model }} as checked
cross join lateral (
    values {% for column in columns %}('{{ column }}', checked.{{ column }}::text){{ ', ' if not loop.last }}{% endfor %}
) as texts (column_name, value)
where texts.value = '' or texts.value ~ '^{{ white_space }}|{{ white_space }}$'
{% endtest %}
