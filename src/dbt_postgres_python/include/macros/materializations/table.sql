{#
  Purpose: `materialized: table` for Python models; an SQL model goes dbt's way. The old table stays as it is, and can be
  read, while the model runs; old and new change places in the transaction that everything happens in.
#}
{% materialization table, adapter='postgres_python', supported_languages=['sql', 'python'] %}
    {%- if model.language == 'sql' -%}
        {{ return(materialization_table_default()) }}
    {%- endif -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target = this.incorporate(type='table') -%}
    {%- set intermediate = make_intermediate_relation(target) -%}
    {%- set backup = make_backup_relation(target, 'table' if existing is none else existing.type) -%}
    {#- of a run that was killed between its commit and its last step, as dbt's own table leaves them -#}
    {%- do drop_relation_if_exists(load_cached_relation(intermediate)) -%}
    {%- do drop_relation_if_exists(load_cached_relation(backup)) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main', language='python') -%}
{{ compiled_code }}
{{ python_result(intermediate) }}
    {%- endcall %}

    {%- do create_indexes(intermediate) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none -%}
        {%- do adapter.rename_relation(existing, backup) -%}
    {%- endif -%}
    {%- do adapter.rename_relation(intermediate, target) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do apply_grants(target, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=True)) -%}
    {%- do persist_docs(target, model) -%}
    {%- do drop_relation_if_exists(backup) -%}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
