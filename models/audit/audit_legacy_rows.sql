-- Written apart from int_persona_clusters: who counts in a persona, and in which order.
{% set columns = [
    'tenant_id', 'unique_id', 'name', 'title', 'persona_code', 'code', 'tier', 'priority_score', 'source',
    'ai_relationship', 'industry_id', 'primary_role_id', 'digital_health_id', 'pharma_id', 'biotech_id', 'pain_points',
    'created_at', 'updated_at'
] %}
{% set absent = {
    'dh_personas': {'tenant_id': 'uuid', 'code': 'text'},
    'org_personas': {'title': 'text', 'persona_code': 'text', 'tier': 'integer', 'priority_score': 'numeric', 'source': 'text'}
} %}
with mapped_rows as (

    {% for table in ['dh_personas', 'org_personas'] -%}
    select
        '{{ table }}' as source_table,
        {{ table }}.id as source_id,
        mapping.persona_id,
        mapping.first_seen_at,
        {{ 'dh_personas.is_active is not false' if table == 'dh_personas' else 'true' }} as is_active,
        {% for column in columns -%}
        {{ 'null::' ~ absent[table][column] if column in absent[table] else table ~ '.' ~ column }} as {{ column }},
        {% endfor -%}
        {{ 'true' if table == 'dh_personas' else 'shared_personas.persona_id is null' }} as contributes
    from {{ source('legacy', table) }} as {{ table }}
    inner join {{ ref('persona_source_mapping') }} as mapping
        on
            mapping.source_table = '{{ table }}'
            and {{ table }}.id = mapping.source_id
            and mapping.source_deleted_at is null
    {% if table == 'dh_personas' -%}
    union all
    {%- else -%}
    left join (
        select distinct shared_rows.persona_id
        from {{ ref('persona_source_mapping') }} as shared_rows
        where shared_rows.source_table = 'dh_personas' and shared_rows.source_deleted_at is null
    ) as shared_personas on mapping.persona_id = shared_personas.persona_id
    {%- endif %}
    {% endfor %}

)

select
    source_table,
    source_id,
    persona_id,
    is_active,
    {% for column in columns -%}
    {{ column }},
    {% endfor -%}
    contributes,
    array[
        -- the row that gave the persona its id
        case
            when persona_id = source_id or persona_id = {{ second_id('source_table', 'source_id') }}
                then extract(epoch from first_seen_at)
            else 'infinity'
        end,
        case source_table when 'dh_personas' then 1 else 2 end,
        extract(epoch from created_at)
    ] as precedence
from mapped_rows
