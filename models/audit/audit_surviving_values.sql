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
        columns.column_name,
        {{ cleaned_value('fields.value', 'columns.cleaning') }} as value
    from contributors
    cross join lateral jsonb_each(contributors.legacy_row) as fields
    inner join {{ ref('column_mapping') }} as columns
        on
            contributors.source_table = columns.source_table
            and fields.key = columns.column_name
            and columns.how in ('carried', 'crosswalked')

)

select
    persona_id,
    goes_to,
    case when goes_to = 'persona_industry_mapping.industry_specific_id' then column_name else '' end as code_column,
    case goes_to
        when 'personas.created_at'
            then to_jsonb(min((value #>> '{}')::timestamptz) filter (where goes_to = 'personas.created_at'))
        when 'personas.updated_at'
            then to_jsonb(max((value #>> '{}')::timestamptz) filter (where goes_to = 'personas.updated_at'))
        when 'personas.deleted_at' then to_jsonb(bool_or(value is distinct from 'false'))
        else (
            array_agg(value order by coalesce(value in ('[]', '{}', '""'), false), precedence)
            filter (where value is not null)
        )[1]
    end as value
from claims
group by persona_id, goes_to, code_column
