{#
  Purpose: `materialized: incremental` for Python models; an SQL model goes dbt's way. The result goes to a temporary
  table, from which the model's strategy takes it over, in one transaction.
#}
{% materialization incremental, adapter='postgres_python', supported_languages=['sql', 'python'] %}
    {%- if model.language == 'sql' -%}
        {{ return(materialization_incremental_default()) }}
    {%- endif -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set intermediate = make_intermediate_relation(target) -%}
    {%- set backup = make_backup_relation(target, 'table' if existing is none else existing.type) -%}
    {%- set is_rebuilt = existing is not none and (should_full_refresh() or existing.is_view) -%}
    {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
    {%- do drop_relation_if_exists(load_cached_relation(intermediate)) -%}
    {%- do drop_relation_if_exists(load_cached_relation(backup)) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing is none or is_rebuilt -%}
        {%- set made = intermediate if is_rebuilt else target -%}
        {% call statement('main', language='python') -%}
{{ compiled_code }}
{{ python_result(made) }}
        {%- endcall %}
        {%- do create_indexes(made) -%}
        {%- if is_rebuilt -%}
            {%- do adapter.rename_relation(existing, backup) -%}
            {%- do adapter.rename_relation(intermediate, target) -%}
        {%- endif -%}
    {%- else -%}
        {%- set temporary = make_temp_relation(target) -%}
        {% call statement('python_result', language='python') -%}
{{ compiled_code }}
{{ python_result(temporary, temporary=true) }}
        {%- endcall %}
        {% call statement('main') -%}
            {{ python_take_over(temporary, target, existing, on_schema_change) }}
        {%- endcall %}
        {%- do run_query('drop table if exists ' ~ temporary) -%}
    {%- endif -%}

    {%- do apply_grants(target, config.get('grants'), should_revoke=should_revoke(existing, is_rebuilt)) -%}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- if is_rebuilt -%}
        {%- do drop_relation_if_exists(backup) -%}
    {%- endif -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}


{# The SQL that takes the rows of a temporary table over, by the model's strategy, as dbt's own incremental does. #}
{% macro python_take_over(temporary, target, existing, on_schema_change) %}
    {%- set contract = config.get('contract') -%}
    {%- if not contract or not contract.enforced -%}
        {%- do adapter.expand_target_column_types(from_relation=temporary, to_relation=target) -%}
    {%- endif -%}
    {%- set columns = process_schema_changes(on_schema_change, temporary, existing) -%}
    {%- if not columns -%}
        {%- set columns = adapter.get_columns_in_relation(existing) -%}
    {%- endif -%}
    {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') -%}
    {{ return(strategy({
        'target_relation': target,
        'temp_relation': temporary,
        'unique_key': config.get('unique_key'),
        'dest_columns': columns,
        'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none)
    })) }}
{% endmacro %}
