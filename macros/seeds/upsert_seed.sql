{#
  Purpose: seeds that the view chain reads are never truncated or dropped, not even with
  `--full-refresh`: a concurrent reader would see no rows. dbt's two steps of a seed are replaced:
  columns that are new are added, then rows that the file no longer has are deleted and rows that
  the table does not have are inserted, in the seed's one transaction. Unchanged rows stay. Blank lines are no rows.
  With `meta: {line_numbers_in: <column>}` each row knows the line of the file where it begins.
#}
{% macro postgres__create_csv_table(model, agate_table) %}
    {%- do _refuse_missing_columns(model, agate_table) -%}
    {%- set sql = default__create_csv_table(model, agate_table) -%}
    {%- do _add_line_numbers(model, agate_table.column_names) -%}
    {{ return(sql) }}
{% endmacro %}


{% macro postgres__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- do _refuse_missing_columns(model, agate_table) -%}
    {%- set present = adapter.get_columns_in_relation(old_relation) | map(attribute='name') | list -%}
    {%- do _add_line_numbers(model, present) -%}
    {%- for column in agate_table.column_names -%}
        {%- if column not in present -%}
            {%- set data_type = model.config.column_types.get(column, adapter.convert_type(agate_table, loop.index0)) -%}
            {%- do run_with_short_locks('the seed ' ~ old_relation.identifier, ['alter table ' ~ old_relation ~ ' add column ' ~ adapter.quote(column) ~ ' ' ~ data_type]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if agate_table.rows | length == 0 -%}
        {%- do run_query('delete from ' ~ old_relation) -%}
    {%- endif -%}
    {{ return('-- rows are replaced in place') }}
{% endmacro %}


{% macro postgres__load_csv_rows(model, agate_table) %}
    {%- set line_numbers = model.config.get('meta', {}).get('line_numbers_in') -%}
    {%- set names = agate_table.column_names | list + ([line_numbers] if line_numbers else []) -%}
    {%- set columns = get_quoted_csv(names) -%}
    {%- set line = namespace(number=2) -%}
    {%- do run_query('create temporary table seed_rows on commit drop as select ' ~ columns ~ ' from ' ~ this ~ ' where false') -%}
    {%- for chunk in agate_table.rows | batch(1000) -%}
        {%- set bindings = [] -%}
        {%- set placeholders = [] -%}
        {%- for row in chunk -%}
            {%- if row | reject('none') | list -%}
                {%- do bindings.extend(row) -%}
                {%- if line_numbers -%}{%- do bindings.append(line.number) -%}{%- endif -%}
                {%- do placeholders.append('(' ~ (['%s'] * names | length) | join(', ') ~ ')') -%}
            {%- endif -%}
            {%- set line.number = line.number + 1 + (row | join('') | string).count('\n') -%}
        {%- endfor -%}
        {%- if placeholders -%}
            {%- do adapter.add_query(
                'insert into seed_rows (' ~ columns ~ ') values ' ~ placeholders | join(', '),
                bindings=bindings, abridge_sql_log=True
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {% set sql -%}
        delete from {{ this }} as old_row
        where not exists (select from seed_rows as new_row where {{ _rows_equal(names) }});
        insert into {{ this }} ({{ columns }})
        select {{ columns }} from seed_rows as new_row
        where not exists (select from {{ this }} as old_row where {{ _rows_equal(names) }})
    {%- endset %}
    {%- do run_query(sql) -%}
    {{ return(sql) }}
{% endmacro %}


{% macro _rows_equal(columns) -%}
    {{ _row_of('old_row', columns) }} *= {{ _row_of('new_row', columns) }}
{%- endmacro %}


{% macro _add_line_numbers(model, present) %}
    {%- set line_numbers = model.config.get('meta', {}).get('line_numbers_in') -%}
    {%- if line_numbers and line_numbers not in present -%}
        {%- do run_with_short_locks('the seed ' ~ this.identifier, ['alter table ' ~ this ~ ' add column ' ~ adapter.quote(line_numbers) ~ ' integer']) -%}
    {%- endif -%}
{% endmacro %}


{% macro _refuse_missing_columns(model, agate_table) %}
    {%- for column in model.config.column_types if column not in agate_table.column_names -%}
        {%- do exceptions.raise_compiler_error(
            model.original_file_path ~ ', line 1: there is no column ' ~ column ~ '. The first line must be: '
            ~ model.config.column_types.keys() | join(',')
        ) -%}
    {%- endfor -%}
{% endmacro %}
