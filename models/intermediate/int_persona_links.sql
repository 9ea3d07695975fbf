{{ config(pre_hook='{{ make_stored("persona_link_source_mapping") }}') }}

select
    source_table,
    source_id,
    pointer,
    persona_id,
    target_id,
    residual,
    null::timestamptz as source_deleted_at
from {{ ref('int_persona_link_residuals') }}
union all
-- A link that is gone keeps its line; with its persona's row it has moved already (carry_to_surviving_persona).
select
    stored.source_table,
    stored.source_id,
    stored.pointer,
    stored.persona_id,
    stored.target_id,
    stored.residual,
    coalesce(stored.source_deleted_at, now()) as source_deleted_at
from {{ stored('persona_link_source_mapping') }} as stored
where
    not exists (
        select from {{ ref('stg_persona_role_mapping') }} as links
        where stored.source_table = 'persona_role_mapping' and stored.source_id = links.id
    )
    and not exists (
        select from {{ ref('int_job_links') }} as links
        where
            stored.source_table = 'jtbd_org_persona_mapping'
            and stored.source_id = links.id
            and stored.pointer = links.pointer
    )
