{#
  Purpose: undo. Each legacy row is the owner, under its unmerged persona id, of what the new world
  added to its persona. Before `personas` is worked out: which owners have another persona now
  than the marts show (`int_persona_owners`), or share theirs with others; and what was done to
  the overrides of their personas meanwhile is done to those of each owner.
  Leaves temporary tables to `move_additions`, in the same transaction: `moved_personas`, whose
  owners are others now, and their owners in the marts and now, `owners_before` and `owners_after`.
#}
{% macro find_moved_owners() %}
    {#- neither goes on to `move_additions`; half of a move would be done again by the next build -#}
    {%- if not execute or flags.EMPTY or (flags.FULL_REFRESH and may_be_refilled()) or not _history_is_ours() -%}{{ return('') }}{%- endif -%}
    {%- set known = ref('int_persona_owners') -%}
    {%- do run_query(_owners_now(ref('int_persona_clusters'))) -%}
    {%- if load_relation(this) is none -%}
        {#- the first build: nothing is shown yet, so nothing was added -#}
        {{ return('delete from ' ~ known ~ '; insert into ' ~ known ~ ' select owner_id, persona_id, shows from owners_now') }}
    {%- endif -%}
    {%- do run_query(_moved_personas(known)) -%}
    {%- if owners_moved() -%}
        {%- do run_query(_owners_of_moved_personas(known)) -%}
        {%- set overrides = load_relation(this.incorporate(path={'identifier': 'persona_overrides'})) -%}
        {%- if overrides -%}{{ return(_move_overrides(overrides)) }}{%- endif -%}
    {%- endif -%}
{% endmacro %}


{# With `--defer` the history may be another schema's: production's is never written from a pull request. #}
{% macro _history_is_ours() %}
    {{ return(is_of_this_target(ref('int_persona_owners')) and is_of_this_target(ref('int_persona_additions'))) }}
{% endmacro %}


{# Whether any persona has other owners now than the marts show. #}
{% macro owners_moved() %}
    {{ return(run_query('select 1 from moved_personas limit 1').rows | length > 0) }}
{% endmacro %}


{#
  The owners of the personas that have several. Those of a tenant in a shared persona do not show; a
  deleted row shows what was added to it, but no longer says itself whether it was a tenant's.
#}
{% macro _owners_now(clusters) %}
    create temporary table owners_now on commit drop as
    select
        unmerged_persona_id as owner_id,
        persona_id,
        source_table,
        source_id,
        contributes
        or (
            source_deleted_at is not null
            and (
                source_table = 'dh_personas'
                or not bool_or(source_table = 'dh_personas') over (partition by persona_id)
            )
        ) as shows,
        row_number() over (
            partition by persona_id
            order by source_deleted_at is not null, precedence, unmerged_persona_id
        ) as place
    from {{ clusters }}
    where
        persona_id = any(array(
            select joined.persona_id from {{ clusters }} as joined
            where joined.persona_id <> joined.unmerged_persona_id
        ));
    analyze owners_now
{% endmacro %}


{# An owner that either side does not know is alone there, in the persona of its own id. #}
{% macro _moved_personas(known) %}
    create temporary table moved_personas on commit drop as
    with moved as (
        select
            owner_id,
            known.persona_id as persona_before,
            owners_now.persona_id as persona_now
        from {{ known }} as known
        full join owners_now using (owner_id)
        where
            row(known.persona_id, known.shows)
            is distinct from row(owners_now.persona_id, owners_now.shows)
    )

    select persona_before as persona_id from moved where persona_before is not null
    union
    select persona_now from moved where persona_now is not null
    union
    select owner_id from moved;
    analyze moved_personas
{% endmacro %}


{% macro _owners_of_moved_personas(known) %}
    create temporary table owners_before on commit drop as
    select owner_id, persona_id, shows from {{ known }}
    where persona_id in (select persona_id from moved_personas)
    union all
    select persona_id, persona_id, true from moved_personas where {{ _is_alone_in(known) }};

    create temporary table owners_after on commit drop as
    select owner_id, persona_id, shows, place, false as is_alone from owners_now
    where persona_id in (select persona_id from moved_personas)
    union all
    select persona_id, persona_id, true, 1, true from moved_personas
    where {{ _is_alone_in('owners_now') }};

    analyze owners_before;
    analyze owners_after
{% endmacro %}


{# Whether a moved persona has one owner, of its own id: neither it nor its id is among those of several. #}
{% macro _is_alone_in(owners) -%}
    not exists (select from {{ owners }} as shared where shared.owner_id = moved_personas.persona_id)
        and not exists (select from {{ owners }} as shared where shared.persona_id = moved_personas.persona_id)
{%- endmacro %}


{#
  Overrides stay under the id that they were made for, and count while it is a persona's. What was
  set, changed or deleted since several owners share a persona is so for each of them; but no
  tenant's persona becomes public by what was said of a shared one, nor is its own word touched.
#}
{% macro _move_overrides(overrides) %}
    {%- set additions = ref('int_persona_additions') -%}
    {%- set image = "jsonb_build_object('value', value::text, 'set_at', set_at::text, 'set_by', set_by)" %}
    create temporary table override_edits on commit drop as
    with shared as (
        select persona_id from owners_before group by persona_id having count(*) > 1
    ),

    now_there as (
        select persona_id, field as target_id, {{ image }} as now_is
        from {{ overrides }}
        where persona_id in (select persona_id from shared)
    ),

    known as (
        select owner_id as persona_id, target_id, shown as was
        from {{ additions }}
        where relation = 'persona_overrides' and owner_id in (select persona_id from shared)
    )

    select *
    from now_there
    full join known using (persona_id, target_id)
    where now_is is distinct from was;

    create temporary table override_claims on commit drop as
    select owners_before.owner_id, owners_before.shows, override_edits.*
    from override_edits
    inner join owners_before using (persona_id)
    where
        owners_before.owner_id <> override_edits.persona_id
        and (owners_before.shows or override_edits.target_id <> 'is_public');

    delete from {{ overrides }} as own
    using override_claims as claims
    where
        own.persona_id = claims.owner_id
        and own.field = claims.target_id
        and claims.now_is is null
        and (claims.shows or {{ image }} = claims.was);

    insert into {{ overrides }} as own (persona_id, field, value, set_at, set_by)
    select edited.owner_id, source.field, source.value, source.set_at, source.set_by
    from override_claims as edited
    inner join {{ overrides }} as source
        on edited.persona_id = source.persona_id and edited.target_id = source.field
    left join {{ overrides }} as present
        on edited.owner_id = present.persona_id and edited.target_id = present.field
    where
        edited.shows
        or present.persona_id is null
        or jsonb_build_object(
            'value', present.value::text, 'set_at', present.set_at::text, 'set_by', present.set_by
        ) = edited.was
    on conflict (persona_id, field) do update set
        value = excluded.value,
        set_at = excluded.set_at,
        set_by = excluded.set_by;

    delete from {{ additions }}
    where relation = 'persona_overrides' and owner_id in (select persona_id from moved_personas);

    insert into {{ additions }} (owner_id, relation, target_id, shown)
    select persona_id, 'persona_overrides', field, {{ image }}
    from {{ overrides }}
    where persona_id in (select persona_id from owners_after where not is_alone)
{% endmacro %}
