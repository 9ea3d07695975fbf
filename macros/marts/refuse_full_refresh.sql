{#
  Purpose: law 7. dbt's `full_refresh: false` would silently ignore `--full-refresh`; here it is
  an error, unless the mart is asked for by name: `--full-refresh --vars 'refill: [personas]'`.
  Ids once given must outlive any refresh, so `int_persona_clusters` cannot be refilled at all.
#}
{% macro refuse_full_refresh() %}
    {%- if execute and flags.FULL_REFRESH and model.config.materialized == 'incremental' and load_relation(this) is not none -%}
        {%- if model.name in _rows_that_are_input() -%}
            {%- do log('--full-refresh leaves ' ~ model.name ~ ' as it is: its rows are input, not output', info=true) -%}
        {%- elif not may_be_refilled() -%}
            {%- do exceptions.raise_compiler_error(
                'A full refresh of the live table ' ~ this.identifier ~ ' is refused. To empty and refill it in place: '
                ~ "--select " ~ model.name ~ " --full-refresh --vars 'refill: [" ~ model.name ~ "]'."
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# Whether `--full-refresh` may empty and refill the current model. #}
{% macro may_be_refilled() %}
    {{ return(model.name in var('refill') and model.name not in _rows_that_are_input()) }}
{% endmacro %}


{% macro _rows_that_are_input() %}
    {{ return(['int_persona_clusters', 'int_persona_owners', 'int_persona_additions', 'persona_overrides']) }}
{% endmacro %}
