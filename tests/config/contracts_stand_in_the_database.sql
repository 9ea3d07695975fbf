/*
What is this?        Each row is a constraint, a not null, a default or an index that a model's YAML or config
                     promises, but that its table does not have, or has not validated.
When does it matter? Marts are never rebuilt, so what was added to the YAML later has to be added to the table;
                     somebody may also have dropped something by hand.
How to resolve?      Build the model: macro ensure_contract adds what is missing, or says which rows are in the way.
                     It does not add defaults: `alter table … alter column … set default …`.
*/
select * from {{ ref('audit_contract_gaps') }}
