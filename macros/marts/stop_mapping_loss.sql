{#
  Purpose: law 9 for the mappings, before the first mart is written. Runs in the transaction that
  has just written `int_persona_clusters`: there the chain already tells what each mapping will be,
  and an error still takes everything back. Nothing to compare in the first build.
#}
{% macro stop_mapping_loss() %}
    {%- if not execute or flags.EMPTY or var('allow_mass_loss') -%}{{ return('') }}{%- endif -%}
    {%- set living -%}
        old_row.origin = 'legacy'
        and exists (
            select from {{ this }} as clusters
            where clusters.persona_id = old_row.persona_id and clusters.contributes
        )
    {%- endset -%}
    {%- for mapping, view, key in [
        ('persona_industry_mapping', 'int_persona_industries', 'industry_id'),
        ('persona_role_mapping', 'int_persona_roles', 'role_id'),
        ('persona_jtbd_mapping', 'int_persona_jobs', 'jtbd_id'),
    ] -%}
        {%- set rows = load_relation(this.incorporate(path={'identifier': view})) -%}
        {%- set mart = load_relation(this.incorporate(path={'schema': target.schema, 'identifier': mapping})) -%}
        {%- if rows and mart -%}
            {%- do stop_mass_loss(mart, rows, ['persona_id', key], living, none) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
