{# The fields of a persona that survive a merge, in the order both branches give them. #}
{% macro survivor_columns(relation) -%}
    {%- set columns = [
        'tenant_id', 'unique_id', 'code', 'name', 'title', 'name_as_found', 'description',
        'decision_authority', 'responsibilities', 'pain_points', 'goals', 'primary_role_id',
        'industry_codes', 'profile', 'created_at', 'updated_at', 'deleted_at'
    ] -%}
    {%- for column in columns %}
        {{ relation }}.{{ column }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# The words of a label, lower case: 'Sr. Manager (MSL)' → {sr,manager,msl}. #}
{% macro words_of(label) -%}
    regexp_split_to_array(lower({{ label }}), '[^[:alnum:]]+')
{%- endmacro %}


{#
  Purpose: the seniority that a title tells, by `seeds/title_seniority.csv`: of its words the
  one with the smallest rank decides. Before → after: 'VP Medical Affairs' → 'Executive'.
#}
{% macro title_seniority(title) -%}
    (
                select title_seniority.seniority_level
                from unnest({{ words_of(title) }}) as title_words (word)
                inner join {{ ref('title_seniority') }} as title_seniority
                    on title_words.word = title_seniority.word
                order by title_seniority.rank
                limit 1
            )
{%- endmacro %}


{#
  Purpose: whether a persona is a role (`archetype`) or a person (`individual`): a name that repeats the
  title is a role, and by `seeds/role_words.csv` one that has one of these words.
#}
{% macro persona_type(name, title) -%}
    case
            when
                lower({{ name }}) = lower({{ title }})
                or {{ words_of(name) }} && (select array_agg(word) from {{ ref('role_words') }})
                then 'archetype'
            else 'individual'
        end
{%- endmacro %}


{# The industry-specific ids whose industry this database does not have: they stay in `profile`. #}
{% macro unresolved_industry_codes(codes) -%}
    (
            {{ codes }}
            - (
                select coalesce(array_agg(column_name), '{}')
                from {{ ref('int_industry_code_columns') }}
            )
        )
{%- endmacro %}


{# A field, or what a person set in its place (`persona_overrides`). #}
{% macro overridden(field, data_type) -%}
    case
        when overrides.fields ? '{{ field }}'
            then (overrides.fields ->> '{{ field }}')::{{ data_type }}
        else described.{{ field }}
    end as {{ field }}
{%- endmacro %}


{#
  The profile, with the keys that a person set in it; one that is null there was taken away. The profile is named once: each
  time that it is, PostgreSQL works it out anew.
#}
{% macro overridden_profile() -%}
    (described.profile || coalesce(overrides.fields -> 'profile', '{}'))
    - coalesce(
        (
            select array_agg(taken.key) from jsonb_each(overrides.fields -> 'profile') as taken
            where taken.value = 'null'
        ),
        '{}'
    ) as profile
{%- endmacro %}
