{{
    config(
        materialized='incremental',
        incremental_strategy='upsert_changed',
        unique_key=['source_table', 'source_id'],
        on_schema_change='fail',
        full_refresh=false,
        contract={'enforced': true},
        pre_hook=[
            '{{ set_build_session() }}', '{{ refuse_full_refresh() }}', "{{ refuse_match_problems(ref('int_match_problems')) }}",
            '{{ remember_snapshot() }}'
        ],
        post_hook=['{{ ensure_contract() }}', 'analyze {{ this }}'],
        meta={
            'loses': {
                'is': 'mark deleted the personas of',
                'of': 'old_row.contributes',
                'lost': 'not exists (select from new_rows where persona_id = old_row.persona_id and contributes)'
                        ' and new_row.source_deleted_at is not null'
            },
            'index_definitions': {'int_persona_clusters_persona_id_idx': '(persona_id)'}
        }
    )
}}
-- depends_on: {{ ref('int_match_problems') }}, {{ ref('match_decisions') }}

-- A persona's id is chosen once (law 4): the rows stored by earlier builds are input.
with records as (

    select
        source_table || ':' || source_id as record_key,
        source_table,
        source_id,
        tenant_id,
        deleted_at is not null as is_inactive,
        created_at
    from {{ ref('int_persona_records') }}

),

stored as (

    {% if is_incremental() -%}
    select * from {{ this }}
    {%- else -%}
    select
        null::text as source_table,
        null::uuid as source_id,
        null::uuid as tenant_id,
        null::uuid as persona_id,
        null::uuid as unmerged_persona_id,
        null::text as match_rule,
        null::timestamptz as first_seen_at,
        null::timestamptz as source_deleted_at
    where false
    {%- endif %}

),

-- Rows that went, and whose id another tenant's row has had since.
kept_apart as (

    select * from stored
    where source_deleted_at is not null and source_id = {{ kept_source_id('stored') }}

),

-- One of them is there again, with the tenant it left with.
returned as (

    select
        kept_apart.source_table,
        kept_apart.source_id as kept_id,
        records.source_id
    from records
    cross join lateral (values {{ possible_persona_ids('records') }}) as possible (persona_id, place)
    inner join kept_apart
        on
            possible.persona_id = kept_apart.unmerged_persona_id
            and records.source_table = kept_apart.source_table
            and records.tenant_id is not distinct from kept_apart.tenant_id
    where
        exists (select from kept_apart as any_of_them)
        and not exists (
            select from stored
            where
                stored.source_table = records.source_table
                and stored.source_id = records.source_id
                and stored.tenant_id is not distinct from records.tenant_id
        )

),

-- Another tenant's row is another row, though it has the same id.
history as (

    select
        stored.source_table,
        case
            when returned.source_id is not null then returned.source_id
            when records.source_id is not null then {{ kept_source_id('stored') }}
            else stored.source_id
        end as source_id,
        stored.tenant_id,
        stored.persona_id,
        stored.unmerged_persona_id,
        stored.match_rule,
        stored.first_seen_at,
        stored.source_deleted_at
    from stored
    left join records
        on
            stored.source_table = records.source_table
            and stored.source_id = records.source_id
            and stored.tenant_id is distinct from records.tenant_id
    left join returned
        on
            stored.source_table = returned.source_table
            and stored.source_id = returned.kept_id

),

living as (

    select
        records.*,
        history.persona_id as stored_persona_id,
        history.match_rule as stored_rule,
        history.first_seen_at,
        coalesce(history.unmerged_persona_id, {{ unmerged_persona_id('records') }})
            as unmerged_persona_id,
        components.match_rule,
        coalesce(components.component, records.record_key) as component,
        (
            components.component is not null
            or coalesce(history.persona_id <> history.unmerged_persona_id, false)
        ) as is_contested
    from records
    left join history
        on
            records.source_table = history.source_table
            and records.source_id = history.source_id
    left join {{ ref('int_match_components') }} as components
        on records.record_key = components.record_key

),

-- A tenant's rows are with a shared persona only while that is not deleted.
placed as (

    select
        *,
        case
            when
                tenant_id is not null
                and not bool_or(tenant_id is null and not is_inactive) over of_component
                and bool_or(tenant_id is null) over of_component
                then 'parted from ' || component
            else component
        end as place
    from living
    where is_contested
    window of_component as (partition by component)

),

contested as (

    select
        placed.source_table,
        placed.source_id,
        placed.tenant_id,
        placed.record_key,
        placed.created_at,
        placed.stored_persona_id,
        placed.stored_rule,
        placed.first_seen_at,
        placed.unmerged_persona_id,
        placed.match_rule,
        placed.place as component,
        placed.tenant_id is null
        or not bool_or(placed.tenant_id is null) over (partition by placed.place) as contributes
    from placed

),

-- A shared persona stays shared when its last shared row is deleted: what is private parts from it.
remaining as (

    select * from contested
    where
        tenant_id is null
        or not contributes
        or not exists (
            select from history as shared
            where
                shared.unmerged_persona_id = contested.stored_persona_id
                and shared.source_table = 'dh_personas'
        )

),

-- Rows that came to a persona by exact evidence stay with it when the row that gave the
-- persona its id is deleted; rows that came by a decision stay while it stands.
bereft as (

    select distinct on (remaining.stored_persona_id)
        remaining.component,
        remaining.stored_persona_id as persona_id,
        remaining.contributes,
        remaining.source_table,
        remaining.created_at,
        remaining.source_id
    from remaining
    inner join history as owners
        on remaining.stored_persona_id = owners.unmerged_persona_id
    where
        not exists (
            select from records
            where
                records.source_table = owners.source_table
                and records.source_id = owners.source_id
        )
        and (
            remaining.stored_rule = 'exact'
            or exists (
                select from {{ ref('int_match_components') }} as components
                where
                    components.record_key = owners.source_table || ':' || owners.source_id
                    and components.component = remaining.component
            )
        )
    order by
        remaining.stored_persona_id,
        remaining.source_table,
        remaining.created_at,
        remaining.source_id

),

former_personas as (

    select distinct
        component,
        stored_persona_id as persona_id
    from contested

),

candidates as (

    select
        contested.component,
        contested.unmerged_persona_id as persona_id,
        contested.contributes,
        former_personas.persona_id is not null as was_persona,
        contested.source_table,
        contested.created_at,
        contested.source_id
    from contested
    left join former_personas
        on
            contested.component = former_personas.component
            and contested.unmerged_persona_id = former_personas.persona_id
    union all
    select component, persona_id, contributes, true, source_table, created_at, source_id
    from bereft

),

-- Not the id of a private row for what is shared now: what its tenant said of that id is private.
chosen as (

    select distinct on (component)
        component,
        persona_id
    from candidates
    order by
        component, contributes desc, was_persona desc, source_table, created_at, source_id

),

together as (

    select
        contested.*,
        chosen.persona_id
    from contested
    inner join chosen on contested.component = chosen.component

),

-- Where a persona is to be found whose own row no longer stands for it.
successors as (

    select distinct on (remaining.stored_persona_id)
        remaining.stored_persona_id,
        chosen.persona_id
    from remaining
    inner join chosen on remaining.component = chosen.component
    order by
        remaining.stored_persona_id,
        remaining.unmerged_persona_id = remaining.stored_persona_id desc,
        remaining.source_table,
        remaining.created_at,
        remaining.source_id

),

-- A deleted row follows the persona it belonged to, for ever: old ids resolve. Only a row that gave
-- its persona the id stays behind with it when the decision that brought the others is taken back.
deleted as (

    select
        history.*,
        successors.persona_id as successor_id
    from history
    left join {{ ref('int_match_components') }} as components
        on history.source_table || ':' || history.source_id = components.record_key
    left join living as owners
        on history.persona_id = owners.unmerged_persona_id and not owners.is_contested
    left join successors
        on
            history.persona_id = successors.stored_persona_id
            and owners.source_id is null
            and (
                components.record_key is not null
                or history.match_rule <> 'decision'
                or history.persona_id <> history.unmerged_persona_id
            )
    where not exists (
        select from records
        where
            records.source_table = history.source_table
            and records.source_id = history.source_id
    )

),

clusters as (

    select
        source_table,
        source_id,
        tenant_id,
        unmerged_persona_id as persona_id,
        unmerged_persona_id,
        'own' as match_rule,
        true as contributes,
        1 as contributors,
        1 as precedence,
        first_seen_at,
        null::timestamptz as source_deleted_at
    from living
    where not is_contested
    union all
    select
        source_table,
        source_id,
        tenant_id,
        persona_id,
        unmerged_persona_id,
        coalesce(match_rule, case when persona_id = stored_persona_id then stored_rule end, 'own'),
        contributes,
        (count(*) filter (where contributes) over (partition by persona_id))::integer,
        (row_number() over (
            partition by persona_id
            order by
                persona_id = unmerged_persona_id desc, source_table, created_at, source_id
        ))::integer,
        first_seen_at,
        null
    from together
    union all
    select
        source_table,
        source_id,
        tenant_id,
        coalesce(successor_id, persona_id),
        unmerged_persona_id,
        match_rule,
        false,
        0,
        0,
        first_seen_at,
        coalesce(source_deleted_at, now())
    from deleted

),

likeliest as (

    select
        sides.record_key,
        max(matches.match_probability) as match_probability
    from {{ ref('int_persona_matches') }} as matches
    inner join together as lefts on matches.left_key = lefts.record_key
    inner join together as rights
        on matches.right_key = rights.record_key and lefts.persona_id = rights.persona_id
    cross join lateral (values (matches.left_key), (matches.right_key)) as sides (record_key)
    group by sides.record_key

)

select
    clusters.source_table,
    clusters.source_id,
    clusters.tenant_id,
    clusters.persona_id,
    clusters.unmerged_persona_id,
    clusters.match_rule,
    likeliest.match_probability,
    clusters.contributes,
    clusters.contributors,
    clusters.precedence,
    coalesce(clusters.first_seen_at, now()) as first_seen_at,
    clusters.source_deleted_at
from clusters
left join likeliest on clusters.source_table || ':' || clusters.source_id = likeliest.record_key
