{{
    config(
        materialized='incremental',
        incremental_strategy='upsert_changed',
        unique_key=['owner_id', 'relation', 'target_id'],
        on_schema_change='fail',
        full_refresh=false,
        contract={'enforced': true},
        pre_hook='{{ refuse_full_refresh() }}',
        post_hook='{{ ensure_contract() }}'
    )
}}

-- Written together with `personas` (find_moved_owners, move_additions).
select
    null::uuid as owner_id,
    null::text as relation,
    null::text as target_id,
    null::jsonb as own,
    null::jsonb as shown
where false
