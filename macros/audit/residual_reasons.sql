{#
  The reasons for which a residual value may be what it is (design, section 3), each a condition on a row of
  `audit_fidelity` (argument: its alias): what is shown is what the stated rule makes of the legacy data. They read
  that model's CTE `industries`.
#}


{# No legacy column has its name, so that it can be no legacy value. #}
{% macro is_no_column(value) -%}
    ({{ value }}.source_table, {{ value }}.column_name) not in (
                select
                    legacy_columns.source_table,
                    legacy_columns.column_name
                from {{ ref('audit_column_coverage') }} as legacy_columns
            )
{%- endmacro %}


{# The residual keeps what is shown anyway. #}
{% macro is_redundant(value) -%}
    (
                not {{ value }}.is_json_null
                and (
                    -- the first comparison is the quick one, and mostly enough
                    (
                        {{ value }}.legacy_value is not distinct from {{ value }}.shown_value
                        and {{ same_json(value ~ '.legacy_value', value ~ '.shown_value') }}
                    )
                    or (
                        {{ value }}.data_type = 'timestamp with time zone'
                        and ({{ value }}.legacy_value #>> '{}')::timestamptz
                        = ({{ value }}.shown_value #>> '{}')::timestamptz
                    )
                )
            )
{%- endmacro %}


{# What is shown is what the stated cleaning makes of the old value; of a value that a crosswalk translates only nothing. #}
{% macro is_cleaned(value) -%}
    case {{ value }}.how
                when 'carried'
                    then (
                        {{ value }}.cleaning = 'json'
                        -- the cheap case: what was encoded is, letter for letter, what is shown
                        and {{ value }}.legacy_value #>> '{}' = {{ value }}.shown_value::text
                        and jsonb_typeof({{ value }}.shown_value) in ('array', 'object')
                    )
                    or {{ same_json(value ~ '.cleaned_value', value ~ '.shown_value') }}
                when 'crosswalked' then {{ value }}.cleaned_value is null and {{ value }}.shown_value is null
                else false
            end
{%- endmacro %}


{#
  A person set it: a row of `persona_overrides` has the field and the value that is shown; or a mapping row of the new world, which no old
  table can hold as it is, shows it.
#}
{% macro is_overridden(value) -%}
    {{ _is_mapped_anew(value) }}
            or exists (
                select from {{ ref('persona_overrides') }} as overrides
                where
                    overrides.persona_id = {{ value }}.persona_id
                    and (
                        'personas.' || overrides.field = {{ value }}.goes_to
                        and {{ same_json("nullif(overrides.value, 'null')", value ~ '.shown_value') }}
                        -- a key of the profile
                        or overrides.field = 'profile'
                        and {{ value }}.goes_to like 'personas.profile.%'
                        and overrides.value ? substr({{ value }}.goes_to, 18)
                        and {{ same_json("nullif(overrides.value -> substr(" ~ value ~ ".goes_to, 18), 'null')", value ~ '.shown_value') }}
                    )
            )
{%- endmacro %}


{% macro _is_mapped_anew(value) -%}
    case
                when {{ value }}.goes_to = 'persona_industry_mapping.industry_id'
                    then exists (
                        select from {{ ref('persona_industry_mapping') }} as new_industries
                        where
                            new_industries.persona_id = {{ value }}.persona_id
                            and new_industries.origin = 'new'
                            and new_industries.is_primary
                            and to_jsonb(new_industries.industry_id) = {{ value }}.shown_value
                    )
                when {{ value }}.goes_to = 'persona_industry_mapping.industry_specific_id'
                    then exists (
                        select from {{ ref('persona_industry_mapping') }} as new_industries
                        inner join industries on to_jsonb(new_industries.industry_id) = industries.canonical_id
                        where
                            new_industries.persona_id = {{ value }}.persona_id
                            and new_industries.origin = 'new'
                            and industries.column_name = {{ value }}.column_name
                            and to_jsonb(new_industries.industry_specific_id) = {{ value }}.shown_value
                    )
                when {{ value }}.goes_to = 'persona_role_mapping.role_id'
                    then exists (
                        select from {{ ref('persona_role_mapping') }} as new_roles
                        where
                            new_roles.persona_id = {{ value }}.persona_id
                            and new_roles.origin = 'new'
                            and new_roles.is_primary
                            and to_jsonb(new_roles.role_id) = {{ value }}.shown_value
                    )
                when {{ value }}.goes_to in ('persona_role_mapping.is_primary', 'persona_role_mapping.responsibilities')
                    then exists (
                        select from {{ ref('persona_role_mapping') }} as new_roles
                        where
                            new_roles.persona_id = {{ value }}.persona_id
                            and new_roles.origin = 'new'
                            and new_roles.role_id::text = {{ value }}.target_id
                    )
                else false
            end
{%- endmacro %}


{# The pair of old and shown value stands in a seed. #}
{% macro is_crosswalked(value) -%}
    case {{ value }}.goes_to
                when 'personas.decision_authority' then {{ value }}.shown_value = {{ crosswalked_authority(value ~ '.cleaned_value') }}
                when 'persona_industry_mapping.industry_id'
                    then {{ value }}.shown_value = {{ canonical_industry(value ~ '.legacy_value') }}
                else false
            end
{%- endmacro %}


{# The crosswalk knows the value not, and nothing is shown. #}
{% macro has_no_entry(value) -%}
    (
                {{ value }}.goes_to = 'personas.decision_authority'
                and {{ value }}.shown_value is null
                and {{ crosswalked_authority(value ~ '.cleaned_value') }} is null
            )
{%- endmacro %}


{# It came from a tenant's private row, whose persona is shared because another living row of it is. #}
{% macro is_kept_private(value) -%}
    exists (
                select from {{ ref('persona_source_mapping') }} as private_rows
                inner join {{ ref('personas') }} as shared_personas
                    on private_rows.persona_id = shared_personas.id and shared_personas.tenant_id is null
                inner join {{ ref('persona_source_mapping') }} as shared_rows
                    on
                        private_rows.persona_id = shared_rows.persona_id
                        and shared_rows.source_table = 'dh_personas'
                        and shared_rows.source_deleted_at is null
                where
                    private_rows.source_table = 'org_personas'
                    and private_rows.residual ->> 'tenant_id' is not null
                    and private_rows.persona_id = {{ value }}.persona_id
                    and case
                        when {{ value }}.pointer is null
                            then {{ value }}.source_table = 'org_personas' and private_rows.source_id = {{ value }}.source_id
                        else
                            {{ value }}.pointer = 'persona_id'
                            and private_rows.source_id
                            = coalesce(({{ value }}.residual ->> 'persona_id')::uuid, {{ value }}.persona_id)
                    end
            )
{%- endmacro %}


{# The old value is blank, and the fallback that `seeds/column_mapping.csv` states is shown. #}
{% macro is_filled_in(value) -%}
    case
                when {{ value }}.goes_to = 'personas.name'
                    then {{ same_json(value ~ '.shown_value', _name_fallback(value)) }}
                    or exists (
                        select from {{ ref('audit_surviving_values') }} as fallbacks
                        where
                            fallbacks.persona_id = {{ value }}.persona_id
                            and fallbacks.goes_to in (
                                'personas.profile.title', 'personas.profile.persona_code', 'personas.profile.code'
                            )
                            and fallbacks.value = {{ value }}.shown_value
                    )
                when {{ value }}.goes_to = 'personas.deleted_at' then {{ value }}.shown_value = 'true'
                when {{ value }}.goes_to = 'persona_role_mapping.is_primary' then {{ value }}.shown_value = 'false'
                when {{ value }}.goes_to = 'persona_role_mapping.role_id'
                    then {{ is_primary_role_of(value ~ '.persona_id', value ~ '.shown_value') }}
                when {{ value }}.goes_to = 'persona_industry_mapping.industry_id'
                    then exists (
                        select from industries
                        where industries.column_name is not null and industries.canonical_id = {{ value }}.shown_value
                    )
                    and exists (
                        select from {{ ref('persona_industry_mapping') }} as shown_industries
                        where
                            shown_industries.persona_id = {{ value }}.persona_id
                            and to_jsonb(shown_industries.industry_id) = {{ value }}.shown_value
                            and shown_industries.industry_specific_id is not null
                    )
                else false
            end
{%- endmacro %}


{# What a row shows as a name that has none: its title, else its code. #}
{% macro _name_fallback(value) -%}
    (
                        select
                            to_jsonb(coalesce(
                                {{ on_one_line(_own_text(value, "'title'")) }},
                                {{ without_blank_ends(_own_text(
                                    value, "case " ~ value ~ ".source_table when 'dh_personas' then 'persona_code' else 'code' end"
                                )) }}
                            ))
                        from {{ ref('personas') }} as personas
                        where personas.id = {{ value }}.persona_id
                    )
{%- endmacro %}


{# What the legacy row itself said: what the residual keeps of it, else what is shown. #}
{% macro _own_text(value, key) -%}
    case
                                    when {{ value }}.residual ? {{ key }} then {{ value }}.residual ->> {{ key }}
                                    else personas.profile ->> {{ key }}
                                end
{%- endmacro %}


{# What another row of the same persona (or of the same link) says is shown, by the stated precedence. #}
{% macro lost_a_merge(value, survivors) -%}
    case
                when {{ value }}.how = 'resolved'
                    then exists (
                        select from {{ ref('persona_source_mapping') }} as owners
                        where
                            owners.source_table = case {{ value }}.column_name
                                when 'persona_dh_id' then 'dh_personas' else 'org_personas'
                            end
                            and owners.source_id = ({{ value }}.legacy_value #>> '{}')::uuid
                            and to_jsonb(owners.persona_id) = {{ value }}.shown_value
                    )
                when {{ value }}.source_table = 'persona_role_mapping' and {{ value }}.column_name = 'is_primary_role'
                    then {{ value }}.shown_value = 'true'
                    and {{ is_primary_role_of(value ~ '.persona_id', 'to_jsonb(' ~ value ~ '.target_id)') }}
                when {{ value }}.source_table = 'persona_role_mapping'
                    then exists (
                        select from {{ ref('persona_role_mapping') }} as shown_roles
                        where
                            shown_roles.persona_id = {{ value }}.persona_id
                            and shown_roles.role_id::text = {{ value }}.target_id
                            and shown_roles.responsibilities
                            @> coalesce({{ value }}.cleaned_value, {{ value }}.shown_value, '[]')
                    )
                    and exists (
                        select from {{ ref('persona_link_source_mapping') }} as others
                        where
                            others.persona_id = {{ value }}.persona_id
                            and others.source_table = {{ value }}.source_table
                            and others.target_id = {{ value }}.target_id
                            and others.source_id <> {{ value }}.source_id
                            and others.source_deleted_at is null
                    )
                when {{ value }}.source_table = 'jtbd_org_persona_mapping'
                    then exists (
                        select from {{ ref('persona_link_source_mapping') }} as others
                        inner join {{ optional_source('jtbd_org_persona_mapping') }} as older
                            on others.source_id = older.id
                        inner join {{ optional_source('jtbd_org_persona_mapping') }} as own
                            on own.id = {{ value }}.source_id
                        where
                            others.persona_id = {{ value }}.persona_id
                            and others.source_table = {{ value }}.source_table
                            and others.target_id = {{ value }}.target_id
                            and others.source_deleted_at is null
                            and (older.created_at, older.id) < (own.created_at, own.id)
                            and {{ same_json(
                                cleaned_value("to_jsonb(older) -> " ~ value ~ ".column_name", value ~ ".cleaning"),
                                value ~ '.shown_value'
                            ) }}
                    )
                when {{ value }}.goes_to = 'persona_role_mapping.role_id'
                    then {{ is_primary_role_of(value ~ '.persona_id', value ~ '.shown_value') }}
                    and {{ value }}.shown_value #>> '{}' < coalesce({{ value }}.legacy_value #>> '{}', 'none')
                when not coalesce({{ survivors }}.field_values ? {{ _field_in(value) }}, false)
                    then false
                when {{ value }}.goes_to = 'personas.decision_authority'
                    then {{ same_json(crosswalked_authority(_surviving(value, survivors)), value ~ '.shown_value') }}
                when {{ value }}.goes_to = 'persona_industry_mapping.industry_id'
                    then {{ canonical_industry(_surviving(value, survivors)) }} = {{ value }}.shown_value
                when {{ value }}.data_type = 'timestamp with time zone'
                    then ({{ _surviving(value, survivors) }} #>> '{}')::timestamptz = ({{ value }}.shown_value #>> '{}')::timestamptz
                else {{ same_json(_surviving(value, survivors), value ~ '.shown_value') }}
            end
{%- endmacro %}


{# The value that survives in the place where a value is shown, as JSON. #}
{% macro _surviving(value, survivors) -%}
    nullif({{ survivors }}.field_values -> {{ _field_in(value) }}, 'null')
{%- endmacro %}


{# The key of that place: for an industry-specific id with the column that it comes from. #}
{% macro _field_in(value) -%}
    (
                        {{ value }}.goes_to || ' ' || case {{ value }}.goes_to
                            when 'persona_industry_mapping.industry_specific_id' then {{ value }}.column_name
                            else ''
                        end
                    )
{%- endmacro %}


{# The entry of the crosswalk for a cleaned value, as JSON; null without one. The inner select is computed once. #}
{% macro crosswalked_authority(value) -%}
    (
                        select to_jsonb(authorities.decision_authority)
                        from {{ ref('decision_authority_crosswalk') }} as authorities
                        where authorities.legacy_value = (select lower({{ value }} #>> '{}'))
                    )
{%- endmacro %}


{# The industry that counts instead of an industry (an id as JSON), by `seeds/industry_canonical.csv`; else itself. #}
{% macro canonical_industry(industry_id) -%}
    (
                        select industries.canonical_id
                        from industries
                        where industries.id = (select {{ industry_id }})
                    )
{%- endmacro %}


{# Whether the old data call a role (an id as JSON) the primary one of a persona. #}
{% macro is_primary_role_of(persona_id, role_id) -%}
    exists (
                        select from {{ ref('persona_source_mapping') }} as claimants
                        left join {{ source('legacy', 'dh_personas') }} as dh_personas
                            on claimants.source_table = 'dh_personas' and claimants.source_id = dh_personas.id
                        left join {{ source('legacy', 'org_personas') }} as org_personas
                            on claimants.source_table = 'org_personas' and claimants.source_id = org_personas.id
                        left join {{ optional_source('persona_role_mapping') }} as role_links
                            on
                                claimants.source_table = 'org_personas'
                                and claimants.source_id = role_links.persona_id
                                and role_links.is_primary_role
                        where
                            claimants.persona_id = {{ persona_id }}
                            and claimants.source_deleted_at is null
                            and {{ role_id }} in (
                                to_jsonb(dh_personas.primary_role_id),
                                to_jsonb(org_personas.primary_role_id),
                                to_jsonb(role_links.org_role_id)
                            )
                    )
{%- endmacro %}
