with columns_of_queries (query, column_name) as (

    values
    ('list by tier', 'tier'),
    ('list by source', 'source'),
    ('list by industry', 'industry_id'),
    ('list in order', 'tier'),
    ('list in order', 'priority_score'),
    ('look up persona_code', 'persona_code'),
    ('look up code', 'code'),
    ('look up unique_id', 'unique_id'),
    ('look up name', 'name'),
    ('look up ai_relationship', 'ai_relationship'),
    ('look up pain point', 'pain_points'),
    ('look up industry-specific id', 'digital_health_id'),
    ('look up industry-specific id', 'pharma_id'),
    ('look up industry-specific id', 'biotech_id'),
    ('search', 'name'),
    ('search', 'title'),
    ('search', 'persona_code'),
    ('search', 'code'),
    ('list by role', 'primary_role_id'),
    ('list by role', 'is_primary_role'),
    ('list by role', 'persona_id'),
    ('jobs of a persona', 'persona_id'),
    ('jobs of a persona', 'persona_dh_id'),
    ('count by tenant', 'tenant_id'),
    ('detail by id', 'is_active')

),

differences as materialized (

    select * from {{ ref('audit_query_values') }}
    union all
    select * from {{ ref('audit_query_pain_points') }}
    union all
    select * from {{ ref('audit_query_sets') }}

),

-- Only of columns that a query reads, which leaves most of them out before they cost anything.
discrepancies as materialized (

    select
        persona_id,
        column_name,
        reason
    from {{ ref('audit_discrepancies') }}
    where
        reason in ('lost a merge', 'kept private', 'cleaned', 'crosswalked', 'filled in', 'overridden')
        and column_name in (
            'name', 'title', 'persona_code', 'code', 'unique_id', 'tier', 'source', 'priority_score', 'industry_id',
            'ai_relationship', 'pain_points', 'digital_health_id', 'pharma_id', 'biotech_id', 'primary_role_id',
            'is_primary_role', 'persona_id', 'persona_dh_id', 'tenant_id', 'is_active'
        )

),

-- Every query leaves out what is deleted, so each of them reads `is_active`.
explained as (

    select
        differences.query,
        differences.parameter,
        differences.persona_id,
        differences.found_in,
        (array_agg(discrepancies.reason order by discrepancies.column_name = 'is_active', discrepancies.reason))[1]
            as explained_by
    from differences
    inner join columns_of_queries on differences.query = columns_of_queries.query
    inner join discrepancies
        on
            differences.persona_id = discrepancies.persona_id
            and (
                discrepancies.column_name in (columns_of_queries.column_name, 'is_active')
                -- what only a private row answers, a persona that is shared answers to nobody
                or (
                    differences.found_in = 'old'
                    and discrepancies.reason = 'kept private'
                    and discrepancies.column_name = 'tenant_id'
                )
            )
    group by 1, 2, 3, 4

)

select
    differences.query,
    differences.parameter,
    differences.persona_id,
    differences.found_in,
    explained.explained_by
from differences
left join explained
    on
        differences.query = explained.query
        and differences.parameter is not distinct from explained.parameter
        and differences.persona_id = explained.persona_id
        and differences.found_in = explained.found_in
