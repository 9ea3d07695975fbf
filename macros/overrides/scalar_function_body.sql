{#
  Purpose: let a dbt function be written in PL/pgSQL, which dbt-postgres 1.11 cannot say
  (it always ends a body with `language sql`). Overrides dbt's macro of this name.
  Before → after: a body that starts with `declare` or `begin` → `language plpgsql`.
#}
{% macro postgres__scalar_function_body_sql() %}
    {{ _function_body(model.compiled_code) }}
{% endmacro %}


{% macro _function_body(code) %}
    {%- set body = code | trim -%}
    {%- set is_plpgsql = body.startswith('declare') or body.startswith('begin') -%}
    $body$
    {{ body }}
    $body$ language {{ 'plpgsql' if is_plpgsql else 'sql' }}
    {#- so that no caller can slip it an operator; a tenth slower #}
    set search_path = pg_catalog, pg_temp
{% endmacro %}


{#
  Purpose: what the views call is there before them, also in `dbt run`, which makes no functions. One that is there is left to
  `dbt build`.
#}
{% macro create_missing_functions() %}
    {%- if not execute or flags.WHICH not in ('build', 'run') -%}{{ return('') }}{%- endif -%}
    {%- for node in graph.functions.values() if node.package_name == project_name -%}
        {%- set name = api.Relation.create(schema=node.schema, identifier=node.alias) -%}
        {%- set types = node.arguments | map(attribute='data_type') | join(', ') -%}
        {%- if not run_query('select to_regprocedure(' ~ literal(name ~ '(' ~ types ~ ')') ~ ') is not null as found').rows[0].found -%}
            {%- set arguments = [] -%}
            {%- for argument in node.arguments -%}{%- do arguments.append(argument.name ~ ' ' ~ argument.data_type) -%}{%- endfor -%}
            {%- do run_query('create schema if not exists ' ~ name.without_identifier()) -%}
            {%- do run_query(
                'create function ' ~ name ~ ' (' ~ arguments | join(', ') ~ ') returns ' ~ node.returns.data_type
                ~ (' immutable as ' if node.config.volatility == 'deterministic' else ' volatile as ') ~ _function_body(render(node.raw_code))
            ) -%}
            {%- do run_query('commit') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
