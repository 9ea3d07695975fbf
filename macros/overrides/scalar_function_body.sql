{#
  Purpose: let a dbt function be written in PL/pgSQL, which dbt-postgres 1.11 cannot say
  (it always ends a body with `language sql`). Overrides dbt's macro of this name.
  Before → after: a body that starts with `declare` or `begin` → `language plpgsql`.
#}
{% macro postgres__scalar_function_body_sql() %}
    {%- set body = model.compiled_code | trim -%}
    {%- set is_plpgsql = body.startswith('declare') or body.startswith('begin') -%}
    $body$
    {{ body }}
    $body$ language {{ 'plpgsql' if is_plpgsql else 'sql' }}
{% endmacro %}
