with living_rows as (

    select * from {{ ref('int_persona_clusters') }}
    where source_deleted_at is null

),

pairs as (

    select
        matches.match_probability,
        matches.match_weight,
        matches.reasons,
        matches.blocking_rule,
        left_rows.source_table as left_table,
        left_rows.source_id as left_id,
        left_rows.persona_id as left_persona_id,
        right_rows.source_table as right_table,
        right_rows.source_id as right_id,
        right_rows.persona_id as right_persona_id,
        least(left_rows.persona_id, right_rows.persona_id) as one_persona_id,
        greatest(left_rows.persona_id, right_rows.persona_id) as other_persona_id
    from {{ ref('int_persona_matches') }} as matches
    inner join living_rows as left_rows
        on
            split_part(matches.left_key, ':', 1) = left_rows.source_table
            and split_part(matches.left_key, ':', 2)::uuid = left_rows.source_id
    inner join living_rows as right_rows
        on
            split_part(matches.right_key, ':', 1) = right_rows.source_table
            and split_part(matches.right_key, ':', 2)::uuid = right_rows.source_id
    where left_rows.persona_id <> right_rows.persona_id

),

-- What a person decided of two rows holds of their personas. Worked out once: within the other query it
-- would be worked out again for every pair, over all rows.
kept_apart as materialized (

    select
        least(left_rows.persona_id, right_rows.persona_id) as one_persona_id,
        greatest(left_rows.persona_id, right_rows.persona_id) as other_persona_id
    from {{ ref('match_decisions') }} as decisions
    inner join living_rows as left_rows
        on
            decisions.left_table = left_rows.source_table
            and lower(btrim(decisions.left_id)) = left_rows.source_id::text
    inner join living_rows as right_rows
        on
            decisions.right_table = right_rows.source_table
            and lower(btrim(decisions.right_id)) = right_rows.source_id::text
    where decisions.verdict = 'different'

),

undecided as (

    select distinct on (one_persona_id, other_persona_id) pairs.*
    from pairs
    where
        not exists (
            select from kept_apart
            where
                kept_apart.one_persona_id = pairs.one_persona_id
                and kept_apart.other_persona_id = pairs.other_persona_id
        )
    order by one_persona_id, other_persona_id, match_weight desc, left_table, left_id, right_table, right_id

),

-- Of each persona: whose it is, and the row that stands for it when one id is chosen of two.
personas_in_short as (

    select
        living_rows.persona_id,
        bool_or(records.tenant_id is null) as is_shared,
        min(records.tenant_id::text) as tenant_id,
        min(living_rows.source_table) filter (where living_rows.precedence = 1) as first_table,
        min(records.created_at) filter (where living_rows.precedence = 1) as first_created_at,
        min(living_rows.source_id::text) filter (where living_rows.precedence = 1) as first_id
    from living_rows
    inner join {{ ref('int_persona_records') }} as records
        on
            living_rows.source_table = records.source_table
            and living_rows.source_id = records.source_id
    group by living_rows.persona_id

),

-- Two tenants never merge, not even by way of a shared persona.
possible as (

    select
        undecided.*,
        left_personas.is_shared or right_personas.is_shared as is_shared,
        left_personas.is_shared <> right_personas.is_shared as keeps_private,
        (
            not left_personas.is_shared,
            left_personas.first_table,
            coalesce(left_personas.first_created_at, 'infinity'),
            left_personas.first_id
        ) < (
            not right_personas.is_shared,
            right_personas.first_table,
            coalesce(right_personas.first_created_at, 'infinity'),
            right_personas.first_id
        ) as is_left_first
    from undecided
    inner join personas_in_short as left_personas
        on undecided.left_persona_id = left_personas.persona_id
    inner join personas_in_short as right_personas
        on undecided.right_persona_id = right_personas.persona_id
    where
        coalesce(left_personas.tenant_id, right_personas.tenant_id)
        is not distinct from coalesce(right_personas.tenant_id, left_personas.tenant_id)

),

ranked as (

    select
        possible.*,
        case when is_left_first then left_persona_id else right_persona_id end as surviving_persona_id,
        case when is_left_first then right_persona_id else left_persona_id end as retired_persona_id
    from possible

)

select
    ranked.left_table,
    ranked.left_id,
    ranked.right_table,
    ranked.right_id,
    ranked.match_probability,
    ranked.match_weight,
    {{ reasons_in_words('ranked.reasons') }} as reasons,
    ranked.reasons as waterfall,
    ranked.blocking_rule,
    {{ record_as_json('left_records') }} as left_record,
    {{ record_as_json('right_records') }} as right_record,
    left_records.tenant_id as left_tenant_id,
    right_records.tenant_id as right_tenant_id,
    ranked.left_persona_id,
    ranked.right_persona_id,
    ranked.surviving_persona_id,
    {{ merge_in_words('ranked') }} as merging_would,
    {{ merge_changes('ranked') }} as changes
from ranked
inner join {{ ref('int_persona_records') }} as left_records
    on
        ranked.left_table = left_records.source_table
        and ranked.left_id = left_records.source_id
inner join {{ ref('int_persona_records') }} as right_records
    on
        ranked.right_table = right_records.source_table
        and ranked.right_id = right_records.source_id
