select
    'persona_role_mapping'::text as source_table,
    role_links.id as source_id,
    'persona_id'::text as pointer,
    clusters.persona_id,
    role_links.org_role_id::text as target_id
from {{ ref('stg_persona_role_mapping') }} as role_links
inner join {{ ref('int_persona_clusters') }} as clusters
    on
        clusters.source_table = 'org_personas'
        and role_links.persona_id = clusters.source_id
union all
select
    'jtbd_org_persona_mapping'::text as source_table,
    job_links.id as source_id,
    job_links.pointer,
    clusters.persona_id,
    job_links.jtbd_id as target_id
from {{ ref('int_job_links') }} as job_links
inner join {{ ref('int_persona_clusters') }} as clusters
    on
        job_links.persona_table = clusters.source_table
        and job_links.legacy_persona_id = clusters.source_id
