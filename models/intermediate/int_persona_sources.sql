{{ config(pre_hook='{{ make_stored("persona_source_mapping") }}') }}

-- By the residuals' persona, and not by that of the clusters: so one key reaches the indexes of either.
select
    residuals.source_table,
    residuals.source_id,
    residuals.persona_id,
    clusters.match_rule,
    clusters.match_probability,
    residuals.residual,
    clusters.first_seen_at,
    null::timestamptz as source_deleted_at
from {{ ref('int_persona_residuals') }} as residuals
inner join {{ ref('int_persona_clusters') }} as clusters
    on
        residuals.source_table = clusters.source_table
        and residuals.source_id = clusters.source_id
where clusters.source_deleted_at is null
union all
-- A row that is gone, also since the clusters were written, keeps what was kept of it.
select
    clusters.source_table,
    clusters.source_id,
    clusters.persona_id,
    clusters.match_rule,
    clusters.match_probability,
    coalesce(stored.residual, '{}') as residual,
    clusters.first_seen_at,
    clusters.source_deleted_at
from {{ ref('int_persona_clusters') }} as clusters
left join {{ stored('persona_source_mapping') }} as stored
    on
        clusters.source_table = stored.source_table
        and clusters.source_id = stored.source_id
where
    clusters.source_deleted_at is not null
    or not exists (
        select from {{ ref('int_persona_records') }} as records
        where
            records.source_table = clusters.source_table
            and records.source_id = clusters.source_id
    )
