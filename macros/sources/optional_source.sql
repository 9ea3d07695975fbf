{#
  Purpose: a legacy table that a database may lack: the table where it is there, else no rows
  of the columns and types that `_sources.yml` declares.
  Argument: `name`, a table of the source `legacy`. What it returns needs an alias.
#}
{% macro optional_source(name) %}
    {%- set table = source('legacy', name) -%}
    {%- if not execute or model.resource_type == 'unit_test' or is_in_database(table) -%}
        {{ return(table) }}
    {%- endif -%}
    {%- set declared = declared_source_columns(name) -%}
    {%- set nulls = [] -%}
    {%- for column, data_type in declared.items() -%}
        {%- do nulls.append('null::' ~ data_type ~ ' as ' ~ adapter.quote(column)) -%}
    {%- endfor -%}
    {{ return('(select ' ~ nulls | join(', ') ~ ' where false)') }}
{% endmacro %}


{# The declared columns of a legacy table: name → type, in order. #}
{% macro declared_source_columns(name) %}
    {%- set columns = {} -%}
    {%- for node in graph.get('sources', {}).values() if node.source_name == 'legacy' and node.name == name -%}
        {%- for column in node.columns.values() -%}
            {%- do columns.update({column.name: column.data_type}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}


{#
  Whether a source is there, by the catalog. Not by `load_relation`: dbt's cache of a schema that is
  no model's is filled by the first thread that asks, and to the others it seems half empty
  meanwhile. A whole legacy table was then taken for absent.
#}
{% macro is_in_database(table) %}
    {%- set name = table.include(database=false) | string -%}
    {{ return(run_query('select to_regclass(' ~ literal(name) ~ ') is not null as found').rows[0].found) }}
{% endmacro %}
