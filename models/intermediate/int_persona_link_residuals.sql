{%- set job_columns = [
    'relevance_score', 'typical_frequency', 'use_case_examples', 'expected_benefit', 'adoption_barriers'
] -%}
select
    links.source_table,
    links.source_id,
    links.pointer,
    {{ residual(
        'persona_role_mapping', 'base', 'shown', ['is_primary_role', 'role_context'], ['id', 'org_role_id']
    ) }}
    - case when base.persona_id = links.persona_id then 'persona_id' else '' end as residual,
    links.persona_id,
    links.target_id
from {{ ref('base_persona_role_mapping') }} as base
inner join {{ ref('int_persona_link_sources') }} as links
    on links.source_table = 'persona_role_mapping' and base.id = links.source_id
left join {{ ref('shown_persona_role_mapping') }} as shown
    on links.persona_id = shown.persona_id and base.org_role_id = shown.org_role_id
{%- for pointer, other in {'persona_id': 'persona_dh_id', 'persona_dh_id': 'persona_id'}.items() %}
union all
select
    links.source_table,
    links.source_id,
    links.pointer,
    {{ residual('jtbd_org_persona_mapping', 'base', 'shown', job_columns, ['id', 'jtbd_id', other]) }}
    - case when base.{{ pointer }} = links.persona_id then '{{ pointer }}' else '' end as residual,
    links.persona_id,
    links.target_id
from {{ ref('base_jtbd_org_persona_mapping') }} as base
inner join {{ ref('int_persona_link_sources') }} as links
    on
        links.source_table = 'jtbd_org_persona_mapping'
        and base.id = links.source_id
        and links.pointer = '{{ pointer }}'
left join {{ ref('shown_jtbd_org_persona_mapping') }} as shown
    on links.persona_id = shown.persona_id and base.jtbd_id = shown.jtbd_id
{%- endfor %}
