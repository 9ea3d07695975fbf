/*
What is this?        Each row is a row of `dh_personas` or `org_personas` that `persona_source_mapping` does not
                     have, or one that it takes for living although the legacy table no longer has it.
When does it matter? Always: a row that is not accounted for is lost, and nobody would notice.
How to resolve?      Rows written while the build ran: build again. Else look at the first model of the chain that
                     lacks the row: stg_*, int_persona_records, int_persona_clusters.
*/
with legacy_rows as (

    select 'dh_personas' as source_table, id as source_id from {{ source('legacy', 'dh_personas') }}
    union all
    select 'org_personas' as source_table, id as source_id from {{ source('legacy', 'org_personas') }}

),

mapped_rows as (

    select source_table, source_id, persona_id
    from {{ ref('persona_source_mapping') }}
    where source_deleted_at is null

)

select
    coalesce(legacy_rows.source_table, mapped_rows.source_table) as source_table,
    coalesce(legacy_rows.source_id, mapped_rows.source_id) as source_id,
    mapped_rows.persona_id,
    case
        when legacy_rows.source_id is null then 'mapped, but no longer in the legacy table'
        else 'in the legacy table, but not mapped'
    end as finding
from legacy_rows
full join mapped_rows
    on
        legacy_rows.source_table = mapped_rows.source_table
        and legacy_rows.source_id = mapped_rows.source_id
where legacy_rows.source_id is null or mapped_rows.source_id is null
