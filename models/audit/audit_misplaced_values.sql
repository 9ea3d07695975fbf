-- The way back reads a value from the place to which the seed says that it went. A fault made twice, there and back,
-- is in no round trip and in no residual; what a view does to some rows it does to all, so some are enough.
with some_personas as (

    select * from {{ ref('personas') }}
    order by id
    limit 1000

),

industries as (

    select
        to_jsonb(industries.canonical_id) as canonical_id,
        code_columns.column_name
    from {{ ref('audit_industries') }} as industries
    inner join {{ ref('industry_id_columns') }} as code_columns
        on industries.industry_code = code_columns.industry_code

),

rebuilt as (

    select
        'dh_personas' as source_table,
        shown.persona_id,
        to_jsonb(shown) as shown_row
    from {{ ref('shown_dh_personas') }} as shown
    where shown.persona_id = any(array(select some_personas.id from some_personas))
    union all
    select
        'org_personas',
        shown.persona_id,
        to_jsonb(shown)
    from {{ ref('shown_org_personas') }} as shown
    where shown.persona_id = any(array(select some_personas.id from some_personas))

),

compared as (

    select
        rebuilt.source_table,
        rebuilt.persona_id,
        columns.column_name,
        nullif(
            case
                when columns.goes_to like 'personas.profile.%'
                    then personas.profile -> split_part(columns.goes_to, '.', 3)
                else {{ shown_value('columns.goes_to', 'columns.column_name', 'personas') }}
            end,
            'null'
        ) as shown_value,
        nullif(rebuilt.shown_row -> columns.column_name, 'null') as rebuilt_value
    from rebuilt
    inner join some_personas as personas on rebuilt.persona_id = personas.id
    inner join {{ ref('column_mapping') }} as columns
        on rebuilt.source_table = columns.source_table and columns.how in ('carried', 'crosswalked')

)

select
    source_table,
    persona_id,
    column_name,
    shown_value,
    rebuilt_value
from compared
where shown_value is distinct from rebuilt_value
