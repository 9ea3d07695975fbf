with legacy_rows as (

    select 'dh_personas' as source_table, id as source_id, null::uuid as tenant_id, '' as pointer
    from {{ source('legacy', 'dh_personas') }}
    union all
    select 'org_personas', id, tenant_id, ''
    from {{ source('legacy', 'org_personas') }}
    union all
    select 'persona_role_mapping', links.id, org_personas.tenant_id, 'persona_id'
    from {{ optional_source('persona_role_mapping') }} as links
    left join {{ source('legacy', 'org_personas') }} as org_personas on links.persona_id = org_personas.id
    union all
    select 'jtbd_org_persona_mapping', links.id, org_personas.tenant_id, 'persona_id'
    from {{ optional_source('jtbd_org_persona_mapping') }} as links
    left join {{ source('legacy', 'org_personas') }} as org_personas on links.persona_id = org_personas.id
    where links.persona_id is not null
    union all
    select 'jtbd_org_persona_mapping', id, null, 'persona_dh_id'
    from {{ optional_source('jtbd_org_persona_mapping') }} as links
    where persona_dh_id is not null

),

mapped_rows as (

    select
        source_table,
        source_id,
        '' as pointer,
        persona_id,
        source_deleted_at,
        source_deleted_at is null as is_living,
        row_number() over (
            partition by persona_id order by source_deleted_at nulls first, source_table, source_id
        ) = 1 as is_first
    from {{ ref('persona_source_mapping') }}
    union all
    select source_table, source_id, pointer, persona_id, source_deleted_at, source_deleted_at is null, null
    from {{ ref('persona_link_source_mapping') }}

),

counted as (

    select
        coalesce(legacy_rows.source_table, mapped_rows.source_table) as source_table,
        case when legacy_rows.source_id is null then personas.tenant_id else legacy_rows.tenant_id end as tenant_id,
        count(legacy_rows.source_id) as legacy_rows,
        count(mapped_rows.source_id) as mapped_rows,
        count(mapped_rows.source_deleted_at) as deleted_rows,
        count(*) filter (where mapped_rows.is_first) as personas,
        count(*) filter (where not mapped_rows.is_first) as merged_rows,
        count(personas.id) filter (where mapped_rows.is_first and personas.deleted_at is null) as living_personas,
        count(personas.deleted_at) filter (where mapped_rows.is_first) as soft_deleted_personas,
        count(legacy_rows.source_id) filter (where mapped_rows.is_living is not true) as lost_rows,
        min(legacy_rows.source_id::text) filter (where mapped_rows.is_living is not true) as a_lost_row,
        count(*) filter (where legacy_rows.source_id is null and mapped_rows.is_living) as invented_rows,
        min(mapped_rows.source_id::text) filter (
            where legacy_rows.source_id is null and mapped_rows.is_living
        ) as an_invented_row
    from legacy_rows
    full join mapped_rows
        on
            legacy_rows.source_table = mapped_rows.source_table
            and legacy_rows.source_id = mapped_rows.source_id
            and legacy_rows.pointer = mapped_rows.pointer
    left join {{ ref('personas') }} as personas on mapped_rows.persona_id = personas.id
    group by 1, 2

),

tables as (

    -- A link has no persona of its own: its persona is counted where its row is.
    select
        source_table,
        tenant_id,
        legacy_rows,
        mapped_rows,
        deleted_rows,
        personas,
        merged_rows,
        living_personas,
        soft_deleted_personas,
        nullif(concat_ws(
            '; ',
            nullif(lost_rows, 0) || ' legacy rows are not mapped as living, such as ' || a_lost_row,
            nullif(invented_rows, 0) || ' rows are mapped as living, but not in the legacy table, such as '
            || an_invented_row,
            nullif(personas - living_personas - soft_deleted_personas, 0)
            || ' personas of mapped rows are not in personas'
        ), '') as problem,
        0::bigint as new_personas
    from counted

),

mapped_personas as (

    select distinct persona_id from {{ ref('persona_source_mapping') }}

),

mapped_totals as (

    select
        coalesce(sum(legacy_rows), 0)::bigint as legacy_rows,
        coalesce(sum(mapped_rows), 0)::bigint as mapped_rows,
        coalesce(sum(deleted_rows), 0)::bigint as deleted_rows,
        (select count(*) from mapped_personas) as personas,
        coalesce(sum(merged_rows), 0)::bigint as merged_rows
    from counted
    where source_table not in ('persona_role_mapping', 'jtbd_org_persona_mapping')

),

persona_totals as (

    select
        count(*) as personas,
        count(*) filter (where personas.deleted_at is null) as living_personas,
        count(*) filter (where personas.deleted_at is not null) as soft_deleted_personas,
        count(*) filter (where mapped_personas.persona_id is null) as new_personas
    from {{ ref('personas') }} as personas
    left join mapped_personas on personas.id = mapped_personas.persona_id

)

select * from tables
union all
select
    'personas' as source_table,
    null as tenant_id,
    mapped_totals.legacy_rows,
    mapped_totals.mapped_rows,
    mapped_totals.deleted_rows,
    persona_totals.personas,
    mapped_totals.merged_rows,
    persona_totals.living_personas,
    persona_totals.soft_deleted_personas,
    nullif(persona_totals.personas - mapped_totals.personas - persona_totals.new_personas, 0)
    || ' more rows in personas than legacy rows became and were born new' as problem,
    persona_totals.new_personas
from mapped_totals
cross join persona_totals
