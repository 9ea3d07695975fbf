with claims as (

    select
        clusters.persona_id,
        records.primary_role_id as role_id,
        true as is_primary,
        null::text as role_context,
        clusters.precedence,
        null::uuid as link_id
    from {{ ref('int_persona_clusters') }} as clusters
    inner join {{ ref('int_persona_records') }} as records
        on
            clusters.source_table = records.source_table
            and clusters.source_id = records.source_id
    where clusters.contributes and records.primary_role_id is not null
    union all
    select
        clusters.persona_id,
        role_links.org_role_id as role_id,
        role_links.is_primary_role is true as is_primary,
        role_links.role_context,
        clusters.precedence,
        role_links.id as link_id
    from {{ ref('int_persona_clusters') }} as clusters
    inner join {{ ref('stg_persona_role_mapping') }} as role_links
        on
            clusters.source_table = 'org_personas'
            and clusters.source_id = role_links.persona_id
    where clusters.contributes

)

select
    claims.persona_id,
    claims.role_id,
    bool_or(claims.is_primary) as is_primary,
    coalesce(
        jsonb_agg(claims.role_context order by claims.precedence, claims.link_id) filter (
            where claims.role_context is not null
        ),
        '[]'
    ) as responsibilities,
    'legacy'::text as origin
from claims
group by claims.persona_id, claims.role_id
