{{ config(pre_hook=['{{ make_stored("int_persona_clusters") }}', '{{ make_stored("persona_source_mapping") }}']) }}
{%- set clusters, sources = stored('int_persona_clusters'), stored('persona_source_mapping') %}

-- Ids stay text until they are known to be ids: a typing error becomes a problem to read,
-- not a failed cast.
with living as (

    select
        source_table || ':' || source_id as record_key,
        tenant_id
    from {{ ref('int_persona_records') }}

),

{% if clusters -%}
-- Ids that are another tenant's row now, since the last build or before it.
left_now as (

    select
        living.record_key,
        clusters.source_table || ':' || {{ kept_source_id('clusters') }} as kept_key,
        coalesce(clusters.source_deleted_at, now()) as left_at
    from {{ clusters }} as clusters
    inner join living on clusters.source_table || ':' || clusters.source_id = living.record_key
    where clusters.tenant_id is distinct from living.tenant_id

),

-- Read by row_when_decided.
left_ids as (  -- noqa: ST03

    select * from left_now
    union all
    select
        source_table || ':' || (residual ->> 'id') as record_key,
        source_table || ':' || source_id as kept_key,
        source_deleted_at as left_at
    from {{ sources }}
    where source_deleted_at is not null and residual ? 'id'

),

{% endif -%}
-- A decision stands though one of its rows is deleted at the source.
records as (

    select * from living
    {%- if clusters %}
    union all
    select
        source_table || ':' || source_id as record_key,
        null::uuid as tenant_id
    from {{ clusters }} as clusters
    where
        not exists (
            select from living
            where living.record_key = clusters.source_table || ':' || clusters.source_id
        )
    union all
    select
        kept_key as record_key,
        null::uuid as tenant_id
    from left_now
    {%- endif %}

),

written as (

    select
        *,
        left_table || ':' || lower(btrim(left_id)) as left_key,
        right_table || ':' || lower(btrim(right_id)) as right_key
    from {{ ref('match_decisions') }}

),

-- A decision is about the row that had the id when it was made.
keyed as (

    select
        line_number,
        verdict,
        decided_by,
        decided_at,
        reason,
        {% if clusters -%}
        {{ row_when_decided('left_key') }} as left_key,
        {{ row_when_decided('right_key') }} as right_key
        {%- else -%}
        left_key,
        right_key
        {%- endif %}
    from written

),

decided as (

    select
        keyed.*,
        left_records.record_key is not null as left_is_known,
        right_records.record_key is not null as right_is_known,
        left_records.tenant_id <> right_records.tenant_id as tenants_differ,
        count(*) filter (where keyed.verdict = 'same') over pair > 0
        and count(*) filter (where keyed.verdict = 'different') over pair > 0
            as is_contradicted
    from keyed
    left join records as left_records on keyed.left_key = left_records.record_key
    left join records as right_records on keyed.right_key = right_records.record_key
    window pair as (
        partition by
            least(keyed.left_key, keyed.right_key),
            greatest(keyed.left_key, keyed.right_key)
    )

)

select
    line_number,
    left_key,
    right_key,
    verdict,
    decided_by,
    decided_at,
    reason,
    case
        when verdict is null or verdict not in ('same', 'different')
            then 'the verdict is neither same nor different'
        when left_is_known is not true
            then 'no legacy row ' || coalesce(left_key, '(blank)')
        when right_is_known is not true
            then 'no legacy row ' || coalesce(right_key, '(blank)')
        when left_key = right_key
            then 'a row is not a pair'
        when is_contradicted
            then 'the same pair is decided both same and different'
        when verdict = 'same' and tenants_differ
            then 'the rows belong to two tenants, which never merge'
        when nullif(btrim(decided_by), '') is null or nullif(btrim(reason), '') is null
            then 'it is not said who decided, or why'
        when nullif(btrim(decided_at), '') is not null and {{ iso_time('btrim(decided_at)') }} is null
            then
                'decided_at is ' || btrim(decided_at)
                || ', which is no date in ISO 8601, such as 2026-11-29 or 2026-11-29T10:00:00Z'
    end as problem
from decided
