{{ config(post_hook={'sql': '{{ refuse_match_problems(this) }}', 'transaction': false}) }}

-- Times in ISO 8601 are compared as texts, which no bad date can stop.
with decisions as (

    select
        line_number,
        decided_by,
        btrim(decided_at) as decided_at,
        left_table || ':' || lower(btrim(left_id)) as left_key,
        right_table || ':' || lower(btrim(right_id)) as right_key
    from {{ ref('match_decisions') }}

),

deleted as (

    select
        source_table || ':' || source_id as record_key,
        to_char(source_deleted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as deleted_at
    from {{ ref('persona_source_mapping') }}
    where source_deleted_at is not null

)

select
    decisions.line_number,
    decisions.left_key,
    decisions.right_key,
    decisions.decided_by,
    'since ' || deleted.deleted_at || ' there is no legacy row ' || deleted.record_key
    || '; the decision still counts. Take it out, or confirm it with a later decided_at' as problem
from decisions
inner join deleted on deleted.record_key in (decisions.left_key, decisions.right_key)
where coalesce(decisions.decided_at, '') < deleted.deleted_at collate "C"
