-- The yardstick: what a careful engineer would write by hand to fill the same tables once.
-- It knows this one database (exact duplicates only, no decisions, no overrides, no history),
-- merges nothing it has no need to, and writes into tables that lie empty in schema `plain`.
-- Variables: legacy (schema of the legacy tables), staging (schema of the seeds).

set work_mem = '64MB';  -- as the build, and so is the time zone
set timezone = 'UTC';
set search_path = plain, :"legacy", :"staging";

create function clean_text(value text) returns text language sql immutable as $$
    select nullif(btrim(value, E'\t\n\u000b\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff '), '')
$$;

create function clean_label(value text) returns text language sql immutable as $$
    select nullif(btrim(regexp_replace(value, E'[\t\n\u000b\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff ]+', ' ', 'g')), '')
$$;

create function clean_json(value jsonb) returns jsonb language sql immutable as $$
    select case jsonb_typeof(value)
        when 'string' then unwrap_json(value) when 'null' then null else value
    end
$$;

create function words_of(label text) returns text[] language sql immutable as $$
    select regexp_split_to_array(lower(label), '[^[:alnum:]]+')
$$;

-- industries: one row per industry, and what the five code columns mean
create temporary table canonical_industries as
select
    industries.id,
    clean_text(industries.industry_code) as industry_code,
    coalesce(canonical.id, industries.id) as industry_id
from industries
left join industry_canonical using (industry_code)
left join industries as canonical on canonical.industry_code = industry_canonical.canonical_industry_code;

create temporary table code_columns as
select column_name, position, canonical_industries.industry_id
from industry_id_columns
inner join canonical_industries using (industry_code);

-- exact duplicates: equal name, title, organisation and industry
create temporary table duplicates as
with evidence as (
    select
        dh_personas.id,
        dh_personas.created_at,
        lower(clean_label(name)) as name,
        lower(clean_label(title)) as title,
        lower(clean_label(organization)) as organization,
        canonical_industries.industry_id
    from dh_personas
    inner join canonical_industries on dh_personas.industry_id = canonical_industries.id
    where clean_label(name) is not null and clean_label(title) is not null and clean_label(organization) is not null
),
grouped as (
    select
        id,
        count(*) over (partition by name, title, organization, industry_id) as members,
        first_value(id) over (partition by name, title, organization, industry_id order by created_at, id) as persona_id,
        row_number() over (partition by name, title, organization, industry_id order by created_at, id) as precedence
    from evidence
)
select id, persona_id, precedence from grouped where members > 1;
create unique index on duplicates (id);
analyze duplicates;

-- every legacy row and its persona
create temporary table sources as
select
    'dh_personas' as source_table,
    dh_personas.id as source_id,
    coalesce(duplicates.persona_id, dh_personas.id) as persona_id,
    coalesce(duplicates.precedence, 1)::integer as precedence,
    case when duplicates.id is null then 'own' else 'exact' end as match_rule
from dh_personas
left join duplicates using (id)
union all
select
    'org_personas',
    org_personas.id,
    case
        when twins.id is null then org_personas.id
        else overlay(overlay(
            encode(substring(sha256(convert_to('org_personas:' || org_personas.id, 'UTF8')) for 16), 'hex')
            placing '8' from 13 for 1
        ) placing '8' from 17 for 1)::uuid
    end,
    1,
    'own'
from org_personas
left join dh_personas as twins using (id);
create unique index on sources (source_id, source_table);
analyze sources;

-- every legacy row in one shape
create temporary view records as
select
    'dh_personas' as source_table,
    id as source_id,
    null::uuid as tenant_id,
    unique_id,
    clean_text(persona_code) as code,
    clean_label(name) as name,
    clean_label(title) as title,
    name as name_as_found,
    clean_text(background) as description,
    clean_text(decision_authority) as decision_authority,
    clean_json(responsibilities) as responsibilities,
    clean_json(pain_points) as pain_points,
    clean_json(goals) as goals,
    primary_role_id,
    industry_id,
    jsonb_strip_nulls(jsonb_build_object(
        'digital_health_id', clean_text(digital_health_id), 'pharma_id', clean_text(pharma_id),
        'biotech_id', clean_text(biotech_id), 'meddev_id', clean_text(meddev_id), 'dx_id', clean_text(dx_id)
    )) as industry_codes,
    created_at,
    updated_at,
    case when is_active is false then updated_at end as deleted_at,
    jsonb_strip_nulls(jsonb_build_object(
        'persona_code', clean_text(persona_code),
        'title', clean_label(title),
        'organization', clean_label(organization),
        'sector', clean_text(sector),
        'tier', tier,
        'function', clean_text(function),
        'role_category', clean_text(role_category),
        'org_type', clean_text(org_type),
        'org_size', clean_text(org_size),
        'budget_authority', clean_text(budget_authority),
        'team_size', clean_text(team_size),
        'value_score', value_score,
        'pain_score', pain_score,
        'adoption_score', adoption_score,
        'ease_score', ease_score,
        'strategic_score', strategic_score,
        'network_score', network_score,
        'priority_score', priority_score,
        'key_need', clean_text(key_need),
        'decision_cycle', clean_text(decision_cycle),
        'therapeutic_areas', clean_text(therapeutic_areas),
        'programs_managed', clean_text(programs_managed),
        'budget', clean_text(budget),
        'team', clean_text(team),
        'focus', clean_text(focus),
        'projects', clean_text(projects),
        'specialization', clean_text(specialization),
        'certifications', clean_text(certifications),
        'experience', clean_text(experience),
        'expertise_level', clean_text(expertise_level),
        'ai_relationship', clean_text(ai_relationship),
        'tech_proficiency', clean_text(tech_proficiency),
        'source', clean_text(source),
        'notes', clean_text(notes)
    )) || (jsonb_build_object(
        'needs', clean_json(needs), 'behaviors', clean_json(behaviors),
        'typical_titles', clean_json(typical_titles), 'preferred_channels', clean_json(preferred_channels),
        'frustrations', clean_json(frustrations), 'motivations', clean_json(motivations),
        'tags', clean_json(tags)
    ) - array[
        case when clean_json(needs) is null then 'needs' end,
        case when clean_json(behaviors) is null then 'behaviors' end,
        case when clean_json(typical_titles) is null then 'typical_titles' end,
        case when clean_json(preferred_channels) is null then 'preferred_channels' end,
        case when clean_json(frustrations) is null then 'frustrations' end,
        case when clean_json(motivations) is null then 'motivations' end,
        case when clean_json(tags) is null then 'tags' end
    ]) as profile
from dh_personas
union all
select
    'org_personas',
    id,
    tenant_id,
    unique_id,
    clean_text(code),
    clean_label(name),
    null,
    name,
    clean_text(description),
    clean_text(decision_authority),
    clean_json(key_responsibilities),
    clean_json(pain_points),
    clean_json(goals),
    primary_role_id,
    industry_id,
    jsonb_strip_nulls(jsonb_build_object(
        'digital_health_id', clean_text(digital_health_id), 'pharma_id', clean_text(pharma_id),
        'biotech_id', clean_text(biotech_id), 'meddev_id', clean_text(meddev_id), 'dx_id', clean_text(dx_id)
    )),
    created_at,
    updated_at,
    null,
    jsonb_strip_nulls(jsonb_build_object(
        'code', clean_text(code),
        'expertise_level', clean_text(expertise_level),
        'years_experience', clean_text(years_experience),
        'department', clean_text(department),
        'reports_to', clean_text(reports_to),
        'category_code', clean_text(category_code),
        'typical_availability_hours', typical_availability_hours,
        'response_time_sla_hours', response_time_sla_hours,
        'ai_relationship', clean_text(ai_relationship),
        'tech_proficiency', clean_text(tech_proficiency)
    )) || (jsonb_build_object(
        'education', clean_json(education), 'typical_titles', clean_json(typical_titles),
        'capabilities', clean_json(capabilities), 'metadata', clean_json(metadata),
        'needs', clean_json(needs), 'behaviors', clean_json(behaviors),
        'preferred_channels', clean_json(preferred_channels), 'frustrations', clean_json(frustrations),
        'motivations', clean_json(motivations)
    ) - array[
        case when clean_json(education) is null then 'education' end,
        case when clean_json(typical_titles) is null then 'typical_titles' end,
        case when clean_json(capabilities) is null then 'capabilities' end,
        case when clean_json(metadata) is null then 'metadata' end,
        case when clean_json(needs) is null then 'needs' end,
        case when clean_json(behaviors) is null then 'behaviors' end,
        case when clean_json(preferred_channels) is null then 'preferred_channels' end,
        case when clean_json(frustrations) is null then 'frustrations' end,
        case when clean_json(motivations) is null then 'motivations' end
    ])
from org_personas;

-- the merged rows, field by field: the first value by precedence
create temporary table members as
select duplicates.persona_id, duplicates.precedence, records.*
from duplicates
inner join records on records.source_table = 'dh_personas' and records.source_id = duplicates.id;

create temporary table merged as
select
    persona_id,
    (array_agg(tenant_id order by precedence) filter (where tenant_id is not null))[1] as tenant_id,
    (array_agg(unique_id order by unique_id = '', precedence))[1] as unique_id,
    (array_agg(code order by precedence) filter (where code is not null))[1] as code,
    (array_agg(name order by precedence) filter (where name is not null))[1] as name,
    (array_agg(title order by precedence) filter (where title is not null))[1] as title,
    (array_agg(name_as_found order by precedence) filter (where name_as_found is not null))[1] as name_as_found,
    (array_agg(description order by precedence) filter (where description is not null))[1] as description,
    (array_agg(decision_authority order by precedence) filter (where decision_authority is not null))[1] as decision_authority,
    (array_agg(responsibilities order by responsibilities in ('[]', '{}', '""'), precedence) filter (where responsibilities is not null))[1] as responsibilities,
    (array_agg(pain_points order by pain_points in ('[]', '{}', '""'), precedence) filter (where pain_points is not null))[1] as pain_points,
    (array_agg(goals order by goals in ('[]', '{}', '""'), precedence) filter (where goals is not null))[1] as goals,
    (array_agg(primary_role_id order by precedence) filter (where primary_role_id is not null))[1] as primary_role_id,
    min(created_at) as created_at,
    max(updated_at) as updated_at,
    case when bool_and(deleted_at is not null) then max(deleted_at) end as deleted_at
from members
group by persona_id;

create temporary table merged_codes as
select members.persona_id, jsonb_object_agg(codes.key, codes.value order by members.precedence desc) as industry_codes
from members
cross join lateral jsonb_each(members.industry_codes) as codes
group by members.persona_id;

create temporary table merged_profiles as
select
    members.persona_id,
    jsonb_object_agg(fields.key, fields.value order by not fields.value in ('[]', '{}', '""'), members.precedence desc) as profile
from members
cross join lateral jsonb_each(members.profile) as fields
group by members.persona_id;

create temporary view survivors as
select
    sources.persona_id, records.tenant_id, records.unique_id, records.code, records.name, records.title,
    records.name_as_found, records.description, records.decision_authority, records.responsibilities,
    records.pain_points, records.goals, records.primary_role_id, records.industry_codes, records.profile,
    records.created_at, records.updated_at, records.deleted_at
from records
inner join sources using (source_table, source_id)
where sources.match_rule = 'own'
union all
select
    merged.persona_id, merged.tenant_id, merged.unique_id, merged.code, merged.name, merged.title,
    merged.name_as_found, merged.description, merged.decision_authority, merged.responsibilities,
    merged.pain_points, merged.goals, merged.primary_role_id, coalesce(merged_codes.industry_codes, '{}'),
    coalesce(merged_profiles.profile, '{}'), merged.created_at, merged.updated_at, merged.deleted_at
from merged
left join merged_codes using (persona_id)
left join merged_profiles using (persona_id);

insert into personas (
    id, unique_id, name, description, seniority_level, decision_authority, persona_type, profile, responsibilities,
    pain_points, goals, tenant_id, is_public, created_at, updated_at, created_by, deleted_at
)
select
    survivors.persona_id,
    survivors.unique_id,
    coalesce(survivors.name, survivors.title, survivors.code, survivors.name_as_found),
    survivors.description,
    coalesce(
        seniority_crosswalk.seniority_level,
        (
            select title_seniority.seniority_level
            from unnest(words_of(coalesce(survivors.title, survivors.name))) as words (word)
            inner join title_seniority using (word)
            order by title_seniority.rank
            limit 1
        )
    ),
    decision_authority_crosswalk.decision_authority,
    case
        when words_of(coalesce(survivors.name, survivors.title, survivors.code)) && (select array_agg(word) from role_words)
            then 'archetype'
        else 'individual'
    end,
    survivors.profile || (survivors.industry_codes - (select coalesce(array_agg(column_name), '{}') from code_columns)),
    survivors.responsibilities,
    survivors.pain_points,
    survivors.goals,
    survivors.tenant_id,
    survivors.tenant_id is null,
    survivors.created_at,
    survivors.updated_at,
    null,
    survivors.deleted_at
from survivors
left join org_roles on org_roles.id = survivors.primary_role_id
left join seniority_crosswalk on seniority_crosswalk.legacy_value = lower(clean_text(org_roles.seniority_level))
left join decision_authority_crosswalk on decision_authority_crosswalk.legacy_value = lower(survivors.decision_authority);

insert into persona_industry_mapping (persona_id, industry_id, is_primary, industry_specific_id, industry_metadata, origin)
with claims as (
    select sources.persona_id, sources.precedence, canonical_industries.industry_id, null as code, 0 as position
    from sources
    inner join records using (source_table, source_id)
    inner join canonical_industries on canonical_industries.id = records.industry_id
    union all
    select sources.persona_id, sources.precedence, code_columns.industry_id, codes.value, code_columns.position
    from sources
    inner join records using (source_table, source_id)
    cross join lateral jsonb_each_text(records.industry_codes) as codes
    inner join code_columns on code_columns.column_name = codes.key
),
grouped as (
    select
        persona_id,
        industry_id,
        array_agg(code order by precedence, position) filter (where code is not null) as codes,
        min(precedence) filter (where position = 0) as industry_precedence,
        min(precedence) as first_precedence,
        min(position) as first_position
    from claims
    group by persona_id, industry_id
)
select
    persona_id,
    industry_id,
    row_number() over (
        partition by persona_id order by industry_precedence, first_precedence, first_position, industry_id
    ) = 1,
    codes[1],
    case
        when cardinality(array_remove(codes, codes[1])) > 0
            then jsonb_build_object('other_ids', to_jsonb(array_remove(codes, codes[1])))
        else '{}'
    end,
    'legacy'
from grouped;

insert into persona_role_mapping (persona_id, role_id, is_primary, responsibilities, origin)
select
    persona_id,
    role_id,
    bool_or(is_primary),
    coalesce(jsonb_agg(role_context order by precedence, link_id) filter (where role_context is not null), '[]'),
    'legacy'
from (
    select
        sources.persona_id, records.primary_role_id as role_id, true as is_primary, null as role_context,
        sources.precedence, null::uuid as link_id
    from sources
    inner join records using (source_table, source_id)
    where records.primary_role_id is not null
    union all
    select
        sources.persona_id, links.org_role_id, links.is_primary_role is true, clean_text(links.role_context),
        sources.precedence, links.id
    from :"legacy".persona_role_mapping as links
    inner join sources on sources.source_table = 'org_personas' and sources.source_id = links.persona_id
) as claims
group by persona_id, role_id;

insert into persona_jtbd_mapping (
    persona_id, jtbd_id, relevance_score, typical_frequency, use_case_examples, expected_benefit, adoption_barriers, origin
)
select distinct on (new_id, jtbd_id)
    new_id,
    jtbd_id,
    relevance_score,
    clean_text(typical_frequency),
    clean_text(use_case_examples),
    clean_text(expected_benefit),
    clean_json(adoption_barriers),
    'legacy'
from (
    select sources.persona_id as new_id, links.*
    from jtbd_org_persona_mapping as links
    inner join sources on sources.source_table = 'org_personas' and sources.source_id = links.persona_id
    union all
    select sources.persona_id, links.*
    from jtbd_org_persona_mapping as links
    inner join sources on sources.source_table = 'dh_personas' and sources.source_id = links.persona_dh_id
) as pointers
order by new_id, jtbd_id, created_at, id;

-- What the new tables do not show of a legacy row stays beside it, in `residual`: the row without the columns
-- that its persona shows byte for byte. First what the mappings show, in the shape of the old columns.
create function same_json(one jsonb, other jsonb) returns boolean language sql immutable as $$
    select row(one)::record *= row(other)::record  -- 1.0 is not 1.00
$$;

create temporary table shown_industries as
select
    persona_id,
    (array_agg(industry_id) filter (where is_primary))[1] as industry_id,
    max(industry_specific_id) filter (where column_name = 'digital_health_id') as digital_health_id,
    max(industry_specific_id) filter (where column_name = 'pharma_id') as pharma_id,
    max(industry_specific_id) filter (where column_name = 'biotech_id') as biotech_id,
    max(industry_specific_id) filter (where column_name = 'meddev_id') as meddev_id,
    max(industry_specific_id) filter (where column_name = 'dx_id') as dx_id
from persona_industry_mapping
left join code_columns using (industry_id)
group by persona_id;

create temporary table shown_roles as
select distinct on (persona_id) persona_id, role_id as primary_role_id
from persona_role_mapping
where is_primary
order by persona_id, role_id;

analyze personas, shown_industries, shown_roles;

insert into persona_source_mapping (
    source_table, source_id, persona_id, match_rule, match_probability, residual, first_seen_at, source_deleted_at
)
select
    'dh_personas',
    legacy.id,
    sources.persona_id,
    sources.match_rule,
    null::float8,
    (to_jsonb(legacy) || case
        when 'null' in (
            legacy.responsibilities, legacy.pain_points, legacy.goals, legacy.needs, legacy.behaviors,
            legacy.typical_titles, legacy.preferred_channels, legacy.frustrations, legacy.motivations,
            legacy.tags
        ) then jsonb_build_object('(json null)', array_remove(array[
            case when legacy.responsibilities = 'null' then 'responsibilities' end,
            case when legacy.pain_points = 'null' then 'pain_points' end,
            case when legacy.goals = 'null' then 'goals' end,
            case when legacy.needs = 'null' then 'needs' end,
            case when legacy.behaviors = 'null' then 'behaviors' end,
            case when legacy.typical_titles = 'null' then 'typical_titles' end,
            case when legacy.preferred_channels = 'null' then 'preferred_channels' end,
            case when legacy.frustrations = 'null' then 'frustrations' end,
            case when legacy.motivations = 'null' then 'motivations' end,
            case when legacy.tags = 'null' then 'tags' end
        ], null))
        else '{}'
    end) - array[
        'id',
        case when legacy.unique_id is not distinct from personas.unique_id then 'unique_id' end,
        case when legacy.persona_code is not distinct from fields.persona_code then 'persona_code' end,
        case when legacy.name is not distinct from personas.name then 'name' end,
        case when legacy.title is not distinct from fields.title then 'title' end,
        case when legacy.organization is not distinct from fields.organization then 'organization' end,
        case when legacy.background is not distinct from personas.description then 'background' end,
        case when legacy.sector is not distinct from fields.sector then 'sector' end,
        case when legacy.tier is not distinct from fields.tier then 'tier' end,
        case when legacy.function is not distinct from fields.function then 'function' end,
        case when legacy.role_category is not distinct from fields.role_category then 'role_category' end,
        case when legacy.org_type is not distinct from fields.org_type then 'org_type' end,
        case when legacy.org_size is not distinct from fields.org_size then 'org_size' end,
        case when legacy.budget_authority is not distinct from fields.budget_authority then 'budget_authority' end,
        case when legacy.team_size is not distinct from fields.team_size then 'team_size' end,
        case when legacy.value_score is not distinct from fields.value_score then 'value_score' end,
        case when legacy.pain_score is not distinct from fields.pain_score then 'pain_score' end,
        case when legacy.adoption_score is not distinct from fields.adoption_score then 'adoption_score' end,
        case when legacy.ease_score is not distinct from fields.ease_score then 'ease_score' end,
        case when legacy.strategic_score is not distinct from fields.strategic_score then 'strategic_score' end,
        case when legacy.network_score is not distinct from fields.network_score then 'network_score' end,
        case when row(legacy.priority_score)::record *= row(fields.priority_score)::record then 'priority_score' end,
        case when legacy.key_need is not distinct from fields.key_need then 'key_need' end,
        case when legacy.decision_cycle is not distinct from fields.decision_cycle then 'decision_cycle' end,
        case when legacy.therapeutic_areas is not distinct from fields.therapeutic_areas then 'therapeutic_areas' end,
        case when legacy.programs_managed is not distinct from fields.programs_managed then 'programs_managed' end,
        case when legacy.budget is not distinct from fields.budget then 'budget' end,
        case when legacy.team is not distinct from fields.team then 'team' end,
        case when legacy.focus is not distinct from fields.focus then 'focus' end,
        case when legacy.projects is not distinct from fields.projects then 'projects' end,
        case when legacy.specialization is not distinct from fields.specialization then 'specialization' end,
        case when legacy.certifications is not distinct from fields.certifications then 'certifications' end,
        case when legacy.experience is not distinct from fields.experience then 'experience' end,
        case when same_json(legacy.responsibilities, personas.responsibilities) then 'responsibilities' end,
        case when same_json(legacy.pain_points, personas.pain_points) then 'pain_points' end,
        case when same_json(legacy.goals, personas.goals) then 'goals' end,
        case when same_json(legacy.needs, fields.needs) then 'needs' end,
        case when same_json(legacy.behaviors, fields.behaviors) then 'behaviors' end,
        case when same_json(legacy.typical_titles, fields.typical_titles) then 'typical_titles' end,
        case when same_json(legacy.preferred_channels, fields.preferred_channels) then 'preferred_channels' end,
        case when same_json(legacy.frustrations, fields.frustrations) then 'frustrations' end,
        case when same_json(legacy.motivations, fields.motivations) then 'motivations' end,
        case when legacy.expertise_level is not distinct from fields.expertise_level then 'expertise_level' end,
        case when legacy.decision_authority is not distinct from personas.decision_authority then 'decision_authority' end,
        case when legacy.ai_relationship is not distinct from fields.ai_relationship then 'ai_relationship' end,
        case when legacy.tech_proficiency is not distinct from fields.tech_proficiency then 'tech_proficiency' end,
        case when legacy.primary_role_id is not distinct from shown_roles.primary_role_id then 'primary_role_id' end,
        case when legacy.industry_id is not distinct from shown_industries.industry_id then 'industry_id' end,
        case when legacy.is_active is not distinct from (personas.deleted_at is null) then 'is_active' end,
        case when legacy.source is not distinct from fields.source then 'source' end,
        case when legacy.created_at is not distinct from personas.created_at then 'created_at' end,
        case when legacy.updated_at is not distinct from personas.updated_at then 'updated_at' end,
        case when legacy.notes is not distinct from fields.notes then 'notes' end,
        case when same_json(legacy.tags, fields.tags) then 'tags' end,
        case when legacy.digital_health_id is not distinct from coalesce(shown_industries.digital_health_id, fields.digital_health_id) then 'digital_health_id' end,
        case when legacy.pharma_id is not distinct from coalesce(shown_industries.pharma_id, fields.pharma_id) then 'pharma_id' end,
        case when legacy.biotech_id is not distinct from coalesce(shown_industries.biotech_id, fields.biotech_id) then 'biotech_id' end,
        case when legacy.meddev_id is not distinct from coalesce(shown_industries.meddev_id, fields.meddev_id) then 'meddev_id' end,
        case when legacy.dx_id is not distinct from coalesce(shown_industries.dx_id, fields.dx_id) then 'dx_id' end
    ],
    now(),
    null::timestamptz
from dh_personas as legacy
inner join sources on sources.source_table = 'dh_personas' and sources.source_id = legacy.id
inner join personas on personas.id = sources.persona_id
left join shown_industries on shown_industries.persona_id = sources.persona_id
left join shown_roles on shown_roles.persona_id = sources.persona_id
cross join lateral jsonb_to_record(personas.profile) as fields (
    persona_code text, title text, organization text, sector text, tier integer, function text,
    role_category text, org_type text, org_size text, budget_authority text, team_size text,
    value_score integer, pain_score integer, adoption_score integer, ease_score integer,
    strategic_score integer, network_score integer, priority_score numeric(5, 2), key_need text,
    decision_cycle text, therapeutic_areas text, programs_managed text, budget text, team text, focus text,
    projects text, specialization text, certifications text, experience text, needs jsonb, behaviors jsonb,
    typical_titles jsonb, preferred_channels jsonb, frustrations jsonb, motivations jsonb,
    expertise_level text, ai_relationship text, tech_proficiency text, source text, notes text, tags jsonb,
    digital_health_id varchar(50), pharma_id varchar(50), biotech_id varchar(50), meddev_id varchar(50),
    dx_id varchar(50)
)
union all
select
    'org_personas',
    legacy.id,
    sources.persona_id,
    sources.match_rule,
    null,
    (to_jsonb(legacy) || case
        when 'null' in (
            legacy.education, legacy.typical_titles, legacy.capabilities, legacy.key_responsibilities,
            legacy.metadata, legacy.pain_points, legacy.goals, legacy.needs, legacy.behaviors,
            legacy.preferred_channels, legacy.frustrations, legacy.motivations
        ) then jsonb_build_object('(json null)', array_remove(array[
            case when legacy.education = 'null' then 'education' end,
            case when legacy.typical_titles = 'null' then 'typical_titles' end,
            case when legacy.capabilities = 'null' then 'capabilities' end,
            case when legacy.key_responsibilities = 'null' then 'key_responsibilities' end,
            case when legacy.metadata = 'null' then 'metadata' end,
            case when legacy.pain_points = 'null' then 'pain_points' end,
            case when legacy.goals = 'null' then 'goals' end,
            case when legacy.needs = 'null' then 'needs' end,
            case when legacy.behaviors = 'null' then 'behaviors' end,
            case when legacy.preferred_channels = 'null' then 'preferred_channels' end,
            case when legacy.frustrations = 'null' then 'frustrations' end,
            case when legacy.motivations = 'null' then 'motivations' end
        ], null))
        else '{}'
    end) - array[
        'id',
        case when legacy.tenant_id is not distinct from personas.tenant_id then 'tenant_id' end,
        case when legacy.code is not distinct from fields.code then 'code' end,
        case when legacy.name is not distinct from personas.name then 'name' end,
        case when legacy.unique_id is not distinct from personas.unique_id then 'unique_id' end,
        case when legacy.expertise_level is not distinct from fields.expertise_level then 'expertise_level' end,
        case when legacy.years_experience is not distinct from fields.years_experience then 'years_experience' end,
        case when same_json(legacy.education, fields.education) then 'education' end,
        case when same_json(legacy.typical_titles, fields.typical_titles) then 'typical_titles' end,
        case when legacy.decision_authority is not distinct from personas.decision_authority then 'decision_authority' end,
        case when same_json(legacy.capabilities, fields.capabilities) then 'capabilities' end,
        case when same_json(legacy.key_responsibilities, personas.responsibilities) then 'key_responsibilities' end,
        case when legacy.department is not distinct from fields.department then 'department' end,
        case when legacy.reports_to is not distinct from fields.reports_to then 'reports_to' end,
        case when legacy.category_code is not distinct from fields.category_code then 'category_code' end,
        case when legacy.typical_availability_hours is not distinct from fields.typical_availability_hours then 'typical_availability_hours' end,
        case when legacy.response_time_sla_hours is not distinct from fields.response_time_sla_hours then 'response_time_sla_hours' end,
        case when legacy.description is not distinct from personas.description then 'description' end,
        case when same_json(legacy.metadata, fields.metadata) then 'metadata' end,
        case when legacy.created_at is not distinct from personas.created_at then 'created_at' end,
        case when legacy.updated_at is not distinct from personas.updated_at then 'updated_at' end,
        case when legacy.primary_role_id is not distinct from shown_roles.primary_role_id then 'primary_role_id' end,
        case when same_json(legacy.pain_points, personas.pain_points) then 'pain_points' end,
        case when same_json(legacy.goals, personas.goals) then 'goals' end,
        case when same_json(legacy.needs, fields.needs) then 'needs' end,
        case when same_json(legacy.behaviors, fields.behaviors) then 'behaviors' end,
        case when legacy.ai_relationship is not distinct from fields.ai_relationship then 'ai_relationship' end,
        case when legacy.tech_proficiency is not distinct from fields.tech_proficiency then 'tech_proficiency' end,
        case when same_json(legacy.preferred_channels, fields.preferred_channels) then 'preferred_channels' end,
        case when same_json(legacy.frustrations, fields.frustrations) then 'frustrations' end,
        case when same_json(legacy.motivations, fields.motivations) then 'motivations' end,
        case when legacy.digital_health_id is not distinct from coalesce(shown_industries.digital_health_id, fields.digital_health_id) then 'digital_health_id' end,
        case when legacy.pharma_id is not distinct from coalesce(shown_industries.pharma_id, fields.pharma_id) then 'pharma_id' end,
        case when legacy.biotech_id is not distinct from coalesce(shown_industries.biotech_id, fields.biotech_id) then 'biotech_id' end,
        case when legacy.meddev_id is not distinct from coalesce(shown_industries.meddev_id, fields.meddev_id) then 'meddev_id' end,
        case when legacy.dx_id is not distinct from coalesce(shown_industries.dx_id, fields.dx_id) then 'dx_id' end,
        case when legacy.industry_id is not distinct from shown_industries.industry_id then 'industry_id' end
    ],
    now(),
    null
from org_personas as legacy
inner join sources on sources.source_table = 'org_personas' and sources.source_id = legacy.id
inner join personas on personas.id = sources.persona_id
left join shown_industries on shown_industries.persona_id = sources.persona_id
left join shown_roles on shown_roles.persona_id = sources.persona_id
cross join lateral jsonb_to_record(personas.profile) as fields (
    code text, expertise_level text, years_experience text, education jsonb, typical_titles jsonb,
    capabilities jsonb, department text, reports_to text, category_code text,
    typical_availability_hours integer, response_time_sla_hours integer, metadata jsonb, needs jsonb,
    behaviors jsonb, ai_relationship text, tech_proficiency text, preferred_channels jsonb,
    frustrations jsonb, motivations jsonb, digital_health_id varchar(50), pharma_id varchar(50),
    biotech_id varchar(50), meddev_id varchar(50), dx_id varchar(50)
);

analyze persona_role_mapping, persona_jtbd_mapping;

insert into persona_link_source_mapping (
    source_table, source_id, pointer, persona_id, target_id, residual, source_deleted_at
)
select
    'persona_role_mapping',
    links.id,
    'persona_id',
    sources.persona_id,
    links.org_role_id::text,
    to_jsonb(links) - array[
        'id',
        'org_role_id',
        case when links.persona_id = sources.persona_id then 'persona_id' end,
        case when links.is_primary_role is not distinct from shown.is_primary then 'is_primary_role' end,
        case
            when
                links.role_context is not distinct from
                case when jsonb_array_length(shown.responsibilities) = 1 then shown.responsibilities ->> 0 end
                then 'role_context'
        end
    ],
    null::timestamptz
from :"legacy".persona_role_mapping as links
inner join sources on sources.source_table = 'org_personas' and sources.source_id = links.persona_id
left join persona_role_mapping as shown
    on shown.persona_id = sources.persona_id and shown.role_id = links.org_role_id
union all
select
    'jtbd_org_persona_mapping',
    links.id,
    pointers.pointer,
    sources.persona_id,
    links.jtbd_id,
    (
        to_jsonb(links)
        || case
            when links.adoption_barriers = 'null' then '{"(json null)": ["adoption_barriers"]}' else '{}'
        end::jsonb
    ) - array[
        'id',
        'jtbd_id',
        pointers.other,
        case when pointers.old_id = sources.persona_id then pointers.pointer end,
        case when links.relevance_score is not distinct from shown.relevance_score then 'relevance_score' end,
        case when links.typical_frequency is not distinct from shown.typical_frequency then 'typical_frequency' end,
        case when links.use_case_examples is not distinct from shown.use_case_examples then 'use_case_examples' end,
        case when links.expected_benefit is not distinct from shown.expected_benefit then 'expected_benefit' end,
        case when same_json(links.adoption_barriers, shown.adoption_barriers) then 'adoption_barriers' end
    ],
    null
from jtbd_org_persona_mapping as links
cross join lateral (values
    ('persona_id', 'persona_dh_id', 'org_personas', links.persona_id),
    ('persona_dh_id', 'persona_id', 'dh_personas', links.persona_dh_id)
) as pointers (pointer, other, source_table, old_id)
inner join sources on sources.source_table = pointers.source_table and sources.source_id = pointers.old_id
left join persona_jtbd_mapping as shown
    on shown.persona_id = sources.persona_id and shown.jtbd_id = links.jtbd_id;
