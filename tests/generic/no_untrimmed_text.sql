{#
  Purpose: what staging promises of a text: no white space at its ends, and null where it was blank.
  The characters are listed here once more, so that the test does not believe the macro it tests.
  Arguments: `columns`, the text columns to look at. A failing row names `id`, column and value.
#}
{% test no_untrimmed_text(model, columns) %}
{%- set white_space = '[\\s\\u0085\\u00a0\\u1680\\u2000-\\u200b\\u2028\\u2029\\u202f\\u205f\\u2060\\u3000\\ufeff]' -%}
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
