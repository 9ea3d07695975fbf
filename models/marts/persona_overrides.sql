{{ config(unique_key=['persona_id', 'field']) }}

-- Written by people, and by a build only where a merge is undone: what the legacy tables cannot hold.
select
    null::uuid as persona_id,
    null::text as field,
    null::jsonb as value,
    null::timestamptz as set_at,
    null::text as set_by
where false
