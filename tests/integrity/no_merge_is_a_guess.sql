/*
What is this?        Each row is a legacy row that shares a persona with others although neither exact evidence nor a
                     decision makes them the same, or one that does not although they do.
When does it matter? Law 5: a wrong merge mixes two people, or shows a tenant's values to others.
How to resolve?      Look at seeds/match_decisions.csv, then at int_exact_matches and int_match_components. A row
                     that changed since the last build: build again.
*/
select * from {{ ref('audit_merge_problems') }}
