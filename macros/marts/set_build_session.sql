{#
  Purpose: the session in which a model is built, whatever the role or the server say. PostgreSQL's default
  work_mem (4 MB) would write every wide row to disk twice. The other settings decide which text stands for
  a value inside JSON: the same value must give the same bytes in every build (law 6).
#}
{% macro set_build_session() -%}
    set local work_mem = '{{ var('build_work_mem') }}';
    set local timezone = 'UTC';
    set local datestyle = 'ISO, MDY';
    set local intervalstyle = 'iso_8601';
    set local bytea_output = 'hex';
    set local extra_float_digits = 1;
    {#- what a build writes itself is no application's edit (dual-write) #}
    set local personas.sync_depth = '1'
{%- endmacro %}
