/*
What is this?        Each row is a value of a legacy row that its persona does not show, neither in a column nor in
                     `profile`: numbers, booleans and JSON as they were, texts letter for letter, white space and
                     what has no width aside.
                     Personas of one legacy row are looked at; what several rows make of each other is another
                     matter.
When does it matter? The first attempt left `profile` empty, so that most of the 59 columns were gone.
How to resolve?      Look at stg_*, then at int_persona_records: a column is to be in its `profile` or to have a
                     place of its own. Columns that go elsewhere or through a seed are listed below and tested
                     apart.
*/
{% set white_space =
    '[\\u0001- \\u007f-\\u00a0\\u00ad\\u115f\\u1160\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f'
    ~ '\\u205f-\\u2064\\u2066-\\u206f\\u2800\\u3000\\u3164\\ufeff\\uffa0]' %}
{% set tested_apart = [
    'id', 'name', 'decision_authority', 'is_active', 'primary_role_id', 'industry_id', 'digital_health_id',
    'pharma_id', 'biotech_id', 'meddev_id', 'dx_id'
] %}
with rows_of_personas as (

    select
        source_table,
        source_id,
        persona_id,
        count(*) over (partition by persona_id) as row_count
    from {{ ref('persona_source_mapping') }}
    where source_deleted_at is null

),

rows_alone as (

    select * from rows_of_personas where row_count = 1

),

legacy_rows as (

    {% for table in ['dh_personas', 'org_personas'] -%}
    {% set declared = declared_source_columns(table) if execute else [] -%}
    select
        rows_alone.*,
        to_jsonb({{ table }}) as old_row,
        -- whatever else this database has is a matter of coverage
        array[
            {% for column in declared if column not in tested_apart -%}
            '{{ column }}',
            {% endfor -%}
            null
        ] as column_names
    from {{ source('legacy', table) }} as {{ table }}
    inner join rows_alone
        on
            rows_alone.source_table = '{{ table }}'
            and {{ table }}.id = rows_alone.source_id
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

personas as (

    -- `offset 0`: put together once a row, not once a value
    select id, profile || to_jsonb(all_personas) as new_row
    from {{ ref('personas') }} as all_personas
    offset 0

),

compared as (

    select
        legacy_rows.persona_id,
        legacy_rows.source_table,
        legacy_rows.source_id,
        old_values.column_name,
        old_values.value as expected,
        personas.new_row -> case old_values.column_name
            when 'background' then 'description'
            when 'key_responsibilities' then 'responsibilities'
            else old_values.column_name
        end as found
    from legacy_rows
    inner join personas on legacy_rows.persona_id = personas.id
    cross join lateral jsonb_each(legacy_rows.old_row) as old_values (column_name, value)
    where
        old_values.column_name = any(legacy_rows.column_names)
        and old_values.value <> 'null'
        -- unless somebody said another one in the new world, which the old table cannot hold
        and not exists (
            select from {{ ref('persona_overrides') }} as overrides
            where
                overrides.persona_id = legacy_rows.persona_id
                and overrides.field = 'profile'
                and overrides.value ? old_values.column_name
        )

),

different as (

    select
        *,
        regexp_replace(expected #>> '{}', '{{ white_space }}', '', 'g') as expected_letters,
        regexp_replace(found #>> '{}', '{{ white_space }}', '', 'g') as found_letters
    from compared
    where found is distinct from expected

)

select
    persona_id,
    source_table,
    source_id,
    column_name,
    expected,
    found
from different
where
    case
        when column_name = 'unique_id' or jsonb_typeof(expected) <> 'string' then true
        when expected_letters = '' then false
        -- what was wrapped into a string: test double_encoded_json_is_unwrapped
        when expected_letters ~ '^["[{]' and jsonb_typeof(found) in ('array', 'object') then false
        else found_letters is distinct from expected_letters
    end
