{#
  Purpose: law 7. dbt's `full_refresh: false` would silently ignore `--full-refresh`; here it is
  an error, unless the mart is asked for by name: `--full-refresh --vars 'refill: [personas]'`.
  Ids once given must outlive any refresh, so `int_persona_clusters` cannot be refilled at all.
#}
{% macro refuse_full_refresh() %}
    {%- if execute and flags.FULL_REFRESH and model.config.materialized == 'incremental' and load_relation(this) is not none -%}
        {%- if run_query('select 1 from ' ~ this ~ ' limit 1').rows | length == 0 -%}
            {#- made by a view that reads it (`make_stored`), or never filled -#}
            {{ return('') }}
        {%- elif model.name in _rows_that_are_input() -%}
            {%- do log('--full-refresh leaves ' ~ model.name ~ ' as it is: its rows are input, not output', info=true) -%}
        {%- elif not may_be_refilled() -%}
            {%- do _refuse_refresh_of([model.name]) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# The same before anything is written, for all models that are selected: half a command would leave stored ids ahead of the marts. #}
{% macro refuse_full_refresh_at_start() %}
    {%- if not execute or not flags.FULL_REFRESH or flags.WHICH not in ('build', 'run') -%}{{ return('') }}{%- endif -%}
    {%- set refused = [] -%}
    {%- for node in graph.nodes.values() if node.unique_id in selected_resources and node.resource_type == 'model' -%}
        {%- set is_refused = 'refuse_full_refresh' in (node.config['pre-hook'] | string) and node.config.materialized == 'incremental'
            and node.name not in _rows_that_are_input() -%}
        {%- if is_refused and is_own_table(api.Relation.create(schema=node.schema, identifier=node.alias)) -%}
            {%- if node.name not in var('refill') -%}
                {%- do refused.append(node.name) -%}
            {%- elif dual_write_is_on() -%}
                {%- do exceptions.raise_compiler_error('A refill of ' ~ node.name ~ ' is refused while dual-write is on: switch it off first. Nothing was built.') -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if refused -%}{%- do _refuse_refresh_of(refused | sort) -%}{%- endif -%}
{% endmacro %}


{% macro _refuse_refresh_of(names) %}
    {%- do exceptions.raise_compiler_error(
        'A full refresh of the live table' ~ ('s ' if names | length > 1 else ' ') ~ names | join(', ') ~ ' is refused. Nothing was built. To empty and refill one in place: '
        ~ '--select ' ~ names[0] ~ " --full-refresh --vars 'refill: [" ~ names[0] ~ "]'."
    ) -%}
{% endmacro %}


{# Whether `--full-refresh` may empty and refill the current model. #}
{% macro may_be_refilled() %}
    {{ return(model.name in var('refill') and model.name not in _rows_that_are_input()) }}
{% endmacro %}


{% macro _rows_that_are_input() %}
    {{ return(['int_persona_clusters', 'int_persona_owners', 'int_persona_additions', 'persona_overrides']) }}
{% endmacro %}
