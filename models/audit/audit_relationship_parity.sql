with old_references as (

    select * from {{ ref('audit_old_references') }}

),

new_references as (

    select
        'industry' as kind,
        persona_id,
        industry_id::text as target_id,
        is_primary,
        origin,
        industry_specific_id,
        industry_metadata -> 'other_ids' as other_ids,
        industry_metadata - 'other_ids' as other_metadata
    from {{ ref('persona_industry_mapping') }}
    union all
    select 'role', persona_id, role_id::text, is_primary, origin, null, null, null
    from {{ ref('persona_role_mapping') }}
    union all
    select 'job', persona_id, jtbd_id, false, origin, null, null, null
    from {{ ref('persona_jtbd_mapping') }}
    union all
    select 'tenant', id, tenant_id::text, false, 'legacy', null, null, null
    from {{ ref('personas') }}
    where tenant_id is not null
    union all
    select columns.column_name, personas.id, personas.profile ->> columns.column_name, false, 'legacy', null, null, null
    from {{ ref('personas') }} as personas
    inner join {{ ref('industry_id_columns') }} as columns on personas.profile ? columns.column_name

),

wanted as (

    select
        kind,
        persona_id,
        target_id,
        bool_or(is_primary) as is_primary,
        (array_agg(code order by precedence, source_id, position) filter (where code is not null))[1] as first_code,
        jsonb_agg(code) filter (where code is not null) as codes
    from old_references
    where kind <> 'code'
    group by kind, persona_id, target_id
    union all
    -- in a profile there is room for one: the first row's
    select
        relationship as kind,
        persona_id,
        (array_agg(target_id order by precedence, source_id))[1] as target_id,
        false as is_primary,
        null as first_code,
        null as codes
    from old_references
    where kind = 'code'
    group by relationship, persona_id

),

first_industries as (

    select distinct on (persona_id)
        persona_id,
        target_id
    from old_references
    where kind = 'industry'
    order by persona_id, position > 0, precedence, source_id, position

),

chosen_industries as (

    select persona_id
    from new_references
    where kind = 'industry' and is_primary and origin = 'new'

),

compared as (

    select
        coalesce(wanted.kind, found.kind) as kind,
        coalesce(wanted.persona_id, found.persona_id) as persona_id,
        coalesce(wanted.target_id, found.target_id) as target_id,
        case
            when found.target_id is null then 'missing'
            when found.origin = 'new' then null
            when wanted.target_id is null then 'nothing old says so'
            when
                found.kind = 'role'
                and found.is_primary <> wanted.is_primary
                then 'primary in only one of the two'
            when
                found.kind = 'industry'
                and chosen_industries.persona_id is null
                and found.is_primary <> (found.target_id = first_industries.target_id)
                then 'primary in only one of the two'
            when
                (found.industry_specific_id is distinct from wanted.first_code)
                or not found.other_ids <@ wanted.codes
                or not wanted.codes <@ (coalesce(found.other_ids, '[]') || to_jsonb(wanted.first_code))
                then 'another id in the code book'
            when found.other_metadata <> '{}' then 'metadata that nothing old says'
        end as problem
    from wanted
    full join new_references as found
        on
            wanted.kind = found.kind
            and wanted.persona_id = found.persona_id
            and wanted.target_id = found.target_id
    left join first_industries on found.persona_id = first_industries.persona_id and found.kind = 'industry'
    left join chosen_industries on found.persona_id = chosen_industries.persona_id and found.kind = 'industry'

)

select
    coalesce(old_references.relationship, compared.kind) as relationship,
    old_references.source_table,
    old_references.source_id,
    compared.persona_id,
    compared.target_id,
    compared.problem
from compared
left join old_references
    on
        compared.problem <> 'nothing old says so'
        and compared.persona_id = old_references.persona_id
        and compared.target_id = old_references.target_id
        and compared.kind in (old_references.kind, old_references.relationship)
where
    compared.problem <> 'nothing old says so'
    or (
        compared.problem is not null
        and exists (
            select from {{ ref('audit_legacy_rows') }} as legacy_rows
            where legacy_rows.persona_id = compared.persona_id and legacy_rows.contributes
        )
    )
