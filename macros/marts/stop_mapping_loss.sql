{#
  Purpose: law 9 for the mappings, before the first mart is written. Runs in the transaction that writes `personas`, after it has
  taken over the changes of `int_persona_clusters`: there the chain already tells what each mapping will be, and an error still
  takes everything back.
#}
{% macro stop_mapping_loss() %}
    {%- if not execute or flags.EMPTY or var('allow_mass_loss') or load_relation(this) is none -%}{{ return('') }}{%- endif -%}
    {%- for mapping, view, key in [
        ('persona_industry_mapping', ref('int_persona_industries'), 'industry_id'),
        ('persona_role_mapping', ref('int_persona_roles'), 'role_id'),
        ('persona_jtbd_mapping', ref('int_persona_jobs'), 'jtbd_id'),
    ] -%}
        {%- set mart = load_relation(this.incorporate(path={'identifier': mapping})) -%}
        {%- if mart -%}
            {%- do stop_mass_loss(mart, view, ['persona_id', key], legacy_row_of_living_persona('old_row'), none) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
