/*
What is this?        Each row is a persona called `Unknown Persona` although no legacy row of it is called so, or one
                     whose name is blank although a legacy row has a name, title or code.
When does it matter? Always: that is how the first attempt lost about 200 names.
How to resolve?      Look at every_name_is_shown, which says what the name should be.
*/
select * from {{ ref('audit_shown_values') }} where field = 'name'
