{#
  Purpose: what a persona shows in the place to which the seed `column_mapping` says a column goes, as JSON. The seed is
  taken at its word: a value that is shown elsewhere is not found here.
  Reads the CTE `industries` of `audit_fidelity`. Arguments: `goes_to`, `column_name`, expressions with the column's line of the seed; `personas`, the alias of the persona.
#}
{% macro shown_value(goes_to, column_name, personas) -%}
    case {{ goes_to }}
                    {%- for column in [
                        'unique_id', 'name', 'description', 'decision_authority', 'responsibilities', 'pain_points', 'goals',
                        'tenant_id', 'created_at', 'updated_at'
                    ] %}
                    when 'personas.{{ column }}' then to_jsonb({{ personas }}.{{ column }})
                    {%- endfor %}
                    when 'personas.deleted_at' then to_jsonb({{ personas }}.deleted_at is null)
                    when 'persona_role_mapping.role_id'
                        then (
                            select to_jsonb(roles.role_id)
                            from {{ ref('persona_role_mapping') }} as roles
                            where roles.persona_id = {{ personas }}.id and roles.is_primary
                            order by roles.role_id
                            limit 1
                        )
                    when 'persona_industry_mapping.industry_id'
                        then (
                            select to_jsonb(mappings.industry_id)
                            from {{ ref('persona_industry_mapping') }} as mappings
                            where mappings.persona_id = {{ personas }}.id and mappings.is_primary
                            order by mappings.industry_id
                            limit 1
                        )
                    when 'persona_industry_mapping.industry_specific_id'
                        then coalesce(
                            (
                                select to_jsonb(mappings.industry_specific_id)
                                from industries
                                inner join {{ ref('persona_industry_mapping') }} as mappings
                                    on
                                        industries.canonical_id = to_jsonb(mappings.industry_id)
                                        and mappings.persona_id = {{ personas }}.id
                                where industries.column_name = {{ column_name }}
                                limit 1
                            ),
                            {{ personas }}.profile -> {{ column_name }}
                        )
                end
{%- endmacro %}
