{#
  Purpose: what is written on the legacy side reaches the new tables in the same transaction. One trigger per table and
  kind of statement, fired once a statement, whatever its number of rows.
#}
{% macro from_legacy_functions() %}
    {{ return([
        sync_function('mark_gone_personas', 'ids uuid[]', 'void', _mark_gone_personas()),
        sync_function('legacy_personas_written',
            'of_table text, came uuid[], stayed uuid[], went uuid[], links boolean', 'void', _legacy_personas_written()),
        sync_function('from_legacy_personas', '', 'trigger', _from_legacy_personas(), is_pinned=false),
        sync_function('keep_gone_links', 'of_table text, keys uuid[], gone_at timestamptz', 'void', _keep_gone_links(), reading_settings()),
        sync_function('legacy_links_written', 'of_table text, keys uuid[], by_new_side boolean default false', 'void', _legacy_links_written()),
        sync_function('from_legacy_links', '', 'trigger', _from_legacy_links(), is_pinned=false),
        sync_function('personas_of_roles', 'keys uuid[]', 'uuid[]', _personas_of_roles()),
        sync_function('personas_of_industries', 'keys uuid[], codes text[]', 'uuid[]', _personas_of_industries()),
        sync_function('neighbours_written', 'of_table text, keys uuid[], codes text[]', 'void', _neighbours_written()),
        sync_function('from_legacy_neighbours', '', 'trigger', _from_legacy_neighbours(), is_pinned=false),
        sync_function('refuse_truncate', '', 'trigger', _refuse_truncate())
    ]) }}
{% endmacro %}


{# A persona whose last legacy row is gone stays as it was last seen, soft-deleted. #}
{% macro _mark_gone_personas() %}
    declare
        marked_before text;
        gone uuid[];
        gone_at timestamptz[];
    begin
        select array_agg(persona_id), array_agg(deleted_at) into gone, gone_at
        from {{ ref('int_personas_gone') }}
        where persona_id = any(ids);
        if gone is null then
            return;
        end if;
        {{ begin_own_writes('new') }}
        update {{ ref('personas') }} as personas
        set deleted_at = gone_at[pg_catalog.array_position(gone, personas.id)]
        where personas.id operator(pg_catalog.=) any(gone) and personas.deleted_at is null;
        {{ end_own_writes() }}
    end;
{% endmacro %}


{#
  Rows of one persona table were inserted (`came`), updated (`stayed`) or deleted (`went`). `links`: whether an update changed what the
  mappings are made of, or whose row it is. One that has another tenant now went, as the one, and came, as the other's.
#}
{% macro _legacy_personas_written() %}
    declare
        ids uuid[] := '{}';
        moved uuid[] := '{}';
        members_changed boolean;
        returned boolean := false;
    begin
        if links then
            moved := array(
                select clusters.source_id
                from {{ ref('int_persona_clusters') }} as clusters
                inner join {{ ref('int_persona_records') }} as records using (source_table, source_id)
                where
                    clusters.source_table = of_table
                    and clusters.source_id = any(stayed)
                    and clusters.source_deleted_at is null
                    and clusters.tenant_id is distinct from records.tenant_id
            );
        end if;
        members_changed := came <> '{}' or went <> '{}' or moved <> '{}';
        if moved <> '{}' then
            ids := {{ sync_object('lock_legacy_rows') }}(of_table, moved);
            perform {{ sync_object('refuse_waiting') }}('new', ids);
            perform {{ sync_object('cluster_gone_rows') }}(of_table, moved, now());
        end if;
        if came || moved <> '{}' then
            returned := {{ sync_object('cluster_new_rows') }}(of_table, came || moved);
        end if;
        ids := ids || {{ sync_object('lock_legacy_rows') }}(of_table, came || stayed || went);
        perform {{ sync_object('refuse_waiting') }}('new', ids);
        if went <> '{}' then
            perform {{ sync_object('cluster_gone_rows') }}(of_table, went, now());
        end if;
        if members_changed or links then
            ids := {{ sync_object('settle_clusters') }}(ids);
        end if;
        {#- the links of rows that went did so with them, before; a row that is new has none yet #}
        perform {{ sync_object('refresh_personas') }}(
            ids, links or members_changed, returned or links or went <> '{}'
        );
        if went || moved <> '{}' then
            perform {{ sync_object('mark_gone_personas') }}(ids);
        end if;
    end;
{% endmacro %}


{#
  Two transition tables name their rows in the same order; if ever they did not, more would be looked at, not less. The text of
  two rows is compared, not the rows: one array of either, and no join of which nobody knows the plan.
#}
{% macro _from_legacy_personas() %}
    {%- set of_links = ['industry_id', 'primary_role_id'] + industry_code_columns() -%}
    declare
        of_table constant pg_catalog.text := tg_argv[0];
        came pg_catalog.uuid[] := '{}';
        stayed pg_catalog.uuid[] := '{}';
        went pg_catalog.uuid[] := '{}';
        links_before pg_catalog.text[];
        links_after pg_catalog.text[];
    begin
        if {{ is_own_write() }} then
            return null;
        end if;
        {% call or_lose_track('of_table') %}
        if tg_op operator(pg_catalog.=) 'INSERT' then
            came := array(select id from new_rows);
        elsif tg_op operator(pg_catalog.=) 'DELETE' then
            went := array(select id from old_rows);
        else
            stayed := array(select id from new_rows);
            went := array(select id from old_rows);
            if stayed operator(pg_catalog.=) went then
                went := '{}';
            else
                came := array(select id from new_rows except select id from old_rows);
                went := array(select id from old_rows except select id from new_rows);
            end if;
        end if;
        {% endcall %}
        if tg_op operator(pg_catalog.=) 'UPDATE' then
            begin
                {%- for table, columns in {'dh_personas': of_links + ['is_active'], 'org_personas': of_links + ['tenant_id']}.items() %}
                if of_table operator(pg_catalog.=) '{{ table }}' then
                    links_before := array(select row({{ columns | join(', ') }})::pg_catalog.text from old_rows);
                    links_after := array(select row({{ columns | join(', ') }})::pg_catalog.text from new_rows);
                end if;
                {%- endfor %}
            exception when undefined_column then
                {#- one has got another name since: then nobody can tell whether it was changed #}
                links_before := '{}';
                links_after := '{unknown}';
            end;
        end if;
        if came operator(pg_catalog.||) stayed operator(pg_catalog.||) went operator(pg_catalog.<>) '{}' then
            {%- set call -%}
            perform {{ sync_object('legacy_personas_written') }}(
                of_table, came, stayed, went, coalesce(links_before operator(pg_catalog.<>) links_after, false)
            )
            {%- endset %}
            {{ or_queue(call, 'legacy', 'of_table', 'came operator(pg_catalog.||) stayed operator(pg_catalog.||) went') }}
        end if;
        return null;
    end;
{% endmacro %}


{#
  Rows of an old link table were written: `keys` are their ids. Each pointer's row in `persona_link_source_mapping` says which persona it
  meant so far. A link that went together with the row it pointed at is that row's trigger's to do: it runs next,
  and a soft-deleted persona keeps its mappings. The old side may not write what waits to be carried over to it; where another persona's write on
  the new side parts a row that two share (`by_new_side`), the one that waits stays as it is until it is carried over itself.
#}
{% macro _legacy_links_written() %}
    declare
        locked uuid[] := '{}';
        concerned uuid[];
        waiting uuid[] := '{}';
    begin
        loop
            concerned := array(
                select persona_id from {{ ref('persona_link_source_mapping') }}
                where source_table = of_table and source_id = any(keys)
                union
                select persona_id from {{ ref('int_persona_link_sources') }}
                where source_table = of_table and source_id = any(keys)
            );
            exit when concerned <@ locked;
            perform {{ sync_object('lock_personas') }}(concerned);
            locked := locked || concerned;
        end loop;
        if by_new_side then
            waiting := {{ sync_object('waiting_personas') }}();
        else
            perform {{ sync_object('refuse_waiting') }}('new', concerned);
        end if;
        perform {{ sync_object('keep_gone_links') }}(of_table, keys, now());
        concerned := array(
            select distinct clusters.persona_id
            from {{ ref('int_persona_clusters') }} as clusters
            inner join {{ ref('int_persona_records') }} as records using (source_table, source_id)
            where clusters.persona_id = any(concerned) and clusters.persona_id <> all(waiting)
        );
        perform {{ sync_object('refresh_personas') }}(
            concerned, of_table = 'persona_role_mapping', of_table = 'jtbd_org_persona_mapping'
        );
    end;
{% endmacro %}


{# What is kept of a link that is no longer there: the whole of it, so that it can come back. #}
{% macro _keep_gone_links() %}
    begin
        {%- for table in ['persona_role_mapping', 'jtbd_org_persona_mapping'] %}
        if of_table = '{{ table }}' then
            update {{ ref('persona_link_source_mapping') }} as links
            set residual = links.residual || ({{ image_as_found(table, 'rebuilt') }} - 'id'), source_deleted_at = gone_at
            from {{ ref('legacy_' ~ table) }} as rebuilt
            where
                links.source_table = of_table
                and links.source_id = any(keys)
                and links.source_deleted_at is null
                and rebuilt.id = links.source_id
                and not exists (
                    select from {{ ref('int_persona_link_sources') }} as living
                    where
                        living.source_table = links.source_table
                        and living.source_id = links.source_id
                        and living.pointer = links.pointer
                );
        end if;
        {%- endfor %}
    end;
{% endmacro %}


{% macro _from_legacy_links() %}
    declare
        keys pg_catalog.uuid[];
    begin
        if {{ is_own_write() }} then
            return null;
        end if;
        {% call or_lose_track('tg_argv[0]') %}
        if tg_op operator(pg_catalog.=) 'INSERT' then
            keys := array(select id from new_rows);
        elsif tg_op operator(pg_catalog.=) 'DELETE' then
            keys := array(select id from old_rows);
        else
            keys := array(select id from new_rows union select id from old_rows);
        end if;
        {% endcall %}
        if pg_catalog.cardinality(keys) operator(pg_catalog.>) 0 then
            {%- set call -%}
            perform {{ sync_object('legacy_links_written') }}(tg_argv[0], keys)
            {%- endset %}
            {{ or_queue(call, 'legacy', 'tg_argv[0]', 'keys') }}
        end if;
        return null;
    end;
{% endmacro %}


{# The personas that derive something from a role: its seniority. #}
{% macro _personas_of_roles() %}
    begin
        return array(
            select distinct clusters.persona_id
            from {{ ref('int_persona_records') }} as records
            inner join {{ ref('int_persona_clusters') }} as clusters using (source_table, source_id)
            where records.primary_role_id = any(keys)
        );
    end;
{% endmacro %}


{#
  The personas that derive something from some industries, and from no other: by their industry, by its like in `industry_canonical`, or by the
  column of its code. `codes`: those that the industries have, or had; null where nobody knows.
#}
{% macro _personas_of_industries() %}
    declare
        aliases text[];
        columns text[];
        industries uuid[];
    begin
        codes := array(select {{ clean_text('code') }} from unnest(codes) as code);
        aliases := array(
            select unnest(codes)
            union
            select unnest(array[canonical.industry_code, canonical.canonical_industry_code])
            from {{ ref('industry_canonical') }} as canonical
            where canonical.industry_code = any(codes) or canonical.canonical_industry_code = any(codes)
        );
        columns := array(
            select code_columns.column_name from {{ ref('industry_id_columns') }} as code_columns
            where codes is null or code_columns.industry_code = any(aliases)
        );
        industries := keys || array(
            select known.industry_id from {{ ref('int_industries') }} as known
            where codes is null or known.industry_code = any(aliases)
        );
        return array(
            select distinct clusters.persona_id
            from {{ ref('int_persona_records') }} as records
            inner join {{ ref('int_persona_clusters') }} as clusters using (source_table, source_id)
            where records.industry_id = any(industries) or records.industry_codes ?| columns
        );
    end;
{% endmacro %}


{# Asked again when they are locked: a build may have merged one meanwhile. #}
{% macro _neighbours_written() %}
    declare
        locked uuid[] := '{}';
        ids uuid[];
    begin
        loop
            ids := case of_table
                when 'org_roles' then {{ sync_object('personas_of_roles') }}(keys)
                else {{ sync_object('personas_of_industries') }}(keys, codes)
            end;
            exit when ids <@ locked;
            perform {{ sync_object('lock_personas') }}(ids);
            locked := locked || ids;
        end loop;
        perform {{ sync_object('refuse_waiting') }}('new', ids);
        if {{ sync_object('catches_up') }}() then
            perform {{ sync_object('follow_personas') }}(ids);
        end if;
        perform {{ sync_object('refresh_personas') }}(ids, of_table = 'industries', false);
    end;
{% endmacro %}


{# Only what a persona derives something from counts: a role's seniority, an industry's id and code. Rows in which it is the same do not. #}
{% macro _from_legacy_neighbours() %}
    declare
        keys pg_catalog.uuid[];
        codes pg_catalog.text[];
    begin
        if {{ is_own_write() }} then
            return null;
        end if;
        {%- for table, column in {'org_roles': 'seniority_level', 'industries': 'industry_code'}.items() %}
        if tg_argv[0] operator(pg_catalog.=) '{{ table }}' then
            {%- set changed = 'select pg_catalog.array_agg(changed.id), pg_catalog.array_agg(changed.said) into keys, codes from' -%}
            {%- set said = 'select id, ' ~ column ~ '::pg_catalog.text as said' %}
            begin
                if tg_op operator(pg_catalog.=) 'INSERT' then
                    {{ changed }} ({{ said }} from new_rows) as changed;
                elsif tg_op operator(pg_catalog.=) 'DELETE' then
                    {{ changed }} ({{ said }} from old_rows) as changed;
                else
                    {{ changed }} (
                        ({{ said }} from old_rows except {{ said }} from new_rows)
                        union
                        ({{ said }} from new_rows except {{ said }} from old_rows)
                    ) as changed;
                end if;
            exception when undefined_column then
                {#- it has got another name since: then nobody can tell in which row it was changed #}
                codes := null;
                {% call or_lose_track('tg_argv[0]') %}
                if tg_op operator(pg_catalog.=) 'INSERT' then
                    keys := array(select id from new_rows);
                elsif tg_op operator(pg_catalog.=) 'DELETE' then
                    keys := array(select id from old_rows);
                else
                    keys := array(select id from new_rows union select id from old_rows);
                end if;
                {% endcall %}
            end;
        end if;
        {%- endfor %}
        if pg_catalog.cardinality(keys) operator(pg_catalog.>) 0 then
            {%- set call -%}
            perform {{ sync_object('neighbours_written') }}(tg_argv[0], keys, codes)
            {%- endset %}
            {{ or_queue(call, 'legacy', 'tg_argv[0]', 'keys') }}
        end if;
        return null;
    end;
{% endmacro %}


{% macro _refuse_truncate() %}
    begin
        raise exception 'truncate of %.% is refused while dual-write is on', tg_table_schema, tg_table_name
        using hint = 'Delete the rows (delete from …), which is kept in step; or switch it off first: personas dual-write off';
    end;
{% endmacro %}
