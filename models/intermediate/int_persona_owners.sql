{{
    config(
        materialized='incremental',
        incremental_strategy='upsert_changed',
        unique_key='owner_id',
        on_schema_change='fail',
        full_refresh=false,
        contract={'enforced': true},
        pre_hook='{{ refuse_full_refresh() }}',
        post_hook='{{ ensure_contract() }}',
        meta={'index_definitions': {'int_persona_owners_persona_id_idx': '(persona_id)'}}
    )
}}

-- Written together with `personas` (find_moved_owners, move_additions): what the marts show, not what comes next.
select
    null::uuid as owner_id,
    null::uuid as persona_id,
    null::boolean as shows
where false
