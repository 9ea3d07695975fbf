{#
  Purpose: brings both sides into agreement where they are not: when dual-write is switched on, and for keys that wait
  (`pending_keys`). What is out of step is collected as a whole and mended in slices, each in a transaction of its own and under the locks of its
  personas, while applications go on writing the side that is open.
#}
{% macro reconcile_functions() %}
    {{ return([
        'create table if not exists ' ~ sync_object('out_of_step') ~ ' (kind text, key uuid, primary key (kind, key))',
        catches_up_function(false),
        sync_function('collect_out_of_step', 'side text', 'bigint', _collect_out_of_step(), reading_settings()),
        sync_function('follow_legacy', 'slice_of_table text, keys uuid[]', 'void', _follow_legacy()),
        sync_function('follow_personas', 'ids uuid[]', 'void', _follow_personas()),
        sync_function('bring_keys_in_step', 'side text, kind_of_slice text, keys uuid[]', 'void', _bring_keys_in_step()),
        sync_function('bring_slice_in_step', 'side text, slice integer, keeps boolean', 'bigint', _bring_slice_in_step()),
        sync_function('queue_what_differs', 'side text', 'void', _queue_what_differs())
    ]) }}
{% endmacro %}


{#
  Whether the old side is being brought to what was written on the new one while dual-write was off. Until then the marts of a persona are the
  truth, all of them: a write of one value takes the others along, or they would be brought back to what the old side says.
#}
{% macro catches_up_function(catches_up) %}
    {{ return(sync_function('catches_up', '', 'boolean', 'begin return ' ~ catches_up | string | lower ~ '; end')) }}
{% endmacro %}


{# A call in a trigger of the new side, or what goes in its place meanwhile; `ids`: an SQL expression for the personas. #}
{% macro or_catch_up(call, ids) -%}
    if {{ sync_object('catches_up') }}() then
        perform {{ sync_object('follow_personas') }}({{ ids }});
    else
        {{ call }};
    end if
{%- endmacro %}


{# Personas whose marts are not what the chain says. #}
{% macro _differing_personas() %}
    {%- set clusters = ref('int_persona_clusters') %}
            select coalesce(marts.id, chain.id)
            from {{ ref('personas') }} as marts
            full join {{ ref('int_personas_merged') }} as chain using (id)
            where
                (chain.id is not null and {{ _image(personas_columns(), 'marts') }} *<> {{ _image(personas_columns(), 'chain') }}) is not false
                and (chain.id is not null or marts.deleted_at is null)
            {%- for mart, mapping in synced_mappings().items() %}
            {%- set chain = {
                'persona_industry_mapping': ref('int_persona_industries_chosen'),
                'persona_role_mapping': ref('int_persona_roles'),
                'persona_jtbd_mapping': ref('int_persona_jobs')
            }[mart] %}
            union
            select coalesce(marts.persona_id, chain.persona_id)
            from (select * from {{ ref(mart) }} where origin = 'legacy') as marts
            full join {{ chain }} as chain using (persona_id, {{ mapping.target }})
            where
                exists (
                    select from {{ clusters }} as clusters
                    where clusters.persona_id = coalesce(marts.persona_id, chain.persona_id) and clusters.contributes
                )
                and (marts.origin is null or chain.origin is null or {{ _image(mapping['values'], 'marts') }} *<> {{ _image(mapping['values'], 'chain') }})
                and not exists (
                    select from {{ ref(mart) }} as added
                    where added.persona_id = chain.persona_id and added.{{ mapping.target }} = chain.{{ mapping.target }} and added.origin = 'new'
                )
            {%- endfor %}
            union
            select chain.persona_id
            from {{ ref('int_persona_sources') }} as chain
            left join {{ ref('persona_source_mapping') }} as marts using (source_table, source_id)
            where {{ _image(['persona_id', 'residual', 'source_deleted_at'], 'marts') }} *<> {{ _image(['persona_id', 'residual', 'source_deleted_at'], 'chain') }}
            union
            select chain.persona_id
            from {{ ref('int_persona_links') }} as chain
            left join {{ ref('persona_link_source_mapping') }} as marts using (source_table, source_id, pointer)
            where
                (chain.source_deleted_at is null) <> (marts.source_deleted_at is null)
                or {{ _image(['persona_id', 'residual'], 'marts') }} *<> {{ _image(['persona_id', 'residual'], 'chain') }}
{% endmacro %}


{# Fills `out_of_step`, and returns how many keys that are. #}
{% macro _collect_out_of_step() %}
    {%- set clusters = ref('int_persona_clusters') -%}
    declare
        found bigint;
    begin
        delete from {{ sync_object('out_of_step') }};
        if side = 'legacy' then
            insert into {{ sync_object('out_of_step') }} (kind, key)
            select coalesce(records.source_table, clusters.source_table), coalesce(records.source_id, clusters.source_id)
            from {{ ref('int_persona_records') }} as records
            full join {{ clusters }} as clusters using (source_table, source_id)
            where
                (records.source_id is null) <> (clusters.source_id is null or clusters.source_deleted_at is not null)
                {#- another tenant's row has that id now #}
                or records.source_id is not null and clusters.tenant_id is distinct from records.tenant_id;
            insert into {{ sync_object('out_of_step') }} (kind, key)
            select links.source_table, links.source_id
            from {{ ref('persona_link_source_mapping') }} as links
            left join {{ ref('int_persona_link_sources') }} as living using (source_table, source_id, pointer)
            where links.source_deleted_at is null and living.source_id is null
            on conflict do nothing;
        end if;
        insert into {{ sync_object('out_of_step') }} (kind, key)
        select distinct 'personas', differing.id from ({{ _differing_personas() }}) as differing (id) where differing.id is not null;
        if side = 'new' then
            insert into {{ sync_object('out_of_step') }} (kind, key)
            select distinct 'personas', coalesce(personas.id, clusters.persona_id)
            from {{ ref('personas') }} as personas
            full join {{ clusters }} as clusters on personas.id = clusters.persona_id
            where personas.id is null or clusters.persona_id is null
            on conflict do nothing;
            {%- for mart, mapping in synced_mappings().items() %}
            insert into {{ sync_object('out_of_step') }} (kind, key)
            select distinct 'personas', persona_id
            from {{ ref(mart) }}
            where origin = 'new'
            on conflict do nothing;
            {%- endfor %}
        end if;
        {#- what waits already has been tried #}
        delete from {{ sync_object('out_of_step') }} as differing
        using {{ sync_object('pending_keys') }} as pending
        where differing.kind = pending.source_table and differing.key = pending.key;
        select count(*) into found from {{ sync_object('out_of_step') }};
        return found;
    end;
{% endmacro %}


{# Legacy rows that were written while nobody looked. #}
{% macro _follow_legacy() %}
    declare
        living uuid[];
    begin
        if slice_of_table in ('persona_role_mapping', 'jtbd_org_persona_mapping') then
            perform {{ sync_object('legacy_links_written') }}(slice_of_table, keys);
            return;
        end if;
        living := array(
            select source_id from {{ ref('int_persona_records') }} where source_table = slice_of_table and source_id = any(keys)
        );
        perform {{ sync_object('legacy_personas_written') }}(
            slice_of_table,
            array(
                select id from unnest(living) as id
                where not exists (
                    select from {{ ref('int_persona_clusters') }} as clusters
                    where clusters.source_table = slice_of_table and clusters.source_id = id and clusters.source_deleted_at is null
                )
            ),
            living,
            array(select unnest(keys) except select unnest(living)),
            true
        );
    end;
{% endmacro %}


{#
  Personas that were written while nobody looked: what the chain says of them still is what they were, what the marts say
  is what they were made.
#}
{% macro _follow_personas() %}
    {%- set personas = ref('personas') -%}
    {%- set clusters = ref('int_persona_clusters') -%}
    declare
        born uuid[];
        gone uuid[];
        changed uuid[];
        revived uuid[];
        living uuid[];
        wanted {{ mart_row('personas') }}[];
        actual {{ mart_row('personas') }}[];
        {{ declare_mappings() }}
        marked_before text;
    begin
        perform {{ sync_object('lock_personas') }}(ids);
        gone := array(
            select persona_id from {{ clusters }} as clusters
            where
                clusters.persona_id = any(ids)
                and not exists (select from {{ personas }} as personas where personas.id = clusters.persona_id)
        );
        if gone <> '{}' then
            perform {{ sync_object('personas_deleted') }}(gone);
        end if;
        born := array(
            select personas.id from {{ personas }} as personas
            where
                personas.id = any(ids)
                and not exists (select from {{ clusters }} as clusters where clusters.persona_id = personas.id)
        );
        if born <> '{}' then
            perform {{ sync_object('personas_inserted') }}(
                array(
                    select {{ as_mart_row('personas', 'personas') }} from {{ personas }} as personas
                    where personas.id = any(born) order by personas.id
                )
            );
        end if;
        changed := array(
            select personas.id from {{ personas }} as personas
            where personas.id = any(ids) and not personas.id = any(born)
            order by personas.id
        );
        if changed = '{}' then
            return;
        end if;
        actual := array(
            select {{ as_mart_row('personas', 'personas') }} from {{ personas }} as personas
            where personas.id = any(changed) order by personas.id
        );
        {{ remember_mappings('changed') }}
        {#- the rows of a persona that is no longer deleted come back first: then it is one that was edited, as any other #}
        revived := array(
            select personas.id from {{ personas }} as personas
            where
                personas.id = any(changed)
                and personas.deleted_at is null
                and not exists (
                    select from {{ clusters }} as clusters where clusters.persona_id = personas.id and clusters.contributes
                )
            order by personas.id
        );
        if revived <> '{}' then
            perform {{ sync_object('return_legacy_rows') }}(
                revived,
                array(
                    select max(source_deleted_at) from {{ clusters }}
                    where persona_id = any(revived) group by persona_id order by persona_id
                )
            );
            perform {{ sync_object('settle_clusters') }}(revived);
            perform {{ sync_object('refresh_personas') }}(revived, true, true);
        end if;
        wanted := array(
            select coalesce(given, row(as_it_went.*)::{{ mart_row('personas') }})
            from {{ personas }} as personas
            left join {{ sync_object('wanted_personas') }}(changed) as given using (id)
            cross join lateral (
                select
                    {%- for column in personas_columns() %}
                    {% if column == 'deleted_at' -%}
                    (
                        select max(clusters.source_deleted_at) from {{ clusters }} as clusters where clusters.persona_id = personas.id
                    ) as deleted_at
                    {%- else -%}
                    personas.{{ column }}
                    {%- endif %}
                    {{- ',' if not loop.last }}
                    {%- endfor %}
            ) as as_it_went
            where personas.id = any(changed)
            order by personas.id
        );
        {#- a persona without a living legacy row keeps its mappings, and there is nothing to compare them with #}
        living := array(
            select distinct clusters.persona_id from {{ clusters }} as clusters
            where clusters.persona_id = any(changed) and clusters.contributes
        );
        {{ carry_over_mappings() }}
        {#- the mappings' own way brought the personas back to what they were #}
        {{ begin_own_writes('new') }}
        {{ upsert_wanted(personas, 'pg_catalog.unnest(actual)', ['id'], personas_columns()[1:]) }};
        {{ end_own_writes() }}
        perform {{ sync_object('personas_updated') }}(wanted, actual);
    end;
{% endmacro %}


{#
  Mends the next keys, one by one where together they do not go; returns how many are left. A key that does not go waits. `keeps`: whether what the new
  side says is kept where it is overwritten, because somebody may have written it.
#}
{% macro _bring_slice_in_step() %}
    declare
        kind_of_slice text;
        keys uuid[];
        one uuid;
        remaining bigint;
    begin
        select min(kind) into kind_of_slice from {{ sync_object('out_of_step') }} where kind <> 'personas';
        kind_of_slice := coalesce(kind_of_slice, 'personas');
        keys := array(
            select key from {{ sync_object('out_of_step') }} where kind = kind_of_slice order by key limit slice
        );
        delete from {{ sync_object('out_of_step') }} where kind = kind_of_slice and key = any(keys);
        if keeps and side = 'legacy' and kind_of_slice = 'personas' then
            {%- for mart, key in {'personas': 'id', 'persona_industry_mapping': 'persona_id', 'persona_role_mapping': 'persona_id', 'persona_jtbd_mapping': 'persona_id'}.items() %}
            insert into {{ sync_object('overwritten') }} (mart, persona_id, said)
            select '{{ mart }}', present.{{ key }}, to_jsonb(present.*) from {{ ref(mart) }} as present where present.{{ key }} = any(keys);
            {%- endfor %}
        end if;
        begin
            perform {{ sync_object('bring_keys_in_step') }}(side, kind_of_slice, keys);
        exception
            when transaction_rollback then
                raise;
            when others then
                foreach one in array keys loop
                    begin
                        perform {{ sync_object('bring_keys_in_step') }}(side, kind_of_slice, array[one]);
                    exception
                        when transaction_rollback then
                            raise;
                        when others then
                            insert into {{ sync_object('pending_keys') }} as pending (written_side, source_table, key, error)
                            values (side, kind_of_slice, one, sqlerrm)
                            on conflict (written_side, source_table, key) do update set error = excluded.error;
                    end;
                end loop;
        end;
        if keeps and side = 'legacy' and kind_of_slice = 'personas' then
            {%- for mart, key in {'personas': 'id', 'persona_industry_mapping': 'persona_id', 'persona_role_mapping': 'persona_id', 'persona_jtbd_mapping': 'persona_id'}.items() %}
            delete from {{ sync_object('overwritten') }} as kept
            using {{ ref(mart) }} as present
            where kept.mart = '{{ mart }}' and kept.persona_id = any(keys) and kept.said = to_jsonb(present.*);
            {%- endfor %}
        end if;
        select count(*) into remaining from {{ sync_object('out_of_step') }};
        return remaining;
    end;
{% endmacro %}


{% macro _bring_keys_in_step() %}
    begin
        if kind_of_slice <> 'personas' then
            perform {{ sync_object('follow_legacy') }}(kind_of_slice, keys);
        elsif side = 'new' then
            perform {{ sync_object('follow_personas') }}(keys);
        else
            perform {{ sync_object('bring_in_step') }}(keys);
        end if;
    end;
{% endmacro %}


{# Asked once more at the end: what does not agree even now, and waits with a reason. Of rows that nobody could name all is compared by now. #}
{% macro _queue_what_differs() %}
    begin
        delete from {{ sync_object('pending_keys') }} where key = {{ unknown_key() }};
        perform {{ sync_object('collect_out_of_step') }}('legacy');
        insert into {{ sync_object('pending_keys') }} (written_side, source_table, key, error)
        select side, kind, key, 'both sides do not agree, though the write was carried over' from {{ sync_object('out_of_step') }}
        on conflict do nothing;
        delete from {{ sync_object('out_of_step') }};
    end;
{% endmacro %}
