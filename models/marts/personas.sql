{{
    config(
        unique_key='id',
        pre_hook=['{{ take_over_cluster_changes() }}', '{{ stop_mapping_loss() }}', '{{ find_moved_owners() }}'],
        meta={
            'removes_where': "{{ retired_persona('old_row.id') }}",
            'before_removal': '{{ carry_to_surviving_persona() }}{{ move_additions() }}',
            'loses': {
                'is': 'mark deleted',
                'of': 'old_row.deleted_at is null',
                'lost': 'new_row.deleted_at is not null'
            },
            'index_definitions': {
                'personas_living_tenant_id_idx': '(tenant_id) where deleted_at is null',
                'personas_unique_id_idx': 'using hash (unique_id)',
                'personas_name_idx': 'using hash (name)',
                'personas_tier_priority_idx': "((profile -> 'tier'), (profile -> 'priority_score') desc)",
                'personas_persona_code_idx': "using hash ((profile ->> 'persona_code'))",
                'personas_code_idx': "using hash ((profile ->> 'code'))",
                'personas_words_idx': "using gin (pain_points, (profile -> 'ai_relationship'))"
            },
            'index_definitions_with_extension': {'pg_trgm': {
                'personas_search_idx': "using gin (name {schema}.gin_trgm_ops, (profile ->> 'title') {schema}.gin_trgm_ops, (profile ->> 'persona_code') {schema}.gin_trgm_ops, (profile ->> 'code') {schema}.gin_trgm_ops)"
            }},
            'statistics_definitions': {
                'personas_source_stats': "(profile ->> 'source')",
                'personas_title_stats': "(profile ->> 'title')",
                'personas_persona_code_stats': "(profile ->> 'persona_code')",
                'personas_code_stats': "(profile ->> 'code')"
            }
        }
    )
}}
-- depends_on: {{ ref('int_persona_clusters') }}, {{ ref('int_persona_owners') }}, {{ ref('int_persona_additions') }}
-- depends_on: {{ ref('int_persona_records') }}, {{ ref('int_persona_industries') }}, {{ ref('int_industries') }}
-- depends_on: {{ ref('int_industry_code_columns') }}, {{ source('legacy', 'industries') }}
-- depends_on: {{ ref('int_persona_living') }}, {{ ref('int_personas_gone') }}
-- depends_on: {{ ref('int_persona_roles') }}, {{ ref('int_persona_jobs') }}
-- depends_on: {{ source('legacy', 'org_roles') }}, {{ source('legacy', 'jtbd_library') }}

with merged as (

    select * from {{ ref('int_personas_merged') }}

)

{%- if is_incremental() %},

-- A persona whose last legacy row is gone stays as it was last seen, soft-deleted.
soft_deleted as (

    select
        {%- for column in model.columns if column != 'deleted_at' %}
        personas.{{ column }},
        {%- endfor %}
        coalesce(personas.deleted_at, gone.deleted_at) as deleted_at
    from {{ this }} as personas
    inner join {{ ref('int_personas_gone') }} as gone on personas.id = gone.persona_id

)
{%- endif %}

select * from merged
{%- if is_incremental() %}
union all
select * from soft_deleted
{%- endif %}
