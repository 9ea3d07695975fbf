{#
  Purpose: what the transaction of a model needs beside the settings of every session of ours (`personas.session`). PostgreSQL's
  default work_mem (4 MB) would write every wide row to disk twice.
#}
{% macro set_build_session() -%}
    set local work_mem = '{{ var('build_work_mem') }}';
    {#- what a build writes itself is no application's edit (dual-write) #}
    set local personas.sync_depth = '1'
{%- endmacro %}
