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
-- depends_on: {{ ref('personas') }}, {{ ref('int_persona_living') }}, {{ ref('int_persona_owners') }}
-- depends_on: {{ ref('int_persona_additions') }}, {{ ref('int_persona_industries') }}

select * from {{ ref('int_persona_industries_chosen') }}
