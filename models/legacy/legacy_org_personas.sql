select
    {%- for column in legacy_table_columns('org_personas') %}
    {% if column.name == 'id' -%}
    sources.source_id as id
    {%- else -%}
    {{ kept_or_shown(column, 'sources.residual', 'shown.' ~ column.quoted if column.is_declared else 'null') }}
    {%- endif %}
    {{- ',' if not loop.last }}
    {%- endfor %}
from {{ ref('persona_source_mapping') }} as sources
inner join {{ ref('shown_org_personas') }} as shown on sources.persona_id = shown.persona_id
where sources.source_table = 'org_personas' and sources.source_deleted_at is null
