{#
  Purpose: what the transaction of a model needs beside the settings of every session of ours (`personas.session`). PostgreSQL's
  default work_mem (4 MB) would write every wide row to disk twice. Of two builds that overlap the second waits with each table until the
  first has committed it, and reads after that: the older reading never wins. Nothing else takes this lock, so nobody else waits.
#}
{% macro set_build_session() -%}
    set local work_mem = '{{ var('build_work_mem') }}';
    {#- what a build writes itself is no application's edit (dual-write) #}
    set local personas.sync_depth = '1';
    select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended({{ literal(this.include(database=false) | string) }}, 0))
{%- endmacro %}
