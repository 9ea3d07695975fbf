-- From rows that stand at the ends of the indexes, and across a space, breaking or not.
{% set word = '[^' ~ blank_characters()[1:-1] ~ unseen_characters()[1:-1] ~ ']' %}
with labels as (

    (select name as label from {{ source('legacy', 'dh_personas') }} order by id limit 1)
    union all
    (select title as label from {{ source('legacy', 'dh_personas') }} order by id desc limit 1)
    union all
    (select persona_code as label from {{ source('legacy', 'dh_personas') }} order by persona_code desc limit 1)
    union all
    (select name as label from {{ source('legacy', 'org_personas') }} order by id limit 1)
    union all
    (select code as label from {{ source('legacy', 'org_personas') }} order by id desc limit 1)

),

spaces as (

    {% for space in ['\\u00a0', ' '] -%}
    (
        select (regexp_match(name, '{{ word }}{1,2}{{ space }}{{ word }}{1,3}'))[1] as label
        from {{ source('legacy', 'dh_personas') }}
        where name ~ '{{ word }}{{ space }}{{ word }}' and is_active is not false
        order by id desc
        limit 1
    )
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

fragments as (

    select (regexp_match(label, '\w{3,}'))[1] as fragment from labels
    union
    select substr(label, 2, 3) from labels
    union
    select replace(label, U&'\00a0', ' ') from spaces

)

select distinct lower(fragment) as fragment
from fragments
where fragment <> ''
