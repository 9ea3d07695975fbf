-- Keys, indexes, triggers and row level security of the ten legacy tables. Apart from tables.sql, so that a bulk load
-- can come in between. The primary keys of tenants and jtbd_library are not on record, but foreign keys need them.

alter table tenants add constraint tenants_pkey primary key (id);
alter table industries
    add constraint industries_pkey primary key (id),
    add constraint industries_industry_code_key unique (industry_code),
    add constraint industries_unique_id_key unique (unique_id);
alter table org_functions
    add constraint org_functions_pkey primary key (id),
    add constraint org_functions_unique_id_key unique (unique_id);
alter table org_departments
    add constraint org_departments_pkey primary key (id),
    add constraint org_departments_unique_id_key unique (unique_id),
    add constraint org_departments_function_id_fkey
    foreign key (function_id) references org_functions (id) on delete set null;
alter table org_roles
    add constraint org_roles_pkey primary key (id),
    add constraint org_roles_unique_id_key unique (unique_id),
    add constraint org_roles_department_id_fkey
    foreign key (department_id) references org_departments (id) on delete set null,
    add constraint org_roles_function_id_fkey
    foreign key (function_id) references org_functions (id) on delete set null,
    add constraint org_roles_reports_to_role_id_fkey
    foreign key (reports_to_role_id) references org_roles (id) on delete set null;
alter table org_personas
    add constraint org_personas_pkey primary key (id),
    add constraint org_personas_tenant_id_code_key unique (tenant_id, code),
    add constraint org_personas_tenant_id_unique_id_key unique (tenant_id, unique_id),
    add constraint org_personas_industry_id_fkey foreign key (industry_id) references industries (id),
    add constraint org_personas_primary_role_id_fkey foreign key (primary_role_id) references org_roles (id),
    add constraint org_personas_tenant_id_fkey foreign key (tenant_id) references tenants (id) on delete cascade;
alter table persona_role_mapping
    add constraint persona_role_mapping_pkey primary key (id),
    add constraint persona_role_mapping_persona_id_org_role_id_key unique (persona_id, org_role_id),
    add constraint persona_role_mapping_org_role_id_fkey
    foreign key (org_role_id) references org_roles (id) on delete cascade,
    add constraint persona_role_mapping_persona_id_fkey
    foreign key (persona_id) references org_personas (id) on delete cascade;
alter table dh_personas
    add constraint dh_personas_pkey primary key (id),
    add constraint dh_personas_persona_code_key unique (persona_code),
    add constraint dh_personas_unique_id_key unique (unique_id),
    add constraint dh_personas_industry_id_fkey
    foreign key (industry_id) references industries (id) on delete set null,
    add constraint dh_personas_primary_role_id_fkey
    foreign key (primary_role_id) references org_roles (id) on delete set null;
alter table jtbd_library add constraint jtbd_library_pkey primary key (id);
alter table jtbd_org_persona_mapping
    add constraint jtbd_org_persona_mapping_pkey primary key (id),
    add constraint unique_jtbd_org_persona unique (jtbd_id, persona_id),
    add constraint jtbd_org_persona_mapping_jtbd_id_fkey foreign key (jtbd_id) references jtbd_library (id),
    add constraint jtbd_org_persona_mapping_persona_dh_id_fkey
    foreign key (persona_dh_id) references dh_personas (id) on delete cascade,
    add constraint jtbd_org_persona_mapping_persona_id_fkey
    foreign key (persona_id) references org_personas (id);

create index idx_persona_tenant on org_personas (tenant_id);
create index idx_persona_code on org_personas (tenant_id, code);
create index idx_persona_unique_id on org_personas (unique_id);
create index idx_persona_expertise on org_personas (expertise_level);
create index idx_persona_department on org_personas (department);
create index idx_personas_primary_role on org_personas (primary_role_id);
create index idx_personas_ai_relationship on org_personas (ai_relationship);
create index idx_org_personas_pharma_id on org_personas (pharma_id) where pharma_id is not null;
create index idx_org_personas_industry_id on org_personas (industry_id) where industry_id is not null;

create index idx_dh_personas_sector on dh_personas (sector);
create index idx_dh_personas_tier on dh_personas (tier);
create index idx_dh_personas_function on dh_personas (function);
create index idx_dh_personas_priority_score on dh_personas (priority_score desc);
create index idx_dh_personas_industry_id on dh_personas (industry_id);
create index idx_dh_personas_primary_role_id on dh_personas (primary_role_id);
create index idx_dh_personas_is_active on dh_personas (is_active);
create index idx_dh_personas_pharma_id on dh_personas (pharma_id) where pharma_id is not null;

create trigger update_dh_personas_updated_at before update on dh_personas
for each row execute function update_updated_at_column();
create trigger update_org_personas_updated_at before update on org_personas
for each row execute function update_updated_at_column();

-- The owner is not subject to these; the roles are Supabase's and exist only there.
alter table dh_personas enable row level security;
alter table org_personas enable row level security;

do $$
declare
    persona_table text;
    role_name text;
begin
    foreach persona_table in array array['dh_personas', 'org_personas'] loop
        for role_name in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
            execute format('create policy %I on %I for select to %I using (true)',
                           persona_table || '_read_' || role_name, persona_table, role_name);
        end loop;
        if exists (select from pg_roles where rolname = 'service_role') then
            execute format('create policy %I on %I to service_role using (true) with check (true)',
                           persona_table || '_all_service_role', persona_table);
        end if;
    end loop;
end
$$;
