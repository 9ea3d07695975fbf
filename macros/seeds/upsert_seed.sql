{#
  Purpose: seeds that the view chain reads are never truncated or dropped, not even with
  `--full-refresh`: a concurrent reader would see no rows. dbt's two steps of a seed are replaced:
  columns that are new are added, then rows that the file no longer has are deleted and rows that
  the table does not have are inserted, in the seed's one transaction. Unchanged rows stay.
#}
{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- set present = adapter.get_columns_in_relation(old_relation) | map(attribute='name') | list -%}
    {%- for column in agate_table.column_names -%}
        {%- if column not in present -%}
            {%- set data_type = model.config.column_types.get(column, adapter.convert_type(agate_table, loop.index0)) -%}
            {%- do run_query('alter table ' ~ old_relation ~ ' add column ' ~ adapter.quote(column) ~ ' ' ~ data_type) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if agate_table.rows | length == 0 -%}
        {%- do run_query('delete from ' ~ old_relation) -%}
    {%- endif -%}
    {{ return('-- rows are replaced in place') }}
{% endmacro %}


{% macro postgres__load_csv_rows(model, agate_table) %}
    {%- set columns = get_quoted_csv(agate_table.column_names) -%}
    {%- do run_query('create temporary table seed_rows on commit drop as select ' ~ columns ~ ' from ' ~ this ~ ' where false') -%}
    {%- for chunk in agate_table.rows | batch(1000) -%}
        {%- set bindings = [] -%}
        {%- set placeholders = [] -%}
        {%- for row in chunk -%}
            {%- do bindings.extend(row) -%}
            {%- do placeholders.append('(' ~ (['%s'] * agate_table.column_names | length) | join(', ') ~ ')') -%}
        {%- endfor -%}
        {%- do adapter.add_query(
            'insert into seed_rows (' ~ columns ~ ') values ' ~ placeholders | join(', '),
            bindings=bindings, abridge_sql_log=True
        ) -%}
    {%- endfor -%}
    {% set sql -%}
        delete from {{ this }} as old_row
        where not exists (select from seed_rows as new_row where {{ _rows_equal(agate_table.column_names) }});
        insert into {{ this }} ({{ columns }})
        select {{ columns }} from seed_rows as new_row
        where not exists (select from {{ this }} as old_row where {{ _rows_equal(agate_table.column_names) }})
    {%- endset %}
    {%- do run_query(sql) -%}
    {{ return(sql) }}
{% endmacro %}


{% macro _rows_equal(columns) -%}
    {{ _row_of('old_row', columns) }} *= {{ _row_of('new_row', columns) }}
{%- endmacro %}
