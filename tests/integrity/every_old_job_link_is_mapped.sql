/*
What is this?        Each row is a job-to-be-done that a row of `jtbd_org_persona_mapping` links with a persona, but
                     `persona_jtbd_mapping` does not; or the other way round, one of origin `legacy` that no old
                     link knows.
When does it matter? The detail page would lack jobs, and the list count them wrongly.
How to resolve?      Look at int_job_links (two pointers) and int_persona_jobs. Links of a tenant's private row in a
                     shared persona are left out on purpose, in audit_legacy_rows as well.
*/
select * from {{ ref('audit_relationship_parity') }}
where relationship = 'job' or relationship like 'jtbd_org_persona_mapping.%'
