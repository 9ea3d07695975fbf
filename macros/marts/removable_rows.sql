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
            select from {{ ref('int_persona_clusters') }} as clusters
            where clusters.persona_id = {{ row }}.persona_id and clusters.contributes
        )
{%- endmacro %}


{#
  Before a retired persona's row goes, what points at it moves to the persona that its legacy
  rows now belong to; mapping rows born in the new world move too, unless that persona has one.
  A persona has one primary industry: the survivor's own, if it has one.
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
    {%- for table, key in {
        'persona_industry_mapping': 'industry_id',
        'persona_role_mapping': 'role_id',
        'persona_jtbd_mapping': 'jtbd_id',
    }.items() -%}
        {%- set relation = load_relation(this.incorporate(path={'identifier': table})) -%}
        {%- if relation -%}
            {%- set others = adapter.get_columns_in_relation(relation) | map(attribute='name')
                | reject('in', ['persona_id', 'is_primary']) | join(', ') -%}
            {%- set has_primary = table != 'persona_jtbd_mapping' %}
    with carried as (
        delete from {{ relation }} as carried
        using {{ ref('int_persona_clusters') }} as clusters
        where
            carried.origin = 'new'
            and clusters.unmerged_persona_id = carried.persona_id
            and clusters.persona_id <> clusters.unmerged_persona_id
            and {{ retired_persona('carried.persona_id') }}
        returning clusters.persona_id as survivor_id, carried.*
    )

    insert into {{ relation }} ({{ 'is_primary, ' if has_primary }}persona_id, {{ others }})
    select distinct on (survivor_id, {{ key }})
        {%- if table == 'persona_industry_mapping' %}
        is_primary
        and row_number() over (
            partition by survivor_id order by is_primary desc, persona_id, {{ key }}
        ) = 1
        and not exists (
            select from {{ relation }} as present
            where present.persona_id = carried.survivor_id and present.is_primary
        ),
        {%- elif has_primary %}
        is_primary,
        {%- endif %}
        survivor_id,
        {{ others }}
    from carried
    order by survivor_id, {{ key }}, persona_id
    on conflict (persona_id, {{ key }}) do nothing;
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
