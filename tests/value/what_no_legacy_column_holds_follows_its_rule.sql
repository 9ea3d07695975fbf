/*
What is this?        Each row is a `seniority_level`, `persona_type` or `created_by` that is not what the stated rule
                     makes of the legacy rows, or a value in `profile`, `responsibilities`, `pain_points` or `goals`
                     that is not of the type that its legacy column has.
When does it matter? No round trip proves these values: the legacy tables do not hold them.
How to resolve?      Compare `shown_value` and `expected_value`; look at int_personas_merged and at the seeds
                     seniority_crosswalk, title_seniority and role_words, for types at record_profile. A seed that
                     changed since the last build: build again.
*/
select * from {{ ref('audit_shown_values') }} where field not in ('tenant_id', 'deleted_at', 'name', 'is_public')
