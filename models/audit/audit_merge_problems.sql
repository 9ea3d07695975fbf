-- Law 5, written apart from int_exact_matches and int_match_components.
with decisions as (

    select
        line_number,
        verdict,
        left_table || ':' || lower(btrim(left_id)) as left_key,
        right_table || ':' || lower(btrim(right_id)) as right_key
    from {{ ref('match_decisions') }}

),

decided_rows as (

    select
        decisions.*,
        left_rows.persona_id as left_persona_id,
        right_rows.persona_id as right_persona_id,
        left_rows.source_deleted_at is null and right_rows.source_deleted_at is null as live,
        left_personas.tenant_id is null as left_is_shared,
        -- A tenant's row is not with a shared persona that is deleted.
        coalesce(case
            when left_personas.tenant_id is null and right_personas.tenant_id is not null
                then left_personas.deleted_at is not null
            when left_personas.tenant_id is not null and right_personas.tenant_id is null
                then right_personas.deleted_at is not null
        end, false) as shared_one_is_deleted
    from decisions
    inner join {{ ref('audit_decided_rows') }} as left_rows
        on decisions.line_number = left_rows.line_number and left_rows.side = 'left'
    inner join {{ ref('audit_decided_rows') }} as right_rows
        on decisions.line_number = right_rows.line_number and right_rows.side = 'right'
    left join {{ ref('personas') }} as left_personas on left_rows.persona_id = left_personas.id
    left join {{ ref('personas') }} as right_personas on right_rows.persona_id = right_personas.id

),

-- Rows of org_personas have no title and no organisation, so their equality is no evidence.
equal_groups as (

    select
        array_agg('dh_personas:' || dh_personas.id order by dh_personas.id) as row_keys,
        array_agg(mapping.persona_id order by dh_personas.id) as persona_ids
    from {{ source('legacy', 'dh_personas') }} as dh_personas
    inner join {{ ref('audit_industries') }} as industries on dh_personas.industry_id = industries.id
    inner join {{ ref('persona_source_mapping') }} as mapping
        on
            mapping.source_table = 'dh_personas'
            and dh_personas.id = mapping.source_id
    where
        {{ has_letters('dh_personas.name') }}
        and {{ has_letters('dh_personas.title') }}
        and {{ has_letters('dh_personas.organization') }}
    group by
        {{ folded('dh_personas.name') }},
        {{ folded('dh_personas.title') }},
        {{ folded('dh_personas.organization') }},
        industries.canonical_id
    having count(*) > 1

),

undisputed_groups as (

    select * from equal_groups
    where
        not exists (
            select from decisions
            where
                decisions.verdict = 'different'
                and decisions.left_key = any(equal_groups.row_keys)
                and decisions.right_key = any(equal_groups.row_keys)
        )

),

-- Shared rows that are the same by way of a tenant's persona, which has parted from theirs because that is deleted.
parted_rows as (

    select
        case when left_is_shared then left_key else right_key end as row_key,
        case when left_is_shared then left_persona_id else right_persona_id end as persona_id,
        case when left_is_shared then right_persona_id else left_persona_id end as parted_persona_id
    from decided_rows
    where verdict = 'same' and live and shared_one_is_deleted

),

justified_rows as (

    select
        members.row_key,
        members.persona_id
    from undisputed_groups as groups
    cross join lateral unnest(groups.row_keys, groups.persona_ids) as members (row_key, persona_id)
    where cardinality(array_positions(groups.persona_ids, members.persona_id)) > 1
    union
    select
        unnest(array[left_key, right_key]),
        left_persona_id
    from decided_rows
    where verdict = 'same' and left_persona_id = right_persona_id
    union
    select
        one.row_key,
        one.persona_id
    from parted_rows as one
    inner join parted_rows as another using (persona_id, parted_persona_id)
    where one.row_key <> another.row_key

),

merged_rows as (

    select
        mapping.source_table || ':' || mapping.source_id as row_key,
        mapping.persona_id
    from {{ ref('persona_source_mapping') }} as mapping
    inner join (
        select persona_id from {{ ref('persona_source_mapping') }}
        where source_deleted_at is null
        group by persona_id
        having count(*) > 1
    ) as merged_personas on mapping.persona_id = merged_personas.persona_id
    where mapping.source_deleted_at is null

)

select
    row_key as key,
    persona_id,
    'merged with a row that neither evidence nor a decision makes the same' as problem
from merged_rows
where
    not exists (
        select from justified_rows
        where
            justified_rows.row_key = merged_rows.row_key
            and justified_rows.persona_id = merged_rows.persona_id
    )
union all
select
    row_keys[1] as key,
    persona_ids[1] as persona_id,
    'not merged with an equal row' as problem
from undisputed_groups
where persona_ids[1] <> any(persona_ids)
union all
select
    left_key || ' ' || right_key as key,
    left_persona_id as persona_id,
    'decided ' || verdict || ', but the personas are not' as problem
from decided_rows
where
    live
    and verdict = case left_persona_id when right_persona_id then 'different' else 'same' end
    and not (verdict = 'same' and shared_one_is_deleted)
