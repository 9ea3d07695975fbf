select
    clusters.persona_id,
    clusters.source_table,
    clusters.source_id
from {{ ref('int_persona_clusters') }} as clusters
inner join {{ ref('int_persona_records') }} as records
    on
        clusters.source_table = records.source_table
        and clusters.source_id = records.source_id
where clusters.contributes
