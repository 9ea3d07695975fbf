/*
What is this?        Each row is a role that an old `primary_role_id` or a row of the old `persona_role_mapping`
                     gives to a persona, but the new `persona_role_mapping` does not; or the other way round, a role
                     of origin `legacy` that the old data does not know; or one that is primary in only one of the
                     two.
When does it matter? Lists and filters by role, department and function would show other personas than before.
How to resolve?      Look at int_persona_roles. Roles of a tenant's private row in a shared persona are left out on
                     purpose, in audit_legacy_rows as well.
*/
select * from {{ ref('audit_relationship_parity') }}
where relationship in ('role', 'primary_role_id', 'persona_role_mapping')
