/*
What is this?        Each row is a legacy table of personas and a tenant, or all personas (`personas`), whose sums
                     do not close; `problem` says which, by how many rows, and names one.
When does it matter? Always: a row that is not accounted for is lost, and nobody would notice.
How to resolve?      Rows written while the build ran: build again. Else look at the first model of the chain that
                     lacks the row: stg_*, int_persona_records, int_persona_clusters.
*/
select * from {{ ref('audit_row_accounting') }}
where problem is not null and source_table in ('dh_personas', 'org_personas', 'personas')
