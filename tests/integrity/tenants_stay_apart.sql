/*
What is this?        Each row is a persona in which rows of two tenants meet, or whose tenant is not that of its
                     rows. A persona with a row of the shared library is shared.
When does it matter? One tenant would read what belongs to another.
How to resolve?      Look at the decisions in seeds/match_decisions.csv that name the rows (int_match_problems
                     should have stopped the build), then at `contributes` in int_persona_clusters.
*/
select
    persona_id,
    shown_value,
    expected_value,
    problem
from {{ ref('audit_shown_values') }}
where field = 'tenant_id'
union all
select
    persona_id,
    target_id as shown_value,
    null as expected_value,
    problem
from {{ ref('audit_relationship_parity') }}
where relationship in ('tenant', 'tenant_id')
