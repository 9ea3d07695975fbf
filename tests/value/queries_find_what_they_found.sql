/*
What is this?        Each row is a query of the application and a persona that it found in the old tables and does not
                     in the new ones (`found_in` is `old`), or the reverse, and for no stated reason.
When does it matter? After the cutover the application asks the new tables.
How to resolve?      Look at the columns that the query reads (models/audit/audit_query_parity.sql) in
                     audit_discrepancies and audit_relationship_parity.
*/
select * from {{ ref('audit_query_parity') }} where explained_by is null
