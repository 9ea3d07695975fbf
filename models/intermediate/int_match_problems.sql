{{ config(post_hook={'sql': '{{ refuse_match_problems(this) }}', 'transaction': false}) }}
-- depends_on: {{ ref('match_decisions') }}

with members as (

    select
        components.record_key,
        components.component,
        records.tenant_id
    from {{ ref('int_match_components') }} as components
    inner join {{ ref('int_persona_records') }} as records
        on components.record_key = records.source_table || ':' || records.source_id

),

unusable_decisions as (

    select line_number, left_key, right_key, decided_by, problem
    from {{ ref('int_match_decisions') }}
    where problem is not null

),

chained_contradictions as (

    select
        decisions.line_number,
        decisions.left_key,
        decisions.right_key,
        decisions.decided_by,
        'decided different, but other decisions chain the two together' as problem
    from {{ ref('int_match_decisions') }} as decisions
    inner join members as left_members on decisions.left_key = left_members.record_key
    inner join members as right_members on decisions.right_key = right_members.record_key
    where
        decisions.verdict = 'different'
        and decisions.problem is null
        and left_members.component = right_members.component

),

two_tenants as (

    select
        component,
        min(record_key) as left_key,
        max(record_key) as right_key
    from members
    where tenant_id is not null
    group by component
    having count(distinct tenant_id) > 1

),

-- Of the decisions that make the chain, the last one in the file.
chained_tenants as (

    select
        (
            select max(decisions.line_number)
            from {{ ref('int_match_decisions') }} as decisions
            inner join {{ ref('int_match_components') }} as components
                on decisions.left_key = components.record_key
            where
                components.component = two_tenants.component
                and decisions.verdict = 'same'
                and decisions.problem is null
        ) as line_number,
        two_tenants.left_key,
        two_tenants.right_key,
        null::text as decided_by,
        'decisions chain rows of two tenants together, which never merge' as problem
    from two_tenants

)

select * from unusable_decisions
union all
select * from chained_contradictions
union all
select * from chained_tenants
