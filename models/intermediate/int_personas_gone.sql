select
    persona_id,
    max(source_deleted_at) as deleted_at
from {{ ref('int_persona_clusters') }}
group by persona_id
having not bool_or(contributes) and max(source_deleted_at) is not null
