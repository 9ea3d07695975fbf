/*
What is this?        Each row is a fault of the marts in themselves, whether or not constraints stand: a key that is
                     doubled or null, a reference that leads nowhere, not exactly one primary industry, a row of
                     legacy origin without a legacy row, an old link that leads elsewhere than its persona.
When does it matter? Always: applications would see personas twice, or not at all.
How to resolve?      If a constraint is missing, build (test contracts_stand_in_the_database); then look who else
                     writes to the table, and at the model of its name.
*/
select * from {{ ref('audit_integrity') }} as faults
where
    faults.relation <> 'persona_ids'
    and not exists (
        select from {{ ref('audit_contract_gaps') }} as gaps
        where
            gaps.relation = faults.relation
            and gaps.key = faults.key
            and gaps.problem = faults.problem
    )
    and not exists (
        select from {{ ref('audit_merge_problems') }} as guesses
        where guesses.key = faults.key and guesses.problem = faults.problem
    )
