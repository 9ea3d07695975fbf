{{ config(post_hook={'sql': '{{ refuse_match_problems(this) }}', 'transaction': false}) }}

with decisions as (

    select
        line_number,
        decided_by,
        {{ iso_time('btrim(decided_at)') }} as decided_at,
        left_table || ':' || lower(btrim(left_id)) as left_key,
        right_table || ':' || lower(btrim(right_id)) as right_key
    from {{ ref('match_decisions') }}

)

select
    decisions.line_number,
    decisions.left_key,
    decisions.right_key,
    decisions.decided_by,
    'since ' || decided_rows.deleted_at || ' there is no legacy row ' || decided_rows.row_key
    || '; the decision still counts. Take it out, or confirm it with a later decided_at' as problem
from decisions
inner join {{ ref('audit_decided_rows') }} as decided_rows on decisions.line_number = decided_rows.line_number
-- to the second, as it is told, so that the time that is told confirms
where coalesce(decisions.decided_at, '-infinity') < date_trunc('second', decided_rows.source_deleted_at)
