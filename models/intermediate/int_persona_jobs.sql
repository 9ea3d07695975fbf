-- Where several old rows tell of one persona and one job, the oldest of them shows.
select distinct on (clusters.persona_id, job_links.jtbd_id)
    clusters.persona_id,
    job_links.jtbd_id,
    job_links.relevance_score,
    job_links.typical_frequency,
    job_links.use_case_examples,
    job_links.expected_benefit,
    job_links.adoption_barriers,
    'legacy'::text as origin
from {{ ref('int_job_links') }} as job_links
inner join {{ ref('int_persona_clusters') }} as clusters
    on
        job_links.persona_table = clusters.source_table
        and job_links.legacy_persona_id = clusters.source_id
where clusters.contributes
order by clusters.persona_id, job_links.jtbd_id, job_links.created_at, job_links.id
