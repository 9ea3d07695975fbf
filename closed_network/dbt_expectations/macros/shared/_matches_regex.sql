{#-
  Boolean SQL, never null: `regex` is found in `value`. In a null nothing is found.
  `regexp_matches` rather than `~`, because it takes flags, on every supported PostgreSQL.
-#}
{% macro _matches_regex(value, regex, flags="") %}
{%- set known_flags = "bcegimnpqstwx" -%}
{%- for flag in flags if flag not in known_flags -%}
    {% do exceptions.warn("PostgreSQL knows no regular expression flag '" ~ flag ~ "', only: " ~ known_flags | join(", ")) %}
{%- endfor -%}
coalesce((select true from regexp_matches({{ value }}, '{{ regex }}', '{{ flags }}')), false)
{%- endmacro %}
