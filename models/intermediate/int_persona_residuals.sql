{%- for table in ['dh_personas', 'org_personas'] %}
{%- set columns = declared_source_columns(table).keys() | reject('equalto', 'id') | list %}
select
    '{{ table }}'::text as source_table,
    base.id as source_id,
    clusters.persona_id,
    {{ residual(table, 'base', 'shown', columns, ['id']) }} as residual
from {{ ref('base_' ~ table) }} as base
inner join {{ ref('int_persona_clusters') }} as clusters
    on clusters.source_table = '{{ table }}' and base.id = clusters.source_id
inner join {{ ref('shown_' ~ table) }} as shown on clusters.persona_id = shown.persona_id
{% if not loop.last %}union all{% endif %}
{%- endfor %}
