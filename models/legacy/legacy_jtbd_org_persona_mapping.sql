-- An old row may point at two personas and then has two rows in `persona_link_source_mapping`: each gives
-- its own pointer, the first of them all else.
select
    {%- for column in legacy_table_columns('jtbd_org_persona_mapping') %}
    {% if column.name == 'id' -%}
    sources.source_id as id
    {%- elif column.name == 'persona_id' -%}
    case
        when sources.pointer <> 'persona_id' then null
        else coalesce((sources.residual ->> 'persona_id')::uuid, sources.persona_id)
    end as persona_id
    {%- elif column.name == 'persona_dh_id' -%}
    case
        when sources.pointer = 'persona_dh_id' then coalesce((sources.residual ->> 'persona_dh_id')::uuid, sources.persona_id)
        else coalesce((second.residual ->> 'persona_dh_id')::uuid, second.persona_id)
    end as persona_dh_id
    {%- else -%}
    {{ kept_or_shown(column, 'sources.residual', {
        'jtbd_id': 'sources.target_id',
        'relevance_score': 'shown.relevance_score',
        'typical_frequency': 'shown.typical_frequency',
        'use_case_examples': 'shown.use_case_examples',
        'expected_benefit': 'shown.expected_benefit',
        'adoption_barriers': 'shown.adoption_barriers'
    }.get(column.name, 'null')) }}
    {%- endif %}
    {{- ',' if not loop.last }}
    {%- endfor %}
from {{ ref('persona_link_source_mapping') }} as sources
left join {{ ref('persona_link_source_mapping') }} as second
    on
        sources.source_table = second.source_table
        and sources.source_id = second.source_id
        and sources.pointer = 'persona_id'
        and second.pointer = 'persona_dh_id'
        and second.source_deleted_at is null
left join {{ ref('shown_jtbd_org_persona_mapping') }} as shown
    on sources.persona_id = shown.persona_id and sources.target_id = shown.jtbd_id
where
    sources.source_table = 'jtbd_org_persona_mapping'
    and sources.source_deleted_at is null
    and (
        sources.pointer = 'persona_id'
        or not exists (
            select from {{ ref('persona_link_source_mapping') }} as other
            where
                other.source_table = sources.source_table
                and other.source_id = sources.source_id
                and other.pointer = 'persona_id'
                and other.source_deleted_at is null
        )
    )
