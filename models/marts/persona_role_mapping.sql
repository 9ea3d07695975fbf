{{
    config(
        unique_key=['persona_id', 'role_id'],
        meta={
            'removes_where': "{{ legacy_row_of_living_persona('old_row') }}",
            'index_definitions': {'persona_role_mapping_role_id_idx': '(role_id)'}
        }
    )
}}
-- depends_on: {{ ref('personas') }}, {{ ref('int_persona_living') }}

select * from {{ ref('int_persona_roles') }}
