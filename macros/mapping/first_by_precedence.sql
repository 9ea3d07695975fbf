{#
  Purpose: which of several merged rows' values survives: the first that is not null, by
  `precedence`. Before → after: (1, null), (2, 'b'), (3, 'c') → 'b'.
#}
{% macro first_by_precedence(column) -%}
    (array_agg({{ column }} order by precedence) filter (where {{ column }} is not null))[1]
{%- endmacro %}


{# The same for a text that is not cleaned, where an empty one counts for less than any other. #}
{% macro first_not_empty_by_precedence(column) -%}
    (array_agg({{ column }} order by {{ column }} = '', precedence) filter (where {{ column }} is not null))[1]
{%- endmacro %}


{# The same for JSON, where an empty array or object counts for less than a filled one. #}
{% macro first_filled_by_precedence(column) -%}
    (array_agg({{ column }} order by {{ is_empty_json(column) }}, precedence)
        filter (where {{ column }} is not null))[1]
{%- endmacro %}


{# Whether a JSON value holds nothing: '[]', '{}', '""'. #}
{% macro is_empty_json(value) -%}
    {{ value }} in ('[]', '{}', '""')
{%- endmacro %}
