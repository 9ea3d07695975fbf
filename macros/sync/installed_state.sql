{#
  Purpose: what dual-write found when it was switched on, so that `personas dual-write status` can say what has changed since. Nothing in it
  depends on the database's name, on the server's version, or on how a view is printed.
#}
{% macro state_tables() %}
    {%- set state = sync_object('dual_write_state') -%}
    {{ return([
        'create table if not exists ' ~ state ~ ' (
            only_row boolean primary key check (only_row), mode text not null, writable text, switched_at timestamptz, objects text, views jsonb
        )',
        'alter table ' ~ state ~ ' add column if not exists tables jsonb, add column if not exists functions text,'
            ~ ' add column if not exists project_files jsonb, add column if not exists on_sync_error text',
        'create table if not exists ' ~ sync_object('overwritten') ~ ' (
            id bigint generated always as identity primary key,
            written_over_at timestamptz not null default now(), mart text not null, persona_id uuid not null, said jsonb not null
        )'
    ]) }}
{% endmacro %}


{% macro note_state(mode, writable) %}
    insert into {{ sync_object('dual_write_state') }} as state (
        only_row, mode, writable, switched_at, objects, views, tables, functions, project_files, on_sync_error
    )
    values (
        true, '{{ mode }}', {{ literal(writable) if writable else 'null' }}, now(),
        '{{ installed_objects() if mode == 'on' }}',
        ({{ chain_fingerprints_sql() }}),
        ({{ table_shapes_sql() }}),
        ({{ functions_sql() }}),
        {{ literal(tojson(project_files())) }},
        {{ literal(var('on_sync_error')) }}
    )
    on conflict (only_row) do update set
        mode = excluded.mode, writable = coalesce(excluded.writable, state.writable), switched_at = excluded.switched_at, objects = excluded.objects,
        views = excluded.views, tables = excluded.tables, functions = excluded.functions, project_files = excluded.project_files,
        on_sync_error = excluded.on_sync_error
{% endmacro %}


{# What these models would install, as one checksum. #}
{% macro installed_objects() %}
    {{ return(local_md5(sync_objects() | join(';'))) }}
{% endmacro %}


{# The functions that are installed, as one checksum: of their texts and settings, which a restore keeps. #}
{% macro functions_sql() %}
    select md5(string_agg(concat_ws(' ', proname, prosrc, proconfig::text, prosecdef), ';' order by proname collate "C", prosrc collate "C"))
    from pg_proc
    {#- it changes while dual-write is switched on -#}
    {#- #} where {{ is_in_sync_schema('pronamespace') }} and proname <> 'catches_up'
{% endmacro %}


{#
  The views that the triggers read, and those that these read: an object schema.view → MD5. PostgreSQL prints a view in another way after a dump and a
  restore, and in another version: with other casts, parentheses and qualified names. So these count for nothing; names, constants and operators do.
#}
{% macro chain_fingerprints_sql() %}
    {%- set schemas = [target.schema] -%}
    {%- for name in ('staging', 'intermediate', 'legacy') -%}{%- do schemas.append(target.schema ~ '_' ~ name) -%}{%- endfor -%}
    select coalesce(
        jsonb_object_agg(pg_namespace.nspname || '.' || pg_class.relname, md5({{ view_text('pg_class.oid') }})), '{}'
    )
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    where
        pg_class.relkind = 'v'
        and pg_namespace.nspname in ({% for schema in schemas %}{{ literal(schema) }}{{ ', ' if not loop.last }}{% endfor %})
        {#- one that stepped aside waits to be dropped -#}
        {#- #} and pg_class.relname not like '%\_\_replaced\_%'
{% endmacro %}


{# The type of a column, without the schema that some search paths show. #}
{% macro _type_of(column) -%}
    regexp_replace(format_type({{ column }}.atttypid, {{ column }}.atttypmod), '^("[^"]+"|[a-z_0-9]+)\.', '')
{%- endmacro %}


{#
  The tables that are kept in step, as they are now: schema.table → its oid, and column number → [name, type]. Of a mart only the columns that its contract
  names: an application may add others.
#}
{% macro table_shapes_sql() %}
    select jsonb_object_agg(shapes.name, jsonb_build_object('oid', shapes.oid::text, 'columns', shapes.columns))
    from (
        select
            wanted.name,
            pg_class.oid,
            (
                select jsonb_object_agg(attributes.attnum, jsonb_build_array(attributes.attname, {{ _type_of('attributes') }}))
                from pg_attribute as attributes
                where
                    attributes.attrelid = pg_class.oid and attributes.attnum > 0 and not attributes.attisdropped
                    and (wanted.columns is null or attributes.attname = any(wanted.columns))
            ) as columns
        from (
            values
            {%- for side in ('legacy', 'neighbours', 'new') %}
            {%- set last_side = loop.last %}
            {%- for table, function, argument in synced_tables(side) %}
            ({{ literal(table) }}, {% if side == 'new' %}array['{{ mart_columns(argument) | join("', '") }}']{% else %}null::text[]{% endif %})
            {{- ',' if not (last_side and loop.last) }}
            {%- endfor %}
            {%- endfor %}
        ) as wanted (name, columns)
        inner join pg_class on pg_class.oid = to_regclass(wanted.name)
    ) as shapes
{% endmacro %}
