{#
  Purpose: law 7. dbt's `full_refresh: false` would silently ignore `--full-refresh`; here it is
  an error, unless the mart is asked for by name: `--full-refresh --vars 'refill: [personas]'`.
  Ids once given must outlive any refresh, so `int_persona_clusters` cannot be refilled at all.
#}
{% macro refuse_full_refresh() %}
    {%- if execute and flags.FULL_REFRESH and model.config.materialized == 'incremental' and load_relation(this) is not none -%}
        {%- if model.name == 'int_persona_clusters' or model.name == 'persona_overrides' -%}
            {%- do log('--full-refresh leaves ' ~ model.name ~ ' as it is: its rows are input, not output', info=true) -%}
        {%- elif model.name not in var('refill') -%}
            {%- do exceptions.raise_compiler_error(
                'A full refresh of the live table ' ~ this.identifier ~ ' is refused. To empty and refill it in place: '
                ~ "--full-refresh --vars 'refill: [" ~ model.name ~ "]'."
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
