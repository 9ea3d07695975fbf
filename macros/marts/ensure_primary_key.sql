{#
  Purpose: seeds and snapshots have a primary key (`meta: primary_key`, a list of columns). Where a publication covers all tables,
  PostgreSQL refuses every update and delete of a table that has none.
#}
{% macro ensure_primary_key() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set columns = config.get('meta', {}).get('primary_key') -%}
    {%- if columns and is_own_table(this) -%}
        {%- set found -%}
            select 1 from pg_index where indisprimary and indrelid = to_regclass({{ literal(this.include(database=false)) }})
        {%- endset -%}
        {%- if run_query(found).rows | length == 0 -%}
            {%- do run_with_short_locks(
                'the primary key of ' ~ this.identifier, ['alter table ' ~ this ~ ' add primary key (' ~ get_quoted_csv(columns) ~ ')']
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
