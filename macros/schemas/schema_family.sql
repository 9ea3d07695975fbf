{#
  Purpose: the schemas of one target: the marts' own and those that stand beside it. No other schema is ours, however its name begins.
  Argument: the schema of the marts, the target's own unless told.
#}
{% macro schema_names(schema=none) %}
    {%- set names = [] -%}
    {%- for suffix in ['', '_staging', '_intermediate', '_legacy', '_audit', '_sync'] -%}
        {%- do names.append((schema or target.schema) ~ suffix) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{# The same as a list of SQL literals. #}
{% macro schema_family(schema=none) -%}
    {%- for name in schema_names(schema) %}{{ literal(name) }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}


{#
  Whether a relation is of this target. With `--defer` a `ref` may lead to another's, which is read and never written.
#}
{% macro is_of_this_target(relation) %}
    {{ return(relation.schema in schema_names()) }}
{% endmacro %}
