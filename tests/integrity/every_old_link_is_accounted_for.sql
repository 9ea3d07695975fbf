/*
What is this?        Each row is an old link table (`persona_role_mapping`, `jtbd_org_persona_mapping`) and a tenant
                     whose sums do not close; `problem` says by how many pointers, and names a link.
When does it matter? Always: what an old link says would be lost without a trace.
How to resolve?      Rows written while the build ran: build again. Else look at int_persona_link_sources, which
                     reads int_job_links and stg_persona_role_mapping.
*/
select * from {{ ref('audit_row_accounting') }}
where problem is not null and source_table not in ('dh_personas', 'org_personas', 'personas')
