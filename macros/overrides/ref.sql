{#
  Purpose: `--empty` must neither leave an empty view behind nor make a snapshot or a test believe
  that every row was deleted. So everything reads whole relations even then, and a table that is
  there keeps its rows as they are (`get_incremental_upsert_changed_sql`).
  (dbt's subquery in place of a relation would also not bear the aliases that the models give.)
  Overrides dbt's `ref` and `source` as its documentation allows.
#}
{% macro ref() %}
    {%- set version = kwargs.get('version') or kwargs.get('v') -%}
    {%- if varargs | length == 2 -%}
        {%- set relation = builtins.ref(varargs[0], varargs[1], version=version) -%}
    {%- else -%}
        {%- set relation = builtins.ref(varargs[0], version=version) -%}
    {%- endif -%}
    {{ return(_whole_relation(relation)) }}
{% endmacro %}


{% macro source(source_name, table_name) %}
    {{ return(_whole_relation(builtins.source(source_name, table_name))) }}
{% endmacro %}


{% macro _whole_relation(relation) %}
    {{ return(relation.replace(limit=none) if execute and flags.EMPTY else relation) }}
{% endmacro %}
