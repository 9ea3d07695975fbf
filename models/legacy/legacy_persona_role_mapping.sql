select
    {%- for column in legacy_table_columns('persona_role_mapping') %}
    {% if column.name == 'id' -%}
    sources.source_id as id
    {%- else -%}
    {{ kept_or_shown(column, 'sources.residual', {
        'persona_id': 'sources.persona_id',
        'org_role_id': 'sources.target_id',
        'is_primary_role': 'shown.is_primary_role',
        'role_context': 'shown.role_context'
    }.get(column.name, 'null')) }}
    {%- endif %}
    {{- ',' if not loop.last }}
    {%- endfor %}
from {{ ref('persona_link_source_mapping') }} as sources
left join {{ ref('shown_persona_role_mapping') }} as shown
    on sources.persona_id = shown.persona_id and sources.target_id = shown.org_role_id::text
where sources.source_table = 'persona_role_mapping' and sources.source_deleted_at is null
