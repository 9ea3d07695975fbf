/*
What is this?        Each row is a row of a legacy table that the rebuilt table (`legacy_<table>`) lacks, has more than
                     once, or has with other bytes in `columns`; or one that only the rebuilt table has.
When does it matter? Always: this is the proof that nothing is lost (law 2), and the way back.
How to resolve?      Rows written while the build ran: build again. Else compare the row in both tables, then look at
                     shown_<table> (what the marts show) and at the residual in persona_source_mapping.
*/
select * from {{ ref('audit_round_trip') }}
