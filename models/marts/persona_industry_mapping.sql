{{
    config(
        unique_key=['persona_id', 'industry_id'],
        post_hook='{{ choose_missing_primary_industries() }}',
        meta={
            'removes_where': "{{ legacy_row_of_living_persona('old_row') }}",
            'index_definitions': {
                'persona_industry_mapping_industry_id_idx': '(industry_id, persona_id) include (is_primary)'
            }
        }
    )
}}
-- depends_on: {{ ref('personas') }}, {{ ref('int_persona_clusters') }}, {{ ref('int_persona_owners') }}
-- depends_on: {{ ref('int_persona_additions') }}

with industries as (

    select * from {{ ref('int_persona_industries') }}

)

{%- if is_incremental() %}

-- Whoever chose another primary industry in the new world keeps it.
select
    persona_id,
    industry_id,
    is_primary
    and not exists (
        select from {{ this }} as chosen
        where
            chosen.persona_id = industries.persona_id
            and chosen.origin = 'new'
            and chosen.is_primary
    ) as is_primary,
    industry_specific_id,
    industry_metadata,
    origin
from industries
{%- else %}

select * from industries
{%- endif %}
