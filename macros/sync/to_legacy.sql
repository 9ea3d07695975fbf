{#
  Purpose: what is written on `personas` reaches the legacy tables in the same transaction, through the views that rebuild them.
  An edited field takes the new value in each legacy row of the persona, every other one keeps the bytes that it had. What
  the old tables cannot hold becomes a row of `persona_overrides`. Then the marts are brought to what the chain says,
  as after a write on the legacy side, so that both agree by the same rule.
#}
{% macro to_legacy_functions() %}
    {%- set personas = mart_row('personas') -%}
    {%- set pairs = 'old_rows ' ~ personas ~ '[], new_rows ' ~ personas ~ '[]' -%}
    {%- set functions = [
        sync_function('edited_fields', 'old_row ' ~ personas ~ ', new_row ' ~ personas, 'text[]', _edited_fields()),
        sync_function('some_columns', 'whole jsonb, names text[]', 'jsonb', _some_columns())
    ] -%}
    {%- for table in ['dh_personas', 'org_personas'] -%}
        {%- do functions.append(sync_reader('edited_' ~ table, pairs, source('legacy', table), _edited_rows(table), is_wide=true)) -%}
        {%- do functions.append(sync_reader('new_' ~ table, 'ids uuid[]', source('legacy', table), _new_rows(table))) -%}
    {%- endfor -%}
    {%- for table, function, argument in synced_tables('legacy') -%}
        {%- do functions.append(sync_function('insert_as_kept_' ~ argument, 'keys uuid[]', 'void', _insert_as_kept(argument))) -%}
        {%- do functions.append(sync_function('keep_undeclared_' ~ argument, 'keys uuid[]', 'void', _keep_undeclared(argument), reading_settings())) -%}
    {%- endfor -%}
    {{ return(functions + [
        sync_function('put_back_personas', pairs, 'void', _put_back_personas()),
        sync_function('keep_inexpressible', pairs, 'void', _keep_inexpressible(), reading_settings()),
        sync_function('remove_legacy_rows', 'sources jsonb, gone_at timestamptz', 'void', _remove_legacy_rows()),
        sync_function('return_legacy_rows', 'ids uuid[], since timestamptz[]', 'void', _return_legacy_rows()),
        sync_function('personas_inserted', 'new_rows ' ~ personas ~ '[]', 'void', _personas_inserted()),
        sync_function('personas_updated', pairs, 'void', _personas_updated()),
        sync_function('personas_deleted', 'ids uuid[]', 'void', _personas_deleted()),
        sync_function('from_personas', '', 'trigger', _from_personas(), is_pinned=false),
        sync_function('overrides_written', 'ids uuid[]', 'void', _overrides_written()),
        sync_function('from_overrides', '', 'trigger', _from_overrides(), is_pinned=false)
    ]) }}
{% endmacro %}


{# With a tenant it is a row of `org_personas`, which knows tenants, else one of `dh_personas`. #}
{% macro _personas_inserted() %}
    declare
        marked_before text;
        ids uuid[] := array(select (new_rows[i]).id from generate_subscripts(new_rows, 1) as i order by 1);
        nobody {{ mart_row('personas') }};
        taken uuid;
        {{ declare_mappings() }}
        {%- for table in ['dh_personas', 'org_personas'] %}
        {{ table }} uuid[] := array(
            select (new_rows[i]).id from generate_subscripts(new_rows, 1) as i
            where (new_rows[i]).tenant_id is {{ 'not ' if table == 'org_personas' }}null
        );
        {%- endfor %}
    begin
        perform {{ sync_object('lock_personas') }}(ids);
        select id into taken from unnest(ids) as id
        where exists (
            select from {{ ref('int_persona_clusters') }} as clusters
            where
                clusters.unmerged_persona_id = id
                or (clusters.source_table, clusters.source_id) in (('dh_personas', id), ('org_personas', id))
        )
        limit 1;
        if taken is not null then
            raise exception 'persona %: this id is, or was, that of another persona or legacy row', taken
            using errcode = 'unique_violation', hint = 'See persona_ids for it. Leave out the id, and a new one is made.';
        end if;
        {%- for table in ['dh_personas', 'org_personas'] %}
        if {{ table }} <> '{}' then
            insert into {{ ref('int_persona_clusters') }} (
                source_table, source_id, tenant_id, persona_id, unmerged_persona_id, match_rule,
                contributes, contributors, precedence, first_seen_at
            )
            select '{{ table }}', id, tenant_id, id, id, 'own', true, 1, 1, now() from unnest(new_rows) where id = any({{ table }});
            {{ begin_own_writes('legacy') }}
            {{ with_columns_of(
                table, _writable_columns(table),
                'insert into ' ~ source('legacy', table) ~ ' (<columns>) select <values> from ' ~ sync_object('new_' ~ table)
                ~ '($1) as new_row', [table]
            ) }}
            {{ end_own_writes() }}
        end if;
        {%- endfor %}
        {{ remember_mappings('ids') }}
        perform {{ sync_object('keep_inexpressible') }}(array_fill(nobody, array[cardinality(new_rows)]), new_rows);
        perform {{ sync_object('refresh_personas') }}(ids, true, false);
        {#- mapped by a trigger of the application, before it had a legacy row #}
        {%- for mart, mapping in synced_mappings().items() %}
        if actual_{{ mart }} <> '{}' then
            perform {{ sync_object(mart ~ '_written') }}(
                array(
                    select wanted_row from {{ sync_object(mapping.reader) }}(ids) as wanted_row
                    inner join unnest(actual_{{ mart }}) as actual_row using (persona_id, {{ mapping.target }})
                ),
                actual_{{ mart }}
            );
        end if;
        {%- endfor %}
        {#- one that is born deleted: its row must have been there to be kept #}
        for i in 1..cardinality(new_rows) loop
            if (new_rows[i]).tenant_id is not null and (new_rows[i]).deleted_at is not null then
                perform {{ sync_object('remove_legacy_rows') }}(
                    jsonb_build_array(jsonb_build_object('source_table', 'org_personas', 'source_id', (new_rows[i]).id)),
                    (new_rows[i]).deleted_at
                );
                perform {{ sync_object('settle_clusters') }}(array[(new_rows[i]).id]);
                perform {{ sync_object('mark_gone_personas') }}(array[(new_rows[i]).id]);
            end if;
        end loop;
    end;
{% endmacro %}


{#
  A deleted `dh_personas` row is inactive; an `org_personas` row has no such flag, and is removed with its links.
#}
{% macro _personas_updated() %}
    declare
        marked_before text;
        ids uuid[] := array(select (new_rows[i]).id from generate_subscripts(new_rows, 1) as i);
        deleted uuid[] := array(
            select (new_rows[i]).id from generate_subscripts(new_rows, 1) as i
            where (old_rows[i]).deleted_at is null and (new_rows[i]).deleted_at is not null
        );
        revived uuid[] := array(
            select (new_rows[i]).id from generate_subscripts(new_rows, 1) as i
            where (old_rows[i]).deleted_at is not null and (new_rows[i]).deleted_at is null
            order by i
        );
        revived_since timestamptz[] := array(
            select (old_rows[i]).deleted_at from generate_subscripts(new_rows, 1) as i
            where (old_rows[i]).deleted_at is not null and (new_rows[i]).deleted_at is null
            order by i
        );
        removed jsonb;
        living uuid[];
        parted uuid[];
        {{ declare_mappings() }}
    begin
        if ids <> array(select (old_rows[i]).id from generate_subscripts(old_rows, 1) as i) then
            raise exception 'the id of a persona does not change: every old id must resolve, for ever'
            using errcode = 'check_violation', hint = 'Insert a new persona, and delete this one.';
        end if;
        perform {{ sync_object('lock_personas') }}(ids);
        perform {{ sync_object('refuse_waiting') }}('legacy', ids);
        perform {{ sync_object('wait_as_well') }}(ids);
        perform {{ sync_object('put_back_personas') }}(old_rows, new_rows);
        {#- what is kept of rows that are gone must not bring back what was edited since #}
        update {{ ref('persona_source_mapping') }} as sources
        set residual = sources.residual - array(
            select column_name from {{ ref('column_mapping') }} as mapping
            where
                mapping.source_table = sources.source_table
                and regexp_replace(mapping.goes_to, '^personas\.', '') = any(edits.fields)
        )
        from (
            select (old_rows[i]).id, (old_rows[i]).tenant_id, {{ sync_object('edited_fields') }}(old_rows[i], new_rows[i]) as fields
            from generate_subscripts(new_rows, 1) as i
        ) as edits
        where
            sources.persona_id = edits.id
            and sources.persona_id = any(ids)
            and sources.source_deleted_at is not null
            and exists (
                select from {{ ref('int_persona_clusters') }} as clusters
                where
                    clusters.source_table = sources.source_table
                    and clusters.source_id = sources.source_id
                    and {{ is_of_persona('clusters', 'edits') }}
            );
        if revived <> '{}' then
            living := array(
                select id from unnest(revived) as id
                where not exists (
                    select from {{ ref('int_persona_clusters') }} as clusters where clusters.persona_id = id and clusters.contributes
                )
            );
            {{ remember_mappings('living') }}
            perform {{ sync_object('return_legacy_rows') }}(revived, revived_since);
            perform {{ sync_object('settle_clusters') }}(revived);
        end if;
        {%- for table in ['dh_personas', 'org_personas'] %}
        {%- set written = _writable_columns(table) %}
        if exists (select from {{ ref('int_persona_clusters') }} where persona_id = any(ids) and source_table = '{{ table }}') then
            {{ begin_own_writes('legacy') }}
            {{ with_columns_of(
                table, field_columns(table).keys() | select('in', written) | list,
                update_of_legacy(table, 'edited_', '$1, $2'), ['old_rows', 'new_rows']
            ) }}
            {{ end_own_writes() }}
        end if;
        {%- endfor %}
        if deleted <> '{}' then
            for i in 1..cardinality(new_rows) loop
                if (new_rows[i]).id = any(deleted) then
                    removed := (
                        select jsonb_agg(jsonb_build_object('source_table', source_table, 'source_id', source_id))
                        from {{ ref('int_persona_clusters') }}
                        where persona_id = (new_rows[i]).id and source_table = 'org_personas' and contributes
                    );
                    if removed is not null then
                        perform {{ sync_object('remove_legacy_rows') }}(removed, (new_rows[i]).deleted_at);
                    end if;
                end if;
            end loop;
            parted := array(select unnest({{ sync_object('settle_clusters') }}(deleted)) except select unnest(deleted));
        end if;
        perform {{ sync_object('keep_inexpressible') }}(old_rows, new_rows);
        perform {{ sync_object('refresh_personas') }}(ids, false, false);
        if deleted <> '{}' then
            perform {{ sync_object('refresh_personas') }}(parted, true, true);
            perform {{ sync_object('mark_gone_personas') }}(deleted);
        end if;
        if revived <> '{}' then
            {#- what was mapped while it had no legacy row #}
            if living <> '{}' then
                {{ carry_over_mappings() }}
            end if;
            perform {{ sync_object('refresh_personas') }}(revived, true, true);
        end if;
    end;
{% endmacro %}


{#
  A persona that is deleted for good takes its legacy rows with it, and all that was kept of them. A tenant's row that was merged into a
  shared one parts from it first.
#}
{% macro _personas_deleted() %}
    declare
        marked_before text;
        removed jsonb;
        parted uuid[];
    begin
        perform {{ sync_object('lock_personas') }}(ids);
        perform {{ sync_object('refuse_waiting') }}('legacy', ids);
        perform {{ sync_object('wait_as_well') }}(ids);
        with parting as (
            update {{ ref('int_persona_clusters') }}
            set persona_id = unmerged_persona_id, match_rule = 'own'
            where persona_id = any(ids) and source_deleted_at is null and not contributes
            returning persona_id
        )

        select coalesce(array_agg(persona_id), '{}') into parted from parting;
        if parted <> '{}' then
            perform {{ sync_object('lock_personas') }}(parted);
            perform {{ sync_object('settle_clusters') }}(parted);
            perform {{ sync_object('refresh_personas') }}(parted, true, true);
        end if;
        removed := (
            select jsonb_agg(jsonb_build_object('source_table', source_table, 'source_id', source_id))
            from {{ ref('int_persona_clusters') }}
            where persona_id = any(ids) and source_deleted_at is null
        );
        if removed is not null then
            perform {{ sync_object('remove_legacy_rows') }}(removed, now());
        end if;
        delete from {{ ref('persona_link_source_mapping') }} where persona_id = any(ids);
        delete from {{ ref('persona_source_mapping') }} where persona_id = any(ids);
        {{ begin_own_writes(none) }}
        delete from {{ ref('persona_overrides') }} where persona_id = any(ids);
        {{ end_own_writes() }}
        delete from {{ ref('int_persona_additions') }} where owner_id in (
            select unmerged_persona_id from {{ ref('int_persona_clusters') }} where persona_id = any(ids)
        );
        {#- by those that are left the next build knows that their rows parted #}
        delete from {{ ref('int_persona_owners') }} where persona_id = any(ids) and owner_id <> all(parted);
        delete from {{ ref('int_persona_clusters') }} where persona_id = any(ids);
        {#- the same statement, or a trigger, wrote a legacy row of it meanwhile, which brought it back #}
        if exists (select from {{ ref('personas') }} where id = any(ids)) then
            {{ begin_own_writes('new') }}
            delete from {{ ref('personas') }} where id operator(pg_catalog.=) any(ids);
            {{ end_own_writes() }}
        end if;
    end;
{% endmacro %}


{# In slices, so that a bulk statement needs no array of all its rows; both transition tables name them in the same order. #}
{% macro _from_personas() %}
    declare
        slice constant pg_catalog.int4 := 1000;
        done pg_catalog.int8 := 0;
        old_slice {{ mart_row('personas') }}[];
        new_slice {{ mart_row('personas') }}[];
    begin
        if {{ is_own_write() }} then
            return null;
        end if;
        if tg_op operator(pg_catalog.=) 'DELETE' then
            {{ or_queue(
                'perform ' ~ sync_object('personas_deleted') ~ '(array(select id from old_rows))',
                'new', "'personas'", 'array(select id from old_rows)'
            ) }}
            return null;
        end if;
        loop
            new_slice := array(select {{ as_mart_row('personas', 'new_rows') }} from new_rows offset done limit slice);
            exit when pg_catalog.cardinality(new_slice) operator(pg_catalog.=) 0;
            if tg_op operator(pg_catalog.=) 'INSERT' then
                {{ or_queue(
                    'perform ' ~ sync_object('personas_inserted') ~ '(new_slice)',
                    'new', "'personas'", 'array(select id from pg_catalog.unnest(new_slice))'
                ) }}
            else
                old_slice := array(select {{ as_mart_row('personas', 'old_rows') }} from old_rows offset done limit slice);
                {{ or_queue(
                    or_catch_up(
                        'perform ' ~ sync_object('personas_updated') ~ '(old_slice, new_slice)',
                        'array(select id from pg_catalog.unnest(new_slice))'
                    ),
                    'new', "'personas'", 'array(select id from pg_catalog.unnest(new_slice))'
                ) }}
            end if;
            done := done operator(pg_catalog.+) slice;
        end loop;
        return null;
    end;
{% endmacro %}


{# Whoever writes an override himself edits what the persona shows. #}
{% macro _overrides_written() %}
    begin
        perform {{ sync_object('lock_personas') }}(ids);
        perform {{ sync_object('refuse_waiting') }}('new', ids);
        perform {{ sync_object('refresh_personas') }}(ids, false, false);
    end;
{% endmacro %}


{% macro _from_overrides() %}
    declare
        ids pg_catalog.uuid[] := '{}';
    begin
        if {{ is_own_write() }} then
            return null;
        end if;
        if tg_op operator(pg_catalog.<>) 'INSERT' then
            ids := array(select persona_id from old_rows);
        end if;
        if tg_op operator(pg_catalog.<>) 'DELETE' then
            ids := ids operator(pg_catalog.||) array(select persona_id from new_rows);
        end if;
        if pg_catalog.cardinality(ids) operator(pg_catalog.>) 0 then
            {{ or_queue(
                'perform ' ~ sync_object('overrides_written') ~ '(ids)',
                'legacy', "'personas'", 'ids'
            ) }}
        end if;
        return null;
    end;
{% endmacro %}
