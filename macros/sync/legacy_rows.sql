{#
  Purpose: legacy rows that are written whole: for a persona of the new world, when a persona is deleted, and when it comes back.
#}


{# The columns of a legacy table that must not be null. #}
{% macro not_null_columns(table) %}
    {{ return(_catalog_columns(table, 'attnotnull')) }}
{% endmacro %}


{#
  The columns of a legacy table that the new side has a value for: those that it shows, and that can be written. Every other one takes
  its default in a new row: the database generates it, or the application has added it since.
#}
{% macro _writable_columns(table) %}
    {%- set shown = adapter.get_columns_in_relation(ref('shown_' ~ table)) | map(attribute='name') | list + ['id'] -%}
    {{ return(_catalog_columns(table, "attgenerated = '' and attidentity <> 'a'") | select('in', shown) | list) }}
{% endmacro %}


{% macro _catalog_columns(table, condition) %}
    {%- set query -%}
        select attname from pg_attribute
        where attrelid = {{ literal(source('legacy', table)) }}::regclass and attnum > 0 and not attisdropped and {{ condition }}
        order by attnum
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
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
        to_jsonb(shown.*) || jsonb_build_object(
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
  Arguments: `table`; `columns`; `statement`, with <columns>, <values> and <assignments> in place of these lists, and $1, $2 in
  place of the `parameters`.
#}
{% macro with_columns_of(table, columns, statement, parameters) -%}
    {%- set names, values, assignments, literals = [], [], [], [] -%}
    {%- for column in columns -%}
        {%- set name = quoted_name(column) -%}
        {%- do names.append(name) -%}
        {%- do values.append('new_row.' ~ name) -%}
        {%- do assignments.append(name ~ ' = new_row.' ~ name) -%}
        {%- do literals.append(literal(column)) -%}
    {%- endfor -%}
    {%- set static = namespace(statement=statement) -%}
    {%- for parameter in parameters -%}
        {%- set static.statement = static.statement.replace('$' ~ loop.index, parameter) -%}
    {%- endfor -%}
    begin
        {{ static.statement
            .replace('<values>', values | join(', '))
            .replace('<columns>', names | join(', '))
            .replace('<assignments>', assignments | join(', ')) }};
    exception when undefined_column then
        execute (
            select pg_catalog.format(
                {{ dollar_quoted(statement
                    .replace('<values>', '%2$s').replace('<columns>', '%1$s').replace('<assignments>', '%3$s')) }},
                pg_catalog.string_agg(pg_catalog.quote_ident(columns.attname), ', '),
                pg_catalog.string_agg(pg_catalog.format('new_row.%I', columns.attname), ', '),
                pg_catalog.string_agg(pg_catalog.format('%1$I = new_row.%1$I', columns.attname), ', ')
            )
            from pg_catalog.pg_attribute as columns
            where
                columns.attrelid operator(pg_catalog.=) {{ literal(source('legacy', table)) }}::pg_catalog.regclass
                and columns.attnum operator(pg_catalog.>) 0
                and not columns.attisdropped
                and columns.attname operator(pg_catalog.=) any(array[{{ literals | join(', ') }}])
        ) using {{ parameters | join(', ') }};
    end;
{%- endmacro %}


{# The statement that writes the rows which a function yields, where they differ. #}
{% macro update_of_legacy(table, reader, arguments) -%}
    update {{ source('legacy', table) }} as old_row set <assignments>
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
        {%- for table, keys in {
            'dh_personas': 'dh', 'org_personas': 'org', 'persona_role_mapping': 'role_links', 'jtbd_org_persona_mapping': 'job_links'
        }.items() if is_in_database(source('legacy', table)) %}
        perform {{ sync_object('keep_undeclared_' ~ table) }}({{ keys }});
        {%- endfor %}
        perform {{ sync_object('cluster_gone_rows') }}('dh_personas', dh, gone_at);
        perform {{ sync_object('cluster_gone_rows') }}('org_personas', org, gone_at);
        {{ begin_own_writes('legacy') }}
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
            perform {{ sync_object('legacy_links_written') }}('jtbd_org_persona_mapping', job_links, true);
        end if;
    end;
{% endmacro %}


{#
  What rows of a legacy table have in columns that are newer than the last build, as text: no residual has it as it was written, and no view shows it. Mostly
  there are none.
#}
{% macro _keep_undeclared(table) %}
    declare
        kept text;
    begin
        kept := (
            select string_agg(format('%L, legacy_rows.%I::text', columns.attname, columns.attname), ', ')
            from pg_attribute as columns
            where
                columns.attrelid = {{ literal(source('legacy', table)) }}::regclass
                and columns.attnum > 0
                and not columns.attisdropped
                and columns.attgenerated = ''
                and not exists (
                    select from pg_attribute as rebuilt
                    where rebuilt.attrelid = {{ literal(ref('legacy_' ~ table)) }}::regclass and rebuilt.attname = columns.attname
                )
        );
        if kept is not null then
            execute format(
                $update$
                    update {{ ref('persona_link_source_mapping' if 'mapping' in table else 'persona_source_mapping') }} as sources
                    set residual = sources.residual || jsonb_build_object(%s)
                    from {{ source('legacy', table) }} as legacy_rows
                    where sources.source_table = '{{ table }}' and sources.source_id = any($1) and legacy_rows.id = sources.source_id
                $update$,
                kept
            ) using keys;
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
                and exists (
                    select from {{ ref('int_persona_clusters') }} as clusters
                    inner join {{ ref('personas') }} as of_persona on clusters.persona_id = of_persona.id
                    where
                        {{ is_of_persona('clusters', 'of_persona') }}
                        {%- if sources == 'persona_source_mapping' %}
                        and clusters.source_table = sources.source_table
                        and clusters.source_id = sources.source_id
                        {%- else %}
                        and clusters.source_table = case sources.pointer when 'persona_dh_id' then 'dh_personas' else 'org_personas' end
                        and clusters.source_id = coalesce((sources.residual ->> sources.pointer)::uuid, sources.persona_id)
                        {%- endif %}
                )
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
        {%- for table, keys in {
            'dh_personas': 'returning_sources', 'org_personas': 'returning_sources',
            'persona_role_mapping': 'returning_links', 'jtbd_org_persona_mapping': 'returning_links'
        }.items() if is_in_database(source('legacy', table)) %}
        perform {{ sync_object('insert_as_kept_' ~ table) }}({{ keys }});
        {%- endfor %}
    end;
{% endmacro %}


{#
  Inserts the rows of a legacy table that are returning with every byte that was kept of them, also of what the database made itself (an identity).
  A column that nobody has declared was kept under its name. Where it was not, it was added after the row went, and takes its default.
#}
{% macro _insert_as_kept(table) %}
    {%- set sources = 'persona_link_source_mapping' if 'mapping' in table else 'persona_source_mapping' -%}
    declare
        marked_before text;
        kept record;
        insertion text;
    begin
        for kept in
            select distinct on (sources.source_id) sources.source_id, sources.residual
            from {{ ref(sources) }} as sources
            where sources.source_table = '{{ table }}' and sources.source_id = any(keys)
            order by sources.source_id
        loop
            insertion := (
                select format(
                    $insert$
                        insert into {{ source('legacy', table) }} (%s) overriding system value
                        select %s from {{ ref('legacy_' ~ table) }} as rebuilt where rebuilt.id operator(pg_catalog.=) $1
                        on conflict (id) do {% if table == 'jtbd_org_persona_mapping' -%}
                        update set persona_id = excluded.persona_id, persona_dh_id = excluded.persona_dh_id
                        {%- else %}nothing{% endif %}
                    $insert$,
                    string_agg(quote_ident(columns.attname), ', ' order by columns.attnum),
                    string_agg(
                        case
                            when rebuilt.attname is not null then format('rebuilt.%I', columns.attname)
                            else format(
                                '($2 operator(pg_catalog.->>) %L)::%s', columns.attname, format_type(columns.atttypid, columns.atttypmod)
                            )
                        end,
                        ', ' order by columns.attnum
                    )
                )
                from pg_attribute as columns
                left join pg_attribute as rebuilt
                    on
                        columns.attname = rebuilt.attname
                        and rebuilt.attrelid = {{ literal(ref('legacy_' ~ table)) }}::regclass
                        and not rebuilt.attisdropped
                where
                    columns.attrelid = {{ literal(source('legacy', table)) }}::regclass
                    and columns.attnum > 0
                    and not columns.attisdropped
                    and columns.attgenerated = ''
                    and (
                        kept.residual ? columns.attname::text
                        or columns.attname in ({% for name in declared_source_columns(table) %}'{{ name }}'{{ ', ' if not loop.last }}{% endfor %})
                    )
            );
            {{ begin_own_writes('legacy') }}
            execute insertion using kept.source_id, kept.residual;
            {{ end_own_writes() }}
        end loop;
    end;
{% endmacro %}


{# The key of a residual by which a row is known that went with its persona, and returns with it. #}
{% macro gone_with_persona_key() -%}
    (gone with its persona)
{%- endmacro %}


{% macro gone_with_persona() -%}
    {"{{ gone_with_persona_key() }}": true}
{%- endmacro %}
