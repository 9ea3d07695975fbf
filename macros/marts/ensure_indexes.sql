{#
  Purpose: the indexes and statistics that a model names under `meta`, name → definition; dbt's
  own setting knows no partial or ordered indexes. `index_definitions` are always made,
  `index_definitions_with_extension` (extension → name → definition, `{schema}` being the
  extension's) where the database has the extension already, `statistics_definitions` (name →
  expressions) so that the planner knows how often a value inside a JSON column occurs.
  What is there under its name stays.
#}
{% macro ensure_indexes() %}
    {%- set meta = config.get('meta', {}) -%}
    {%- for name, definition in _wanted_indexes(meta).items() if not _is_beside_model(name, 'pg_class', 'rel') -%}
        {%- do run_with_short_locks('the index ' ~ name, ['create index ' ~ name ~ ' on ' ~ this ~ ' ' ~ definition]) -%}
    {%- endfor -%}
    {%- for name, expressions in meta.get('statistics_definitions', {}).items() if not _is_beside_model(name, 'pg_statistic_ext', 'stx') -%}
        {%- do run_query('create statistics ' ~ this.include(database=false, identifier=false) ~ '.' ~ name ~ ' on ' ~ expressions ~ ' from ' ~ this) -%}
    {%- endfor -%}
{% endmacro %}


{# The indexes that this database should have: name → definition. #}
{% macro _wanted_indexes(meta) %}
    {%- set wanted = dict(meta.get('index_definitions', {})) -%}
    {%- for extension, definitions in meta.get('index_definitions_with_extension', {}).items() -%}
        {%- set query -%}
            select quote_ident(nspname) as quoted
            from pg_extension inner join pg_namespace on extnamespace = pg_namespace.oid
            where extname = '{{ extension }}'
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- for name, definition in definitions.items() -%}
                {%- do wanted.update({name: definition | replace('{schema}', row.quoted)}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(wanted) }}
{% endmacro %}


{# Whether something of that name stands in the model's schema, by the catalog whose columns have that prefix. #}
{% macro _is_beside_model(name, catalog, prefix) %}
    {%- set query -%}
        select 1 from {{ catalog }} inner join pg_namespace on {{ prefix }}namespace = pg_namespace.oid
        where {{ prefix }}name = '{{ name }}' and nspname = {{ literal(this.schema) }}
    {%- endset -%}
    {{ return(run_query(query).rows | length > 0) }}
{% endmacro %}
