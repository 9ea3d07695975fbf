/*
What is this?        Each row is a place in a legacy table where the rebuilt table has another column or another type.
When does it matter? Applications that read the rebuilt table would read something else.
How to resolve?      A legacy migration since the last build: build again. A new column needs an entry in
                     `seeds/column_mapping.csv` and a home in the models as well.
*/
select * from {{ ref('audit_table_shapes') }} where problem is not null
