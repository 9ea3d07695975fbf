{#
  Purpose: `--empty` must neither leave an empty view in the chain nor make a snapshot believe
  that every row was deleted. Views and snapshots therefore read whole relations even then; the
  tables still get no rows. Overrides dbt's `ref` and `source` as its documentation allows.
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
    {%- if execute and flags.EMPTY and (
        model.resource_type == 'snapshot' or model.get('config', {}).get('materialized') == 'chain_view'
    ) -%}
        {{ return(relation.replace(limit=none)) }}
    {%- endif -%}
    {{ return(relation) }}
{% endmacro %}
