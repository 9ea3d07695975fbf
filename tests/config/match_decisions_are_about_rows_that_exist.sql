/*
What is this?        Each row is a decision of `seeds/match_decisions.csv` about a legacy row that was deleted at the
                     source after the decision.
When does it matter? The decision still counts: what it merged stays one persona, with its id. But nobody has seen since
                     whether that is right.
How to resolve?      Take the line out (`personas review undo`), or confirm it: `personas review decide … --replace`.
*/
select * from {{ ref('audit_stale_decisions') }}
