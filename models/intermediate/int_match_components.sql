-- Exact groups are one node each, so that the recursion walks decided pairs only.
with recursive exact_matches as (

    select * from {{ ref('int_exact_matches') }}

),

decided_pairs as (

    select
        coalesce(left_matches.leader_key, decisions.left_key) as left_node,
        coalesce(right_matches.leader_key, decisions.right_key) as right_node
    from {{ ref('int_match_decisions') }} as decisions
    left join exact_matches as left_matches
        on decisions.left_key = left_matches.record_key
    left join exact_matches as right_matches
        on decisions.right_key = right_matches.record_key
    where decisions.verdict = 'same' and decisions.problem is null

),

links as (

    select left_node as node, right_node as neighbour from decided_pairs
    union
    select right_node, left_node from decided_pairs

),

reached as (

    select node, node as reached_node from links
    union
    select reached.node, links.neighbour
    from reached
    inner join links on reached.reached_node = links.node

),

decided_components as (

    select node, min(reached_node) as component
    from reached
    group by node

)

select
    exact_matches.record_key,
    coalesce(decided_components.component, exact_matches.leader_key) as component,
    'exact' as match_rule
from exact_matches
left join decided_components on exact_matches.leader_key = decided_components.node
union all
select
    node as record_key,
    component,
    'decision' as match_rule
from decided_components
where not exists (select from exact_matches where exact_matches.record_key = decided_components.node)
