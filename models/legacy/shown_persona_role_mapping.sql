-- What the role mapping shows, in the shape of the old table of the same name.
select
    persona_id,
    role_id as org_role_id,
    is_primary as is_primary_role,
    case
        when responsibilities = jsonb_build_array(responsibilities -> 0) then responsibilities ->> 0
    end as role_context
from {{ ref('persona_role_mapping') }}
