{#-
  A SQL array of text. An empty list is an error: it means a table that is not there, or a list that was forgotten.
  ["ID", "NAME"] -> cast(array['ID', 'NAME'] as text[])
-#}
{% macro _text_array(values, what) %}
{%- if not values -%}
    {{ exceptions.raise_compiler_error("No columns to compare: " ~ what ~ " is empty.") }}
{%- endif -%}
cast(array['{{ values | join("', '") }}'] as text[])
{%- endmacro %}
