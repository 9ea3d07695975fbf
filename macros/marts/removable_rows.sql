{# A persona whose id was retired: a legacy row's own id that no longer is any row's persona. #}
{% macro retired_persona(id) -%}
    exists (
            select from {{ ref('int_persona_clusters') }} as retired
            where retired.unmerged_persona_id = {{ id }}
        )
        and not exists (
            select from {{ ref('int_persona_clusters') }} as current_rows
            where current_rows.persona_id = {{ id }}
        )
{%- endmacro %}


{#
  A mapping row that came from the legacy side, of a persona that still has a legacy row there.
  A soft-deleted persona keeps its mappings, so that it can come back whole.
#}
{% macro legacy_row_of_living_persona(row) -%}
    {{ row }}.origin = 'legacy'
        and exists (
            select from {{ ref('int_persona_living') }} as living where living.persona_id = {{ row }}.persona_id
        )
{%- endmacro %}


{#
  Before a retired persona's row goes, what points at it moves to the persona that its legacy
  rows now belong to; mapping rows born in the new world go with their owners (`move_additions`).
#}
{% macro carry_to_surviving_persona() %}
    {%- for table in ['persona_source_mapping', 'persona_link_source_mapping'] -%}
        {%- set relation = load_relation(this.incorporate(path={'identifier': table})) -%}
        {%- if relation %}
    update {{ relation }} as carried set persona_id = clusters.persona_id
    from {{ ref('int_persona_clusters') }} as clusters
    where
        clusters.unmerged_persona_id = carried.persona_id
        and clusters.persona_id <> clusters.unmerged_persona_id;
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
