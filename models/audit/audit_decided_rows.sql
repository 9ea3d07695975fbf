-- Written apart from int_match_decisions.
with named_rows as (

    {% for side in ['left', 'right'] -%}
    select
        line_number,
        '{{ side }}' as side,
        {{ side }}_table || ':' || lower(btrim({{ side }}_id)) as row_key,
        coalesce({{ iso_time('btrim(decided_at)') }}, '-infinity') as decided_at
    from {{ ref('match_decisions') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- A row whose id another tenant's row has now is kept under another key, with the id that it had.
source_rows as (

    select
        source_table || ':' || source_id as row_key,
        persona_id,
        source_deleted_at,
        false as has_left_its_id
    from {{ ref('persona_source_mapping') }}
    union all
    select
        source_table || ':' || (residual ->> 'id') as row_key,
        persona_id,
        source_deleted_at,
        true as has_left_its_id
    from {{ ref('persona_source_mapping') }}
    where source_deleted_at is not null and residual ? 'id'

),

dated as (

    select
        *,
        to_char(source_deleted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as deleted_at
    from source_rows

)

select distinct on (named_rows.line_number, named_rows.side)
    named_rows.line_number,
    named_rows.side,
    named_rows.row_key,
    dated.persona_id,
    dated.source_deleted_at,
    dated.deleted_at
from named_rows
inner join dated on named_rows.row_key = dated.row_key
where not dated.has_left_its_id or named_rows.decided_at < date_trunc('second', dated.source_deleted_at)
order by named_rows.line_number, named_rows.side, dated.has_left_its_id desc, dated.source_deleted_at
