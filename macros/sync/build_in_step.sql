{#
  Purpose: builds while applications write (dual-write is on). What a build has read may be old by the time it writes, so it writes none
  of it: it only finds the personas whose marts differ, and brings those to what the chain says, alone, as a trigger does
  (`refresh_personas`). A write that came in between is simply read.
  Which rows are one persona (`int_persona_clusters`) is worked out from all of them at once and cannot be read anew for a few. Those changes
  are taken over together with `personas`, as in every build (`hand_over_clusters.sql`); but not where one of the personas was touched
  since the build read them: that waits for the next build.
#}
{% macro dual_write_is_on() %}
    {%- if not execute -%}{{ return(false) }}{%- endif -%}
    {%- set query -%}
        select 1 from pg_trigger
        inner join pg_proc on tgfoid = pg_proc.oid
        where
            tgname = 'personas_sync_insert'
            and {{ is_in_sync_schema('pronamespace') }}
        limit 1
    {%- endset -%}
    {{ return(run_query(query).rows | length > 0) }}
{% endmacro %}


{#
  Whether the new side is the one that is written, and the old one does not have it yet. A build reads the old side, and would take it back: it
  leaves the marts alone until then, and only replaces the views.
#}
{% macro new_side_is_ahead() %}
    {%- set is_ahead = _writable_side() == 'new' and (not dual_write_is_on() or _is_guarded()) -%}
    {%- if is_ahead -%}
        {%- do exceptions.warn(
            'Nothing is written to ' ~ model.name ~ ': the new side is the one that is written, and the old one does not have it yet. Then: personas dual-write on'
        ) -%}
    {%- endif -%}
    {{ return(is_ahead) }}
{% endmacro %}


{% macro build_in_step_functions() %}
    {{ return([
        'drop table if exists ' ~ cluster_changes(),
        sync_function('take_over_cluster_changes', '', 'void', _take_over_cluster_changes()),
        sync_function('bring_in_step', 'ids uuid[]', 'void', _bring_in_step())
    ]) }}
{% endmacro %}


{#
  A transaction id is older than the snapshot, or it is not; after a restore into another cluster it may also be of a future
  that never was, which says nothing.
#}
{% macro _take_over_cluster_changes() %}
    {%- set clusters = ref('int_persona_clusters') -%}
    {%- set changes = cluster_changes() -%}
    declare
        concerned uuid[];
        touched uuid[];
        known integer := -1;
    begin
        concerned := array(
            select persona_id from {{ changes }}
            union
            select clusters.persona_id from {{ clusters }} as clusters inner join {{ changes }} using (source_table, source_id)
        );
        if concerned = '{}' then
            return;
        end if;
        insert into {{ sync_object('touched_personas') }} (persona_id, touched_by)
        select id, '0' from unnest(concerned) as id order by id
        on conflict (persona_id) do nothing;
        touched := array(
            select persona_id
            from (
                select * from {{ sync_object('touched_personas') }}
                where persona_id = any(concerned)
                order by persona_id
                for update
            ) as locked
            cross join (select read_in from {{ changes }} limit 1) as build
            where
                not pg_visible_in_snapshot(locked.touched_by, build.read_in)
                and locked.touched_by < pg_current_xact_id()
        );
        {#- whoever shares a persona, before or after, with one that was touched waits as well #}
        while cardinality(touched) > known loop
            known := cardinality(touched);
            touched := array(
                select unnest(touched)
                union
                select persona.id
                from {{ changes }} as changes
                left join {{ clusters }} as clusters using (source_table, source_id)
                cross join unnest(array[changes.persona_id, clusters.persona_id]) as persona (id)
                where
                    (changes.persona_id = any(touched) or clusters.persona_id = any(touched))
                    and persona.id is not null
            );
        end loop;
        delete from {{ changes }} as changes
        where
            changes.persona_id = any(touched)
            or exists (
                select from {{ clusters }} as stored
                where
                    stored.source_table = changes.source_table
                    and stored.source_id = changes.source_id
                    and stored.persona_id = any(touched)
            )
            {#- one that was deleted for good since does not come back #}
            or not exists (
                select from {{ clusters }} as stored where stored.unmerged_persona_id = changes.unmerged_persona_id
            )
            and not exists (
                select from {{ ref('int_persona_records') }} as records
                where records.source_table = changes.source_table and records.source_id = changes.source_id
            );
        {{ write_cluster_changes(clusters, ref('persona_source_mapping')) }}
        perform {{ sync_object('lock_personas') }}(concerned);
    end;
{% endmacro %}


{% macro _bring_in_step() %}
    begin
        ids := array(select id from unnest(ids) as id where id <> all({{ sync_object('waiting_personas') }}()));
        perform {{ sync_object('lock_personas') }}(ids);
        perform {{ sync_object('refresh_personas') }}(ids, true, true);
        perform {{ sync_object('mark_gone_personas') }}(ids);
    end;
{% endmacro %}


{#
  In place of writing a mart: its personas that differ. Where they are many, in slices with a commit after each, so that no application waits longer
  than for one. In the transaction of the model come those whose clusters it has changed, and what moves with merged personas
  (`before_removal`), which the build does itself, and is its own (`personas.sync_depth`). The last transaction is dbt's to commit.
  It calls nothing that an earlier version has not installed: a build comes before `dual-write on`.
#}
{% macro bring_in_step(target, source, keys, columns, removes_where, before_removal) %}
    {%- set persona = 'id' if target.identifier == 'personas' else 'persona_id' -%}
    {%- set by_legacy = " and old_row.origin = 'legacy'" if 'origin' in columns else '' -%}
    {%- set slice = 1000 -%}
    {%- set left = sync_object('left_by_build') -%}
    {%- set mine -%} mart = {{ literal(target.identifier) }} and build = {{ literal(invocation_id) }} {%- endset -%}
    {%- set first -%}
    create table if not exists {{ left }} (
        mart text, build text, persona_id uuid, goes_last boolean not null default false, primary key (mart, persona_id)
    );
    delete from {{ left }} where mart = {{ literal(target.identifier) }};
    insert into {{ left }} (mart, build, persona_id)
    select {{ literal(target.identifier) }}, {{ literal(invocation_id) }}, differing.persona_id
    from (
        select new_row.{{ persona }} as persona_id
        from {{ source }} as new_row
        left join {{ target }} as old_row on {{ _keys_equal(keys) }}
        where
            old_row.{{ keys[0] }} is null
            or {{ _row_of('old_row', columns) }} *<> {{ _row_of('new_row', columns) }}{{ by_legacy }}
        union
        select old_row.{{ persona }} as persona_id
        from {{ target }} as old_row
        where
            ({{ removes_where }})
            and not exists (select from {{ source }} as new_row where {{ _keys_equal(keys) }})
    ) as differing;
    {{ _bring_left_in_step(left, mine ~ ' and (
        (select count(*) from ' ~ left ~ ' where ' ~ mine ~ ') <= ' ~ slice ~ '
        or persona_id in (select persona_id from ' ~ sync_object('touched_personas') ~ ' where touched_by = pg_current_xact_id())
    )') }}
    {{ before_removal }}
    {%- if target.identifier == 'personas' %}
    delete from {{ target }} as old_row
    where
        ({{ removes_where }})
        and not exists (select from {{ source }} as new_row where {{ _keys_equal(keys) }});
    select {{ sync_object('bring_in_step') }}(
        array(select moved_personas.persona_id from moved_personas inner join {{ target }} as living on moved_personas.persona_id = living.id)
    );
    {%- endif %}
    select count(*) as found, (select switched_at from {{ sync_object('dual_write_state') }}) as switched_at from {{ left }} where {{ mine }}
    {%- endset -%}
    {%- set first_run = run_query(first).rows[0] -%}
    {%- set state = namespace(left=first_run.found) -%}
    {#- as often as there are slices, and a few times more, because a writer may be in the way #}
    {%- for number in range(first_run.found // slice + 10) if state.left > 0 -%}
        {%- do _begin_next_slice(target, first_run.switched_at) -%}
        {%- do run_query(_bring_slice_of_build(left, mine, slice)) -%}
        {%- set state.left = run_query('select count(*) as found from ' ~ left ~ ' where not goes_last and ' ~ mine).rows[0].found -%}
        {%- if number % 10 == 9 -%}
            {%- do log(target.identifier ~ ': ' ~ state.left ~ ' of ' ~ first_run.found ~ ' personas are left', info=true) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if first_run.found > 0 -%}{%- do _begin_next_slice(target, first_run.switched_at) -%}{%- endif -%}
    {{ return(_bring_left_in_step(left, mine) ~ ' select 1') }}
{% endmacro %}


{# A transaction like that in which the model began. What was switched meanwhile may have to be carried the other way first. #}
{% macro _begin_next_slice(target, switched_at) %}
    {%- do run_query('commit') -%}
    {%- do run_query('begin') -%}
    {%- do run_query(set_build_session()) -%}
    {%- do run_query('lock table ' ~ target ~ ' in row exclusive mode') -%}
    {%- set now = run_query('select switched_at from ' ~ sync_object('dual_write_state')).rows[0].switched_at -%}
    {%- if now != switched_at or not dual_write_is_on() or _is_guarded() -%}
        {%- do exceptions.raise_compiler_error('Dual-write was switched while ' ~ target.identifier ~ ' was written: build again') -%}
    {%- endif -%}
{% endmacro %}


{# Brings some of those that a build found in step, and strikes them off. Arguments: their table; which of them, as SQL. #}
{% macro _bring_left_in_step(left, condition) %}
    with brought as (
        delete from {{ left }} where {{ condition }} returning persona_id
    )

    select {{ sync_object('bring_in_step') }}(coalesce(array_agg(persona_id), '{}')) from brought;
{% endmacro %}


{# The next ones. What goes only together with others, such as two swapped codes, is left to the end, when all that is left is written at once. #}
{% macro _bring_slice_of_build(left, mine, slice) %}
    do $slice$
    declare
        ids uuid[] := array(
            select persona_id from {{ left }} where not goes_last and {{ mine }} order by persona_id limit {{ slice }}
        );
    begin
        perform {{ sync_object('bring_in_step') }}(ids);
        set constraints all immediate;
        delete from {{ left }} where persona_id = any(ids) and {{ mine }};
    exception
        when transaction_rollback then
            null;
        when others then
            update {{ left }} set goes_last = true where persona_id = any(ids) and {{ mine }};
    end
    $slice$
{% endmacro %}
