{#
  Purpose: before anything is built, every legacy table is there, has the columns and types that
  `_sources.yml` declares, may be read, and shows all its rows (law 9), and the marts have a schema
  of their own. Whatever is not so is named, all at once, and nothing is built. Tables with
  `meta: optional` may be absent.
#}
{% macro check_legacy_sources() %}
    {%- if not execute or flags.WHICH not in ('build', 'run', 'snapshot', 'test') -%}{{ return('') }}{%- endif -%}
    {%- set problems = [] -%}
    {%- if target.schema == var('legacy_schema') -%}
        {%- do problems.append(
            'the target schema ' ~ target.schema ~ ' holds the legacy tables, one of which has the name of a mart,'
            ~ ' persona_role_mapping (set PERSONAS_SCHEMA)'
        ) -%}
    {%- endif -%}
    {%- for node in graph.sources.values() if node.source_name == 'legacy' -%}
        {%- set found = _found_source_columns(node) -%}
        {%- if found is none -%}
            {%- if not node.config.get('meta', {}).get('optional') -%}
                {%- do problems.append('table ' ~ node.schema ~ '.' ~ node.identifier ~ ' is missing (or set --vars legacy_schema)') -%}
            {%- endif -%}
        {%- else -%}
            {%- do problems.extend(_source_problems(node, found)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if problems -%}
        {%- do exceptions.raise_compiler_error('The legacy database is not as expected: ' ~ problems | join('; ') ~ '. Nothing was built.') -%}
    {%- endif -%}
{% endmacro %}


{# The table's columns, name → type without its modifier, or none where there is no such table. #}
{% macro _found_source_columns(node) %}
    {%- set query -%}
        select
            attname,
            atttypid::regtype::text as data_type,
            has_schema_privilege(relnamespace, 'usage') and has_table_privilege(pg_class.oid, 'select') as readable,
            has_table_privilege(pg_class.oid, 'references') as referable,
            relkind in ('r', 'p') as is_table,
            row_security_active(pg_class.oid) as hides_rows
        from pg_class
        inner join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
        where
            relnamespace::regnamespace::text in ({{ literal(node.schema) }}, quote_ident({{ literal(node.schema) }}))
            and relname = {{ literal(node.identifier) }}
            and relkind in ('r', 'p', 'v', 'm', 'f')
    {%- endset -%}
    {%- set rows = run_query(query).rows -%}
    {%- set columns = {} -%}
    {%- for row in rows -%}{%- do columns.update({row.attname: row}) -%}{%- endfor -%}
    {{ return(columns if rows | length > 0 else none) }}
{% endmacro %}


{% macro _source_problems(node, found) %}
    {%- set table = node.schema ~ '.' ~ node.identifier -%}
    {%- set any_column = found.values() | first -%}
    {%- set problems = [] -%}
    {%- if not any_column.readable -%}
        {%- do problems.append('no permission to read ' ~ table ~ ' as ' ~ target.user) -%}
    {%- elif any_column.hides_rows -%}
        {%- do problems.append('row level security hides rows of ' ~ table ~ ' from ' ~ target.user ~ '; build as the owner or a role with bypassrls') -%}
    {%- endif -%}
    {%- if node.config.get('meta', {}).get('referenced') and any_column.is_table and not any_column.referable -%}
        {%- do problems.append('no permission to point foreign keys at ' ~ table ~ ' (grant references)') -%}
    {%- endif -%}
    {%- for column in node.columns.values() -%}
        {%- set wanted = column.data_type.split('(')[0] -%}
        {%- if column.name not in found -%}
            {%- do problems.append('column ' ~ table ~ '.' ~ column.name ~ ' (' ~ column.data_type ~ ') is missing') -%}
        {%- elif found[column.name].data_type != wanted -%}
            {%- do problems.append('column ' ~ table ~ '.' ~ column.name ~ ' is ' ~ found[column.name].data_type ~ ', not ' ~ wanted) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}
