{#
  Purpose: what staging promises of JSON: no array or object is wrapped in a JSON string any more, and
  no JSON null stands for null. What wrapping means is proven by examples (models/staging/_unit_tests.yml).
  Arguments: `columns`, the JSON columns to look at. A failing row names `id`, column and value.
#}
{% test no_wrapped_json(model, columns) %}
select
    checked.id,
    documents.column_name,
    documents.value
from {{ model }} as checked
cross join lateral (
    values {% for column in columns %}('{{ column }}', checked.{{ column }}){{ ', ' if not loop.last }}{% endfor %}
) as documents (column_name, value)
where
    documents.value = 'null'
    or (
        jsonb_typeof(documents.value) = 'string'
        and {{ function('unwrap_json') }}(documents.value) <> documents.value
    )
{% endtest %}
