/*
What is this?        Each row is a JSON value of a legacy row that is an array written into a JSON string, once or
                     several times, and that its persona does not show as that array. Where several rows make one
                     persona, none of them may show as the string it was.
When does it matter? The first attempt copied such values as they were: pain points could not be searched.
How to resolve?      Look at function unwrap_json and macro clean_json, and whether the staging view uses it. Here
                     an array of texts, numbers, booleans and nulls counts; nested ones are left to unit tests.
*/
{% set string = '"([^"\\\\\\x01-\\x1f]|\\\\(["\\\\/bfnrt]|u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4}))*"' %}
{% set scalar = '(' ~ string ~ '|-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?|true|false|null)' %}
{% set array = '\\[[ \\t\\r\\n]*(' ~ scalar ~ '([ \\t\\r\\n]*,[ \\t\\r\\n]*' ~ scalar ~ ')*)?[ \\t\\r\\n]*\\]' %}
{% set string_or_array = '^[ \\t\\r\\n]*(' ~ string ~ '|' ~ array ~ ')[ \\t\\r\\n]*$' %}
with recursive rows_of_personas as (

    select
        source_table,
        source_id,
        persona_id,
        count(*) over (partition by persona_id) as row_count
    from {{ ref('persona_source_mapping') }}
    where source_deleted_at is null

),

legacy_rows as (

    {% for table in ['dh_personas', 'org_personas'] -%}
    select
        rows_of_personas.*,
        to_jsonb({{ table }}) as old_row,
        array(
            select attname::text from pg_attribute
            where
                attrelid = '{{ source('legacy', table) | string | replace("'", "''") }}'::regclass
                and atttypid = 'jsonb'::regtype
        ) as json_columns
    from {{ source('legacy', table) }} as {{ table }}
    inner join rows_of_personas
        on
            rows_of_personas.source_table = '{{ table }}'
            and {{ table }}.id = rows_of_personas.source_id
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

unwrapped as (

    select
        legacy_rows.persona_id,
        legacy_rows.row_count,
        legacy_rows.source_table,
        legacy_rows.source_id,
        old_values.column_name,
        old_values.value as original,
        old_values.value
    from legacy_rows
    cross join lateral jsonb_each(legacy_rows.old_row) as old_values (column_name, value)
    where
        jsonb_typeof(old_values.value) = 'string'
        and old_values.column_name = any(legacy_rows.json_columns)
    union all
    select persona_id, row_count, source_table, source_id, column_name, original, (value #>> '{}')::jsonb
    from unwrapped
    where jsonb_typeof(value) = 'string' and value #>> '{}' ~ '{{ string_or_array }}'

),

compared as (

    select
        unwrapped.*,
        (personas.profile || to_jsonb(personas)) -> case
            when unwrapped.column_name = 'key_responsibilities' then 'responsibilities'
            else unwrapped.column_name
        end as found
    from unwrapped
    inner join {{ ref('personas') }} as personas on unwrapped.persona_id = personas.id
    where jsonb_typeof(unwrapped.value) = 'array'

)

select
    persona_id,
    source_table,
    source_id,
    column_name,
    value as expected,
    found
from compared
where
    case
        when row_count = 1 then found is distinct from value
        else found = original
    end
