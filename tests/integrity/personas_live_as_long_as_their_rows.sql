/*
What is this?        Each row is a persona that is deleted although a legacy row of it lives, or lives although all
                     of them are deleted or inactive, or that is deleted since another time than its rows say.
When does it matter? Personas would vanish from the lists, or come back from the dead.
How to resolve?      Look at `is_active` of its rows, at `source_deleted_at` in persona_source_mapping, then at
                     int_personas_combined. A tenant's private row does not keep a shared persona alive.
*/
select * from {{ ref('audit_shown_values') }} where field = 'deleted_at'
