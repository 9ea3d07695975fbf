{#
  Purpose: the columns of a legacy table as the database has them now, in order: a list of
  `{name, quoted, data_type, is_declared}`; where the table is absent, those that `_sources.yml` declares.
  A column that nobody has declared yet is kept and rebuilt as well: the table may change before we do.
  Argument: `name`, a table of the source `legacy`.
#}
{% macro legacy_table_columns(name) %}
    {%- set declared = declared_source_columns(name) -%}
    {%- set columns = [] -%}
    {%- if execute and (model is not defined or model.resource_type != 'unit_test') -%}
        {%- for node in graph.get('sources', {}).values() if node.source_name == 'legacy' and node.name == name -%}
            {%- set query -%}
                select attname, format_type(atttypid, atttypmod) as data_type
                from pg_attribute
                where
                    attrelid = to_regclass({{ literal(adapter.quote(node.schema) ~ '.' ~ adapter.quote(node.identifier)) }})
                    and attnum > 0
                    and not attisdropped
                order by attnum
            {%- endset -%}
            {%- for row in run_query(query).rows -%}
                {%- do columns.append({
                    'name': row.attname,
                    'quoted': quoted_name(row.attname),
                    'data_type': row.data_type,
                    'is_declared': row.attname in declared
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if columns | length == 0 -%}
        {%- for column, data_type in declared.items() -%}
            {%- do columns.append({
                'name': column, 'quoted': quoted_name(column), 'data_type': data_type, 'is_declared': true
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{% endmacro %}


{# The name under which an image or a residual lists the columns that hold a JSON null, which is not an SQL null. #}
{% macro json_null_key() -%}
    (json null)
{%- endmacro %}


{# A column's name in double quotes, whatever characters it has. #}
{% macro quoted_name(name) -%}
    {{ return('"' ~ name | replace('"', '""') ~ '"') }}
{%- endmacro %}
