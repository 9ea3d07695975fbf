-- The rule of survivorship, stated apart from int_personas_combined: of the rows that count in a persona the first by
-- precedence that has a value; the oldest creation, the newest update, active when one of them is.
with members as (

    select
        sources.persona_id,
        sources.source_table,
        sources.source_id,
        sources.first_seen_at,
        coalesce(to_jsonb(dh_personas), to_jsonb(org_personas)) as legacy_row,
        coalesce(dh_personas.created_at, org_personas.created_at) as created_at,
        bool_or(sources.source_table = 'dh_personas') over (partition by sources.persona_id) as is_shared,
        count(*) over (partition by sources.persona_id) as row_count
    from {{ ref('persona_source_mapping') }} as sources
    left join {{ source('legacy', 'dh_personas') }} as dh_personas
        on sources.source_table = 'dh_personas' and sources.source_id = dh_personas.id
    left join {{ source('legacy', 'org_personas') }} as org_personas
        on sources.source_table = 'org_personas' and sources.source_id = org_personas.id
    where
        sources.source_deleted_at is null
        -- where several rows meet, at least one has another id than the persona; as an array, for the index
        and sources.persona_id = any(array(
            select joined.persona_id
            from {{ ref('persona_source_mapping') }} as joined
            where joined.persona_id <> joined.source_id and joined.source_deleted_at is null
        ))

),

contributors as (

    select
        members.*,
        row_number() over (
            partition by persona_id
            order by
                case
                    when
                        source_id = persona_id
                        or persona_id = {{ second_id('source_table', 'source_id') }}
                        then first_seen_at
                end nulls last,
                source_table,
                created_at,
                source_id
        ) as precedence
    from members
    where row_count > 1 and (source_table = 'dh_personas' or not is_shared)

),

claims as (

    select
        contributors.persona_id,
        contributors.precedence,
        columns.goes_to,
        case
            when columns.goes_to = 'persona_industry_mapping.industry_specific_id' then columns.column_name
            else ''
        end as code_column,
        {{ cleaned_value('contributors.legacy_row -> columns.column_name', 'columns.cleaning') }} as value
    from contributors
    inner join {{ ref('column_mapping') }} as columns
        on contributors.source_table = columns.source_table and columns.how in ('carried', 'crosswalked')
    where columns.goes_to not in ('personas.created_at', 'personas.updated_at', 'personas.deleted_at')

),

first_claims as (

    select distinct on (persona_id, goes_to, code_column)
        persona_id,
        goes_to,
        code_column,
        value
    from claims
    order by
        persona_id,
        goes_to,
        code_column,
        value is null,
        coalesce(value in ('[]', '{}', '""'), false),
        precedence

),

times as (

    select
        contributors.persona_id,
        columns.goes_to,
        contributors.legacy_row ->> columns.column_name as value
    from contributors
    inner join {{ ref('column_mapping') }} as columns on contributors.source_table = columns.source_table
    where columns.goes_to in ('personas.created_at', 'personas.updated_at', 'personas.deleted_at')

)

select * from first_claims
union all
select
    persona_id,
    goes_to,
    '' as code_column,
    case goes_to
        when 'personas.created_at' then to_jsonb(min(value::timestamptz) filter (where goes_to = 'personas.created_at'))
        when 'personas.updated_at' then to_jsonb(max(value::timestamptz) filter (where goes_to = 'personas.updated_at'))
        else to_jsonb(bool_or(value is distinct from 'false'))
    end as value
from times
group by persona_id, goes_to
