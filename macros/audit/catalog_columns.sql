{#
  Purpose: the columns of relations as the catalog has them at this moment, `source_table, position, column_name,
  data_type`, positions counted from 1 without gaps. A relation that is not there has none. Looked up by name when
  the query runs, so that a view with it depends on no table and outlives every change that it must report.
  Argument: `relations`, name → relation.
#}
{% macro catalog_columns(relations) -%}
    select
        wanted.name as source_table,
        (row_number() over (partition by wanted.name order by columns.attnum))::integer as position,
        columns.attname::text as column_name,
        format_type(columns.atttypid, columns.atttypmod) as data_type
    from (
        values
        {%- for name, relation in relations.items() %}
        ('{{ name }}', '{{ relation.include(database=false) | string | replace("'", "''") }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as wanted (name, relation)
    inner join pg_attribute as columns
        on
            columns.attrelid = to_regclass(wanted.relation)
            and columns.attnum > 0
            and not columns.attisdropped
{%- endmacro %}
