{{
    config(
        unique_key=['persona_id', 'role_id'],
        meta={'removes_where': "{{ legacy_row_of_living_persona('old_row') }}"}
    )
}}
-- depends_on: {{ ref('personas') }}, {{ ref('int_persona_living') }}

select * from {{ ref('int_persona_roles') }}
