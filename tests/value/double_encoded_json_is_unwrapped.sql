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
with recursive json_columns as (

    select attrelid, attname::text as column_name
    from pg_attribute
    where
        attrelid in (
            '{{ source('legacy', 'dh_personas') }}'::regclass, '{{ source('legacy', 'org_personas') }}'::regclass
        )
        and atttypid = 'jsonb'::regtype

),

legacy_rows as (

    select 'dh_personas' as source_table, tableoid, id as source_id, to_jsonb(dh_personas) as old_row
    from {{ source('legacy', 'dh_personas') }} as dh_personas
    union all
    select 'org_personas' as source_table, tableoid, id as source_id, to_jsonb(org_personas) as old_row
    from {{ source('legacy', 'org_personas') }} as org_personas

),

unwrapped as (

    select
        legacy_rows.source_table,
        legacy_rows.source_id,
        json_columns.column_name,
        legacy_rows.old_row -> json_columns.column_name as original,
        legacy_rows.old_row -> json_columns.column_name as value
    from legacy_rows
    inner join json_columns on legacy_rows.tableoid = json_columns.attrelid
    where jsonb_typeof(legacy_rows.old_row -> json_columns.column_name) = 'string'
    union all
    select source_table, source_id, column_name, original, (value #>> '{}')::jsonb
    from unwrapped
    where jsonb_typeof(value) = 'string' and value #>> '{}' ~ '{{ string_or_array }}'

),

rows_of_personas as (

    select
        source_table,
        source_id,
        persona_id,
        count(*) over (partition by persona_id) as row_count
    from {{ ref('persona_source_mapping') }}
    where source_deleted_at is null

),

compared as (

    select
        unwrapped.*,
        rows_of_personas.persona_id,
        rows_of_personas.row_count,
        (personas.profile || to_jsonb(personas)) -> case
            when unwrapped.column_name = 'key_responsibilities' then 'responsibilities'
            else unwrapped.column_name
        end as found
    from unwrapped
    inner join rows_of_personas
        on
            unwrapped.source_table = rows_of_personas.source_table
            and unwrapped.source_id = rows_of_personas.source_id
    inner join {{ ref('personas') }} as personas on rows_of_personas.persona_id = personas.id
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
