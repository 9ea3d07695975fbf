{{ config(
    materialized='incremental', incremental_strategy='upsert_changed', unique_key='invocation_id',
    on_schema_change='append_new_columns', full_refresh=false, contract={'enforced': true},
    post_hook=['{{ ensure_contract() }}']
) }}

-- Written by the hooks at the start and the end of each dbt command (macros/audit/), never by the model itself.
select
    null::text as invocation_id,
    null::text as which_command,
    null::timestamptz as started_at,
    null::timestamptz as finished_at,
    null::boolean as is_partial,
    null::integer as models_ok,
    null::integer as tests_passed,
    null::integer as tests_failed,
    null::integer as errors,
    null::text as legacy_schema,
    null::jsonb as legacy_columns,
    null::text as project_checksum,
    null::jsonb as project_files,
    null::jsonb as views,
    null::boolean as allow_mass_loss
where false
