{#
  Purpose: legacy rows that are written whole: for a persona of the new world, when a persona is deleted, and when it comes back.
#}


{# The columns of a legacy table that must not be null. #}
{% macro not_null_columns(table) %}
    {%- set query -%}
        select attname from pg_attribute
        where attrelid = '{{ source('legacy', table) }}'::regclass and attnum > 0 and attnotnull
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}


{# The columns of a legacy table that can be written: not those that the database generates. #}
{% macro _writable_columns(table) %}
    {%- set query -%}
        select attname from pg_attribute
        where
            attrelid = '{{ source('legacy', table) }}'::regclass and attnum > 0 and not attisdropped
            and attgenerated = '' and attidentity <> 'a'
        order by attnum
    {%- endset -%}
    {%- set names = [] -%}
    {%- for name in run_query(query).columns[0].values() -%}{%- do names.append(quoted_name(name)) -%}{%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{#
  The legacy row of a persona that was born in the new world: what it shows, and where the old table demands a value that it
  does not have, its `unique_id` for a code, its name for a title.
#}
{% macro _new_rows(table) %}
    {%- set filled = {'persona_code': 'unique_id', 'code': 'unique_id', 'title': 'name'} -%}
    {%- set not_null = not_null_columns(table) %}
    select new_row.*
    from {{ ref('shown_' ~ table) }} as shown
    cross join lateral jsonb_populate_record(
        null::{{ source('legacy', table) }},
        to_jsonb(shown) || jsonb_build_object(
            'id', shown.persona_id
            {%- for column, value in filled.items() if column in not_null %},
            '{{ column }}', coalesce(shown.{{ column }}, shown.{{ value }})
            {%- endfor %}
        )
    ) as new_row
    where shown.persona_id = any(ids)
{% endmacro %}


{#
  A statement on a legacy table that names its columns. Where one of them has got another name since, the rest of them are written, and
  `dual-write status` is red: a migration on the old side must not stop its application.
  Arguments: `table`; `columns`, quoted; `statement`, with {0} in place of the list and {1} in place of the assignments; `parameters`.
#}
{% macro with_columns_of(table, columns, statement, parameters) -%}
    {%- set assignments = [] -%}
    {%- for column in columns -%}{%- do assignments.append(column ~ ' = new_row.' ~ column) -%}{%- endfor -%}
    begin
        {{ statement.format(columns | join(', '), assignments | join(', '), *parameters) }};
    exception when undefined_column then
        execute (
            select pg_catalog.format(
                {{ dollar_quoted(statement.format('%1$s', '%2$s', '$1', '$2', '$3', '$4')) }},
                pg_catalog.string_agg(pg_catalog.quote_ident(attname), ', '),
                pg_catalog.string_agg(pg_catalog.format('%1$I = new_row.%1$I', attname), ', ')
            )
            from pg_catalog.pg_attribute
            where
                attrelid operator(pg_catalog.=) {{ dollar_quoted(source('legacy', table).include(database=false)) }}::pg_catalog.regclass
                and attnum operator(pg_catalog.>) 0
                and not attisdropped
                and pg_catalog.quote_ident(attname) operator(pg_catalog.=) any(array[
                    {%- for column in columns %}{{ dollar_quoted(column.strip('"')) }}{{ ', ' if not loop.last }}{% endfor %}
                ])
        ) using {{ parameters | join(', ') }};
    end;
{%- endmacro %}


{# The statement that writes the rows which a function yields, where they differ. #}
{% macro update_of_legacy(table, reader, arguments) -%}
    update {{ source('legacy', table) }} as old_row set {1}
        from {{ sync_object(reader ~ table) }}({{ arguments }}) as new_row
        where
            old_row.id operator(pg_catalog.=) new_row.id
            and (old_row.*)::pg_catalog.record operator(pg_catalog.*<>) (new_row.*)::pg_catalog.record
{%- endmacro %}


{% macro dollar_quoted(text) -%}
    $text${{ text }}$text$
{%- endmacro %}


{#
  Rows of the legacy tables go, their links first, and are kept whole. `sources`: [{"source_table": …, "source_id": …}].
#}
{% macro _remove_legacy_rows() %}
    declare
        marked_before text;
        dh uuid[] := array(
            select (source ->> 'source_id')::uuid from jsonb_array_elements(sources) as source
            where source ->> 'source_table' = 'dh_personas'
        );
        org uuid[] := array(
            select (source ->> 'source_id')::uuid from jsonb_array_elements(sources) as source
            where source ->> 'source_table' = 'org_personas'
        );
        role_links uuid[];
        job_links uuid[];
    begin
        role_links := array(select id from {{ ref('stg_persona_role_mapping') }} where persona_id = any(org));
        job_links := array(
            select id from {{ ref('stg_jtbd_org_persona_mapping') }} where persona_id = any(org) or persona_dh_id = any(dh)
        );
        perform {{ sync_object('cluster_gone_rows') }}('dh_personas', dh, gone_at);
        perform {{ sync_object('cluster_gone_rows') }}('org_personas', org, gone_at);
        {{ begin_own_writes() }}
        {%- if is_in_database(source('legacy', 'persona_role_mapping')) %}
        delete from {{ source('legacy', 'persona_role_mapping') }} where id operator(pg_catalog.=) any(role_links);
        {%- endif %}
        {%- if is_in_database(source('legacy', 'jtbd_org_persona_mapping')) %}
        {#- a row that points at another persona as well stays, for that one #}
        delete from {{ source('legacy', 'jtbd_org_persona_mapping') }}
        where
            id operator(pg_catalog.=) any(job_links)
            and (persona_id is null or persona_id operator(pg_catalog.=) any(org))
            and (persona_dh_id is null or persona_dh_id operator(pg_catalog.=) any(dh));
        update {{ source('legacy', 'jtbd_org_persona_mapping') }}
        set
            persona_id = case when persona_id operator(pg_catalog.=) any(org) then null else persona_id end,
            persona_dh_id = case when persona_dh_id operator(pg_catalog.=) any(dh) then null else persona_dh_id end
        where id operator(pg_catalog.=) any(job_links);
        {%- endif %}
        delete from {{ source('legacy', 'org_personas') }} where id operator(pg_catalog.=) any(org);
        delete from {{ source('legacy', 'dh_personas') }} where id operator(pg_catalog.=) any(dh);
        {{ end_own_writes() }}
        perform {{ sync_object('keep_gone_links') }}('persona_role_mapping', role_links, gone_at);
        perform {{ sync_object('keep_gone_links') }}('jtbd_org_persona_mapping', job_links, gone_at);
        {#- what brings them back with their persona #}
        update {{ ref('persona_source_mapping') }} set residual = residual || '{{ gone_with_persona() }}'
        where
            (source_table, source_id) in (
                select 'dh_personas', unnest(dh) union all select 'org_personas', unnest(org)
            );
        update {{ ref('persona_link_source_mapping') }} set residual = residual || '{{ gone_with_persona() }}'
        where
            (source_table, source_id) in (
                select 'persona_role_mapping', unnest(role_links)
                union all
                select 'jtbd_org_persona_mapping', unnest(job_links)
            )
            and source_deleted_at = gone_at;
        {#- one that points at another persona as well is still that one's #}
        if job_links <> '{}' then
            perform {{ sync_object('legacy_links_written') }}('jtbd_org_persona_mapping', job_links, path);
        end if;
    end;
{% endmacro %}


{# Rows that went when a persona was deleted, at `since`, return with it: rebuilt from what was kept, and links after what they point at. #}
{% macro _return_legacy_rows() %}
    declare
        marked_before text;
        returning_sources uuid[];
        returning_links uuid[];
    begin
        {%- for sources, keys in {
            'persona_source_mapping': 'returning_sources', 'persona_link_source_mapping': 'returning_links'
        }.items() %}
        with returning_rows as (
            update {{ ref(sources) }} as sources
            set source_deleted_at = null, residual = sources.residual - '{{ gone_with_persona_key() }}'
            from unnest(ids, since) as personas (persona_id, deleted_at)
            where
                sources.persona_id = personas.persona_id
                and sources.source_deleted_at is not null
                and (
                    sources.residual ? '{{ gone_with_persona_key() }}'
                    or sources.source_deleted_at = personas.deleted_at
                    {#- `deleted_at` may have been set before, or edited since: then what went last #}
                    or sources.source_deleted_at = (
                        select max(clusters.source_deleted_at)
                        from {{ ref('int_persona_clusters') }} as clusters
                        where clusters.persona_id = personas.persona_id
                        having bool_and(clusters.source_deleted_at is not null)
                    )
                )
            returning sources.source_id
        )

        select coalesce(array_agg(source_id), '{}') into {{ keys }} from returning_rows;
        {%- endfor %}
        update {{ ref('int_persona_clusters') }} set source_deleted_at = null
        where persona_id = any(ids) and source_id = any(returning_sources);
        {{ begin_own_writes() }}
        {%- for table, keys in {
            'dh_personas': 'returning_sources', 'org_personas': 'returning_sources',
            'persona_role_mapping': 'returning_links', 'jtbd_org_persona_mapping': 'returning_links'
        }.items() if is_in_database(source('legacy', table)) %}
        {%- set columns = _writable_columns(table) | join(', ') %}
        insert into {{ source('legacy', table) }} ({{ columns }})
        select {{ columns }} from {{ ref('legacy_' ~ table) }} where id operator(pg_catalog.=) any({{ keys }})
        on conflict (id) do {% if table == 'jtbd_org_persona_mapping' -%}
        update set persona_id = excluded.persona_id, persona_dh_id = excluded.persona_dh_id
        {%- else %}nothing{% endif %};
        {%- endfor %}
        {{ end_own_writes() }}
    end;
{% endmacro %}


{# The key of a residual by which a row is known that went with its persona, and returns with it. #}
{% macro gone_with_persona_key() -%}
    (gone with its persona)
{%- endmacro %}


{% macro gone_with_persona() -%}
    {"{{ gone_with_persona_key() }}": true}
{%- endmacro %}
