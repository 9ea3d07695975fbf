{# Purpose: PostgreSQL's default work_mem (4 MB) would write every wide row of a build to disk twice. #}
{% macro set_build_memory() -%}
    set local work_mem = '{{ var('build_work_mem') }}'
{%- endmacro %}
