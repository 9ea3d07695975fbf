{{
    config(
        unique_key=['persona_id', 'jtbd_id'],
        meta={
            'removes_where': "{{ legacy_row_of_living_persona('old_row') }}",
            'index_definitions': {'persona_jtbd_mapping_jtbd_id_idx': '(jtbd_id)'},
            'optional_foreign_keys': {'persona_jtbd_mapping_jtbd_id_fkey': {
                'column': 'jtbd_id', 'table': 'jtbd_library'
            }}
        }
    )
}}
-- depends_on: {{ ref('personas') }}, {{ ref('int_persona_living') }}, {{ source('legacy', 'jtbd_library') }}

select * from {{ ref('int_persona_jobs') }}
