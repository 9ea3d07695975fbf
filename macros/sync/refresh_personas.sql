{#
  Purpose: brings the marts of some personas to what the chain of views says now. Both directions of the synchronisation
  end here, and so does a build while it is on.
  `lock_personas` comes before anything is read: whoever reads a persona to write it does so alone. It is an update of a row that
  nothing else uses, so that a transaction which still reads an older state fails to serialise instead of writing that.
#}
{% macro refresh_personas_functions() %}
    {{ return([
        _lock_table(),
        sync_function('lock_personas', 'ids uuid[]', 'void', _lock_personas()),
        sync_function('refresh_personas', 'ids uuid[], links boolean, jobs boolean', 'void', _refresh_personas()),
        sync_function('refresh_some_personas', 'ids uuid[], of_table text, links boolean, jobs boolean', 'void', _refresh_some_personas())
    ]) }}
{% endmacro %}


{% macro _lock_table() %}
    create table if not exists {{ sync_object('touched_personas') }} (
        persona_id uuid primary key,
        touched_by xid8 not null
    ) with (fillfactor = 50)
{% endmacro %}


{% macro _lock_personas() %}
    begin
        insert into {{ sync_object('touched_personas') }} as touched (persona_id, touched_by)
        select distinct id, pg_current_xact_id() from unnest(ids) as wanted (id) where id is not null order by id
        on conflict (persona_id) do update set touched_by = excluded.touched_by
        where touched.touched_by <> excluded.touched_by;
    end;
{% endmacro %}


{#
  A bulk statement in sets, each of which is read, and then written, at once: the personas of one living row of one
  table (`of_table`; most are, and are read through that table's branch of the chain alone), and all others. They keep the
  order in which the statement wrote them, so that a set lies close together.
#}
{% macro _refresh_personas() %}
    declare
        slice constant integer := 5000;
        of_kind uuid[];
        of_table text;
    begin
        for of_table, of_kind in
            select kind, array_agg(persona_id order by place)
            from (
                select
                    persona_id,
                    min(wanted.place) as place,
                    case when bool_and(contributes and contributors = 1) then min(source_table) else '' end as kind
                from unnest(ids) with ordinality as wanted (persona_id, place)
                inner join {{ ref('int_persona_clusters') }} using (persona_id)
                group by persona_id
            ) as personas
            group by kind
        loop
            for begins in 1..cardinality(of_kind) by slice loop
                perform {{ sync_object('refresh_some_personas') }}(
                    of_kind[begins:begins + slice - 1], of_table, links, jobs
                );
            end loop;
        end loop;
    end;
{% endmacro %}


{#
  Mappings of a persona that has no living legacy row stay, so that it can come back whole. A mapping row of the new world
  that the legacy side now says as well is no longer one of the new world alone.
#}
{% macro _refresh_some_personas() %}
    declare
        marked_before text;
        living uuid[];
        held constant text := nullif(current_setting('personas.held', true), '');
        shown uuid[] := ids;
    begin
        if held is not null then
            shown := array(select id from unnest(ids) as id where id <> all(held::uuid[]));
        end if;
        {#- personas of one living row of one table, or any #}
        {{ begin_own_writes('new') }}
        {%- for table in ['dh_personas', 'org_personas', ''] %}
        {{ ('if' if loop.first else 'elsif') ~ " of_table operator(pg_catalog.=) '" ~ table ~ "' then" if table else 'else' }}
        {{ upsert_wanted(
            ref('personas'), sync_object('wanted_personas' ~ ('_of_' ~ table if table)) ~ '(shown)', ['id'], personas_columns()[1:]
        ) }};
        {%- endfor %}
        end if;
        {{ end_own_writes() }}

        if links or jobs then
            living := array(select distinct persona_id from {{ ref('int_persona_living') }} where persona_id = any(ids));
        end if;
        {%- for name, mapping in synced_mappings().items() %}
        {%- set mart, reader, target, values = ref(name), mapping.reader, mapping.target, mapping['values'] %}
        {%- set part = 'jobs' if name == 'persona_jtbd_mapping' else 'links' %}
        if {{ part }} then
            {{ begin_own_writes('new') }}
            {#- qualified: no operator of the application's may come in between #}
            delete from {{ mart }} as old_row
            where
                old_row.persona_id operator(pg_catalog.=) any(living)
                and old_row.origin operator(pg_catalog.=) 'legacy'
                and not exists (
                    select from {{ sync_object(reader) }}(living) as new_row
                    where
                        new_row.persona_id operator(pg_catalog.=) old_row.persona_id
                        and new_row.{{ target }} operator(pg_catalog.=) old_row.{{ target }}
                );
            {%- set column = {'industry_id': 'industry_specific_id', 'role_id': 'is_primary'}.get(target) %}
            {%- if column %}
            {#- also of a row of the new world: whoever edits it there writes it into its column, so what the column says is newer #}
            if exists (
                select from {{ mart }} as present
                where present.persona_id operator(pg_catalog.=) any(living) and present.origin operator(pg_catalog.=) 'new'
            ) then
                update {{ mart }} as old_row
                set {{ column }} = new_row.{{ column }}
                from {{ sync_object(reader) }}(living) as new_row
                where
                    old_row.persona_id operator(pg_catalog.=) new_row.persona_id
                    and old_row.{{ target }} operator(pg_catalog.=) new_row.{{ target }}
                    and old_row.origin operator(pg_catalog.=) 'new'
                    and new_row.{{ column }} {{ 'is not null' if target == 'industry_id' }}
                    and {{ _image([column], 'old_row') }} operator(pg_catalog.*<>) {{ _image([column], 'new_row') }};
            end if;
            {%- endif %}
            {{ upsert_wanted(mart, sync_object(reader) ~ '(living)', ['persona_id', target], values + ['origin'], by_origin=values) }};
            {%- if target == 'industry_id' %}
            {{ choose_primary_industries(mart, 'remaining.persona_id operator(pg_catalog.=) any(ids)') }};
            {%- endif %}
            {{ end_own_writes() }}
        end if;
        {%- endfor %}

        {%- for table in ['dh_personas', 'org_personas', ''] %}
        {{ ('if' if loop.first else 'elsif') ~ " of_table = '" ~ table ~ "' then" if table else 'else' }}
        {{ upsert_wanted(
            ref('persona_source_mapping'), sync_object('wanted_sources' ~ ('_of_' ~ table if table)) ~ '(ids)', ['source_table', 'source_id'],
            ['persona_id', 'match_rule', 'match_probability', 'residual', 'first_seen_at', 'source_deleted_at']
        ) }};
        {%- endfor %}
        end if;
        {%- for part, link_table in {'links': 'persona_role_mapping', 'jobs': 'jtbd_org_persona_mapping'}.items() %}
        if {{ part }} then
            {{ upsert_wanted(
                ref('persona_link_source_mapping'), sync_object('wanted_links') ~ "(ids, '" ~ link_table ~ "')",
                ['source_table', 'source_id', 'pointer'], ['persona_id', 'target_id', 'residual', 'source_deleted_at']
            ) }};
        end if;
        {%- endfor %}
    end;
{% endmacro %}


{#
  Writes what is wanted where it differs from what is there, byte for byte; a row that does not is not even locked.
  Arguments: `mart`; `wanted`, a relation of its shape; its `keys` and other `columns`; `by_origin`, the columns of a
  mapping without its origin: there a row of the new world is left alone, unless it says just what is wanted.
#}
{% macro upsert_wanted(mart, wanted, keys, columns, by_origin=none) -%}
    insert into {{ mart }} as old_row ({{ (keys + columns) | join(', ') }})
        select {{ (keys + columns) | join(', ') }} from {{ wanted }} as new_row
        where not exists (
            select from {{ mart }} as same_row
            where
                {%- for key in keys %}
                same_row.{{ key }} operator(pg_catalog.=) new_row.{{ key }} and
                {%- endfor %}
                {{ _image(columns, 'same_row') }} operator(pg_catalog.*=) {{ _image(columns, 'new_row') }}
        )
        on conflict ({{ keys | join(', ') }}) do update set
            {%- for column in columns %}
            {{ column }} = excluded.{{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        {%- if by_origin %}
        where
            old_row.origin operator(pg_catalog.=) 'legacy'
            or {{ _image(by_origin, 'old_row') }} operator(pg_catalog.*=) {{ _image(by_origin, 'excluded') }}
        {%- endif %}
{%- endmacro %}


{% macro _image(columns, row) -%}
    row({% for column in columns %}{{ row }}.{{ column }}{{ ', ' if not loop.last }}{% endfor %})::pg_catalog.record
{%- endmacro %}
