{#-
  Boolean SQL: `expression` lies within the bounds that are given. At least one is needed.
  ("length(name)", 1, none, false) -> (length(name) >= 1)
-#}
{% macro _is_between(expression, min_value, max_value, strictly) %}
{%- if min_value is none and max_value is none -%}
    {{ exceptions.raise_compiler_error("Nothing to compare with: give `min_value`, `max_value` or both.") }}
{%- endif -%}
{%- set or_equal = "" if strictly else "=" -%}
{%- set bounds = [] -%}
{%- if min_value is not none %}{% do bounds.append(expression ~ " >" ~ or_equal ~ " " ~ min_value) %}{% endif -%}
{%- if max_value is not none %}{% do bounds.append(expression ~ " <" ~ or_equal ~ " " ~ max_value) %}{% endif -%}
{{- return("(" ~ bounds | join(" and ") ~ ")") -}}
{% endmacro %}
