{#
  Purpose: brings both sides into agreement where they are not: when dual-write is switched on, and for keys that wait
  (`pending_keys`). What is out of step is collected as a whole and mended in slices, each in a transaction of its own and under the locks of its
  personas, while applications go on writing the side that is open.
#}
{% macro reconcile_functions() %}
    {{ return([
        'create table if not exists ' ~ sync_object('out_of_step') ~ ' (kind text, key uuid, primary key (kind, key))',
        catches_up_function(false),
        sync_function('collect_out_of_step', 'side text', 'bigint', _collect_out_of_step()),
        sync_function('follow_legacy', 'slice_of_table text, keys uuid[], path text', 'void', _follow_legacy()),
        sync_function('follow_personas', 'ids uuid[], path text', 'void', _follow_personas(), is_pinned=true),
        sync_function('bring_slice_in_step', 'side text, slice integer, path text', 'bigint', _bring_slice_in_step(), is_pinned=true)
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
        perform {{ sync_object('follow_personas') }}({{ ids }}, path);
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
                (chain.id is not null and marts.*::record *<> chain.*::record) is not false
                and (chain.id is not null or marts.deleted_at is null)
            {%- for mart, mapping in synced_mappings().items() %}
            {%- set chain = {
                'persona_industry_mapping': '(' ~ chain_industries() ~ ')',
                'persona_role_mapping': ref('int_persona_roles'),
                'persona_jtbd_mapping': ref('int_persona_jobs')
            }[mart] %}
            union
            select persona_id
            from (select * from {{ ref(mart) }} where origin = 'legacy') as marts
            full join {{ chain }} as chain using (persona_id, {{ mapping.target }})
            where
                exists (select from {{ clusters }} as clusters where clusters.persona_id = persona_id and clusters.contributes)
                and (marts.origin is null or chain.origin is null or {{ _image(mapping['values'], 'marts') }} *<> {{ _image(mapping['values'], 'chain') }})
                and not exists (
                    select from {{ ref(mart) }} as added
                    where added.persona_id = chain.persona_id and added.{{ mapping.target }} = chain.{{ mapping.target }} and added.origin = 'new'
                )
            {%- endfor %}
            union
            select chain.persona_id
            from {{ ref('int_persona_residuals') }} as chain
            left join {{ ref('persona_source_mapping') }} as marts using (source_table, source_id)
            where marts.source_deleted_at is not null or row(marts.persona_id, marts.residual)::record *<> row(chain.persona_id, chain.residual)::record
            union
            select chain.persona_id
            from {{ ref('int_persona_link_residuals') }} as chain
            left join {{ ref('persona_link_source_mapping') }} as marts using (source_table, source_id, pointer)
            where marts.source_deleted_at is not null or row(marts.persona_id, marts.residual)::record *<> row(chain.persona_id, chain.residual)::record
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
            where (records.source_id is null) <> (clusters.source_id is null or clusters.source_deleted_at is not null);
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
            perform {{ sync_object('legacy_links_written') }}(slice_of_table, keys, path);
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
            true,
            path
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
        wanted {{ personas }}[];
        actual {{ personas }}[];
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
            perform {{ sync_object('personas_deleted') }}(gone, path);
        end if;
        born := array(
            select personas.id from {{ personas }} as personas
            where
                personas.id = any(ids)
                and not exists (select from {{ clusters }} as clusters where clusters.persona_id = personas.id)
        );
        if born <> '{}' then
            perform {{ sync_object('personas_inserted') }}(
                array(select personas from {{ personas }} as personas where personas.id = any(born) order by personas.id), path
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
        actual := array(select personas from {{ personas }} as personas where personas.id = any(changed) order by personas.id);
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
                ),
                path
            );
            perform {{ sync_object('settle_clusters') }}(revived);
            perform {{ sync_object('refresh_personas') }}(revived, true, true, path);
        end if;
        wanted := array(
            select coalesce(given, row(as_it_went.*)::{{ personas }})
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
        {{ begin_own_writes() }}
        {{ upsert_wanted(personas, 'pg_catalog.unnest(actual)', ['id'], personas_columns()[1:]) }};
        {{ end_own_writes() }}
        perform {{ sync_object('personas_updated') }}(wanted, actual, path);
    end;
{% endmacro %}


{# Mends the next keys; returns how many are left. #}
{% macro _bring_slice_in_step() %}
    declare
        kind_of_slice text;
        keys uuid[];
        remaining bigint;
    begin
        select min(kind) into kind_of_slice from {{ sync_object('out_of_step') }} where kind <> 'personas';
        kind_of_slice := coalesce(kind_of_slice, 'personas');
        keys := array(
            select key from {{ sync_object('out_of_step') }} where kind = kind_of_slice order by key limit slice
        );
        if kind_of_slice <> 'personas' then
            perform {{ sync_object('follow_legacy') }}(kind_of_slice, keys, path);
        elsif side = 'new' then
            perform {{ sync_object('follow_personas') }}(keys, path);
        else
            perform {{ sync_object('bring_in_step') }}(keys, path);
        end if;
        delete from {{ sync_object('out_of_step') }} where kind = kind_of_slice and key = any(keys);
        select count(*) into remaining from {{ sync_object('out_of_step') }};
        return remaining;
    end;
{% endmacro %}
