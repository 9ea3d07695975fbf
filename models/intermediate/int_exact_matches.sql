-- Law 5: same tenancy, and equal name, title, organisation and industry after cleaning and case
-- folding, none of them blank. Where a person keeps two of a group apart, its equal values
-- prove nothing for the others either, and the group does not merge by itself.
with evidence as (

    select
        records.source_table || ':' || records.source_id as record_key,
        records.source_table,
        records.source_id,
        records.tenant_id,
        lower(records.name) as name,
        lower(records.title) as title,
        lower(records.organization) as organization,
        industries.canonical_industry_id as industry_id
    from {{ ref('int_persona_records') }} as records
    inner join {{ ref('int_industries') }} as industries
        on records.industry_id = industries.industry_id
    where
        records.name is not null
        and records.title is not null
        and records.organization is not null

),

equal_groups as (

    select
        tenant_id,
        name,
        title,
        organization,
        industry_id,
        min(record_key) as leader_key,
        array_agg(record_key) as record_keys
    from evidence
    group by tenant_id, name, title, organization, industry_id
    having count(*) > 1

),

undisputed_groups as (

    select * from equal_groups
    where
        not exists (
            select from {{ ref('int_match_decisions') }} as decisions
            where
                decisions.verdict = 'different'
                and decisions.left_key = any(equal_groups.record_keys)
                and decisions.right_key = any(equal_groups.record_keys)
        )

)

select
    members.record_key,
    undisputed_groups.leader_key
from undisputed_groups
cross join lateral unnest(undisputed_groups.record_keys) as members (record_key)
