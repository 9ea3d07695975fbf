-- The ten legacy tables without keys, in load order. Runs inside the schema that leads search_path; keys.sql completes it.
-- Column order, types, defaults and checks are those of the live database (tests/python/test_legacy_load.py compares them).

do $$
begin
    -- only where uuid-ossp is not installed: a function that is already there belongs to the user
    if to_regprocedure('uuid_generate_v4()') is null then
        create function uuid_generate_v4() returns uuid language sql volatile as 'select gen_random_uuid()';
    end if;
    if not exists (
        select from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
        where nspname = current_schema() and proname = 'update_updated_at_column' and pronargs = 0
    ) then
        create function update_updated_at_column() returns trigger language plpgsql as
        'begin new.updated_at = now(); return new; end';
    end if;
end
$$;

create table tenants (
    id uuid not null default uuid_generate_v4(),
    name varchar(255) not null,
    slug varchar(100) not null,
    type varchar(50) not null,
    industry varchar(100),
    metadata jsonb default '{}'
);

create table industries (
    id uuid not null default uuid_generate_v4(),
    unique_id varchar,
    industry_code varchar,
    industry_name varchar,
    naics_codes text[],
    gics_sector varchar,
    description text,
    sub_categories jsonb,
    example_agents text[],
    created_at timestamptz default now(),
    updated_at timestamptz default now()
);

create table org_functions (
    id uuid not null default uuid_generate_v4(),
    unique_id varchar(50) not null,
    org_function varchar(255) not null,
    description text,
    migration_ready boolean default false,
    created_at timestamp default now(),
    updated_at timestamp default now(),
    created_by varchar(255),
    updated_by varchar(255),
    search_vector tsvector generated always as (
        to_tsvector('english', coalesce(org_function, '') || ' ' || coalesce(description, ''))
    ) stored
);

create table org_departments (
    id uuid not null default uuid_generate_v4(),
    unique_id varchar(50),
    department_id varchar(50),
    org_department varchar(255) not null,
    department_type varchar(100),
    description text,
    function_area varchar(255),
    compliance_requirements text[],
    critical_systems text[],
    data_classification varchar(50),
    migration_ready boolean default false,
    export_format varchar(50),
    function_id uuid,
    created_at timestamp default now(),
    updated_at timestamp default now(),
    created_by varchar(255),
    updated_by varchar(255),
    metadata jsonb default '{}',
    search_vector tsvector generated always as (
        to_tsvector(
            'english',
            coalesce(org_department, '') || ' ' || coalesce(description, '') || ' ' || coalesce(function_area, '')
        )
    ) stored
);

create table org_roles (
    id uuid not null default uuid_generate_v4(),
    unique_id varchar(50) not null,
    org_role varchar(255) not null,
    role_title varchar(255),
    description text,
    seniority_level varchar(50),
    reports_to_role_id uuid,
    function_area varchar(255),
    department_name varchar(255),
    required_skills text[],
    required_certifications text[],
    years_experience_min integer,
    years_experience_max integer,
    migration_ready boolean default false,
    is_active boolean default true,
    function_id uuid,
    department_id uuid,
    created_at timestamp default now(),
    updated_at timestamp default now(),
    created_by varchar(255),
    updated_by varchar(255),
    metadata jsonb default '{}',
    search_vector tsvector generated always as (
        to_tsvector(
            'english', coalesce(org_role, '') || ' ' || coalesce(role_title, '') || ' ' || coalesce(description, '')
        )
    ) stored
);

create table org_personas (
    id uuid not null default gen_random_uuid(),
    tenant_id uuid not null,
    code text not null,
    name text not null,
    unique_id text not null,
    expertise_level text,
    years_experience text,
    education jsonb default '[]',
    typical_titles jsonb default '[]',
    decision_authority text,
    capabilities jsonb default '[]',
    key_responsibilities jsonb default '[]',
    department text,
    reports_to text,
    category_code text,
    typical_availability_hours integer,
    response_time_sla_hours integer,
    description text,
    metadata jsonb default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary_role_id uuid,
    pain_points jsonb,
    goals jsonb,
    needs jsonb,
    behaviors jsonb,
    ai_relationship text,
    tech_proficiency text,
    preferred_channels jsonb,
    frustrations jsonb,
    motivations jsonb,
    digital_health_id varchar(50),
    pharma_id varchar(50),
    biotech_id varchar(50),
    meddev_id varchar(50),
    dx_id varchar(50),
    industry_id uuid,
    constraint chk_persona_decision_authority check (
        decision_authority is null or decision_authority in ('VERY_HIGH', 'HIGH', 'MEDIUM', 'LOW', 'ADVISORY')
    ),
    constraint chk_persona_expertise_level check (
        expertise_level is null or expertise_level in ('EXPERT', 'ADVANCED', 'INTERMEDIATE', 'BEGINNER')
    )
);

create table persona_role_mapping (
    id uuid not null default uuid_generate_v4(),
    persona_id uuid not null,
    org_role_id uuid not null,
    match_type text not null,
    match_confidence text not null,
    match_score integer,
    is_primary_role boolean,
    role_context text,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    created_by text
);

create table dh_personas (
    id uuid not null default uuid_generate_v4(),
    unique_id text not null,
    persona_code text not null,
    name text not null,
    title text not null,
    organization text,
    background text,
    sector text,
    tier integer default 3,
    function text,
    role_category text,
    org_type text,
    org_size text,
    budget_authority text,
    team_size text,
    value_score integer default 5,
    pain_score integer default 5,
    adoption_score integer default 5,
    ease_score integer default 5,
    strategic_score integer default 5,
    network_score integer default 5,
    priority_score numeric(5, 2) generated always as (
        value_score::numeric * 0.25 + pain_score::numeric * 0.20 + adoption_score::numeric * 0.15
        + ease_score::numeric * 0.15 + strategic_score::numeric * 0.15 + network_score::numeric * 0.10
    ) stored,
    key_need text,
    decision_cycle text,
    therapeutic_areas text,
    programs_managed text,
    budget text,
    team text,
    focus text,
    projects text,
    specialization text,
    certifications text,
    experience text,
    responsibilities jsonb default '[]',
    pain_points jsonb default '[]',
    goals jsonb default '[]',
    needs jsonb default '[]',
    behaviors jsonb default '[]',
    typical_titles jsonb default '[]',
    preferred_channels jsonb default '[]',
    frustrations jsonb default '[]',
    motivations jsonb default '[]',
    expertise_level text,
    decision_authority text,
    ai_relationship text,
    tech_proficiency text,
    primary_role_id uuid,
    industry_id uuid,
    is_active boolean default true,
    source text default 'Digital Health JTBD Library',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    notes text,
    tags jsonb default '[]',
    digital_health_id varchar(50),
    pharma_id varchar(50),
    biotech_id varchar(50),
    meddev_id varchar(50),
    dx_id varchar(50),
    constraint dh_personas_value_score_check check (value_score >= 1 and value_score <= 10),
    constraint dh_personas_pain_score_check check (pain_score >= 1 and pain_score <= 10),
    constraint dh_personas_adoption_score_check check (adoption_score >= 1 and adoption_score <= 10),
    constraint dh_personas_ease_score_check check (ease_score >= 1 and ease_score <= 10),
    constraint dh_personas_strategic_score_check check (strategic_score >= 1 and strategic_score <= 10),
    constraint dh_personas_network_score_check check (network_score >= 1 and network_score <= 10),
    constraint dh_personas_tier_check check (tier >= 1 and tier <= 5)
);

create table jtbd_library (
    id varchar(20) not null,
    title varchar(255) not null,
    unique_id varchar,
    jtbd_code varchar,
    original_id text,
    statement text,
    importance integer,
    satisfaction integer,
    opportunity_score integer,
    source text default 'Digital Health JTBD Library',
    persona_context text
);

create table jtbd_org_persona_mapping (
    id uuid not null default uuid_generate_v4(),
    jtbd_id varchar not null,
    persona_id uuid,
    relevance_score integer,
    typical_frequency varchar,
    use_case_examples text,
    expected_benefit text,
    adoption_barriers jsonb default '[]',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    persona_dh_id uuid,
    constraint jtbd_org_persona_mapping_relevance_score_check check (relevance_score >= 1 and relevance_score <= 10),
    constraint persona_reference_required check (persona_id is not null or persona_dh_id is not null)
);
