{#
  Purpose: the schemas of one target, as a list of SQL literals: the marts' own and those that stand beside it. No other schema is ours, however
  its name begins.
  Argument: the schema of the marts, the target's own unless told.
#}
{% macro schema_family(schema=none) -%}
    {%- set names = [] -%}
    {%- for suffix in ['', '_staging', '_intermediate', '_legacy', '_audit', '_sync'] -%}
        {%- do names.append(literal((schema or target.schema) ~ suffix)) -%}
    {%- endfor -%}
    {{- names | join(', ') -}}
{%- endmacro %}
