/*
What is this?        Each row is a decision of `seeds/match_decisions.csv` that cannot be used, or that cannot stand
                     beside the others: `problem` says why.
When does it matter? As long as there is one, no build changes a persona.
How to resolve?      Mend or remove the decision; `decided_by` says whom to ask.
*/
-- Runs last, so that a build stops at int_persona_clusters, which names the problem in one line.
-- depends_on: {{ ref('personas') }}
select * from {{ ref('int_match_problems') }}
