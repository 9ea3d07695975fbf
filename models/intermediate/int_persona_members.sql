-- Rows that show in a persona together with others; what a single row shows needs no rule.
select
    clusters.persona_id,
    clusters.precedence,
    records.*
from {{ ref('int_persona_clusters') }} as clusters
inner join {{ ref('int_persona_records') }} as records
    on
        clusters.source_table = records.source_table
        and clusters.source_id = records.source_id
where clusters.contributes and clusters.contributors > 1
