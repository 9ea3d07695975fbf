/*
What is this?        Each row is a persona of a tenant that everybody may see, or one of the shared library that not
                     everybody may, and nobody set that in `persona_overrides`.
When does it matter? Who may see a persona is a matter of trust between tenants.
How to resolve?      Look at `is_public` in int_personas_merged. Personas of the new world, without a legacy row,
                     are not looked at.
*/
select * from {{ ref('audit_shown_values') }} where field = 'is_public'
