{#- The relation's column names in their order, each passed through the Jinja filter `transform`. -#}
{% macro _column_names(model, transform) %}
{{- return(adapter.get_columns_in_relation(model) | map(attribute="name") | map(transform) | list) -}}
{% endmacro %}
