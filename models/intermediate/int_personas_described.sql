with single as (

    select
        clusters.persona_id,
        records.source_table as of_table,
        {{ survivor_columns('records') }}
    from {{ ref('int_persona_clusters') }} as clusters
    inner join {{ ref('int_persona_records') }} as records
        on
            clusters.source_table = records.source_table
            and clusters.source_id = records.source_id
    where clusters.contributes and clusters.contributors = 1

),

combined as (

    select
        persona_id,
        null::text as of_table,
        {{ survivor_columns('int_personas_combined') }}
    from {{ ref('int_personas_combined') }} as int_personas_combined

),

survivors as (

    select * from single
    union all
    select * from combined

),

described as (

    select
        survivors.persona_id as id,
        survivors.unique_id,
        coalesce(survivors.name, survivors.title, survivors.code, survivors.name_as_found) as name,
        survivors.description,
        coalesce(
            role_seniority.seniority_level,
            {{ title_seniority('coalesce(survivors.title, survivors.name)') }}
        ) as seniority_level,
        authority.decision_authority,
        {{ persona_type('coalesce(survivors.name, survivors.title, survivors.code)', 'survivors.title') }}
            as persona_type,
        survivors.profile || {{ unresolved_industry_codes('survivors.industry_codes') }} as profile,
        survivors.responsibilities,
        survivors.pain_points,
        survivors.goals,
        survivors.tenant_id,
        survivors.tenant_id is null as is_public,
        survivors.created_at,
        survivors.updated_at,
        null::text as created_by,
        survivors.deleted_at,
        survivors.of_table
    from survivors
    left join {{ ref('stg_org_roles') }} as roles on survivors.primary_role_id = roles.id
    left join {{ ref('seniority_crosswalk') }} as role_seniority
        on lower(roles.seniority_level) = role_seniority.legacy_value
    left join {{ ref('decision_authority_crosswalk') }} as authority
        on lower(survivors.decision_authority) = authority.legacy_value

)

select
    described.id,
    described.unique_id,
    described.name,
    described.description,
    {{ overridden('seniority_level', 'text') }},
    {{ overridden('decision_authority', 'text') }},
    {{ overridden('persona_type', 'text') }},
    {{ overridden_profile() }},
    described.responsibilities,
    described.pain_points,
    described.goals,
    described.tenant_id,
    {{ overridden('is_public', 'boolean') }},
    described.created_at,
    described.updated_at,
    {{ overridden('created_by', 'text') }},
    described.deleted_at,
    described.of_table
from described
left join lateral (
    select jsonb_object_agg(persona_overrides.field, persona_overrides.value) as fields
    from {{ ref('persona_overrides') }} as persona_overrides
    where persona_overrides.persona_id = described.id
) as overrides on true
