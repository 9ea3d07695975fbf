/*
What is this?        Each row is a column of a legacy table that `seeds/column_mapping.csv` does not know, or an entry
                     there without such a column, of another type, or that leads nowhere.
When does it matter? Law 3: a column that nobody thought of is in no mart. Its values are safe in the residuals.
How to resolve?      Decide where the column goes, put it into the models and into the seed.
*/
select * from {{ ref('audit_column_coverage') }} where problem is not null
