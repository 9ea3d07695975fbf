{#
  Purpose: the incremental strategy of the marts (dbt finds it by this name). Rows that are new
  are inserted, rows that really differ are updated, rows that the legacy side no longer yields
  are removed where the model says which may be; an unchanged build writes nothing at all.
  `*<>` compares the stored bytes: 1.0 and 1.00 differ, nulls are equal.
  Model settings, under `meta`: `removes_where` (which `old_row` may be removed; none without it),
  `loses` (which change of a row is a loss in the sense of law 9),
  `before_removal` (SQL to run between the upsert and the removal).
#}
{% macro get_incremental_upsert_changed_sql(arguments) %}
    {%- if flags.EMPTY -%}
        {#- nothing was read, which says nothing of what is there -#}
        {{ return('select 1') }}
    {%- endif -%}
    {%- set target = arguments.target_relation -%}
    {#- what is found of dual-write now stays so until the commit: switching takes a lock that waits for this one #}
    {%- do run_query('lock table ' ~ target ~ ' in row exclusive mode') -%}
    {%- if new_side_is_ahead() -%}
        {{ return('select 1') }}
    {%- endif -%}
    {%- set source = arguments.temp_relation -%}
    {%- set keys = [arguments.unique_key] if arguments.unique_key is string else arguments.unique_key -%}
    {%- set columns = arguments.dest_columns | map(attribute='name') | list -%}
    {%- set meta = config.get('meta', {}) -%}
    {%- set removes_where = render(meta.get('removes_where', 'false')) -%}

    {%- do run_query(_index_and_analyze(source, keys)) -%}
    {%- do stop_mass_loss(target, source, keys, removes_where, meta.get('loses')) -%}

    {%- if target.identifier == 'int_persona_clusters' -%}
        {{ return(keep_cluster_changes_sql(target, source, columns)) }}
    {%- endif -%}
    {%- if dual_write_is_on() -%}
        {%- if flags.FULL_REFRESH and may_be_refilled() -%}
            {%- do exceptions.raise_compiler_error('A refill of ' ~ target.identifier ~ ' is refused while dual-write is on: switch it off first.') -%}
        {%- endif -%}
        {%- if columns | select('in', ['persona_id', 'id']) | list and target.identifier not in ('int_persona_owners', 'persona_overrides') -%}
            {{ return(bring_in_step(target, source, keys, columns, removes_where, render(meta.get('before_removal', '')))) }}
        {%- endif -%}
    {%- endif -%}

    {%- if flags.FULL_REFRESH and may_be_refilled() -%}
        {{ return(_refill_sql(target, source, keys, columns, removes_where)) }}
    {%- endif -%}

    {% set sql -%}
    {{ _upsert_sql(target, source, keys, columns) }};
    {{ render(meta.get('before_removal', '')) }}
    delete from {{ target }} as old_row
    where
        ({{ removes_where }})
        and not exists (
            select from {{ source }} as new_row where {{ _keys_equal(keys) }}
        )
    {%- endset %}
    {{ return(sql) }}
{% endmacro %}


{% macro _index_and_analyze(relation, keys) %}
    create index on {{ relation }} ({{ keys | join(', ') }});
    analyze {{ relation }};
{% endmacro %}


{% macro _keys_equal(keys) -%}
    {%- for key in keys %}old_row.{{ key }} = new_row.{{ key }}{{ ' and ' if not loop.last }}{% endfor -%}
{%- endmacro %}


{% macro _row_of(relation, columns) -%}
    row({% for column in columns %}{{ relation }}.{{ adapter.quote(column) }}{{ ', ' if not loop.last }}{% endfor %})::record
{%- endmacro %}


{% macro _upsert_sql(target, source, keys, columns) -%}
    {%- set names = get_quoted_csv(columns) -%}
    {%- set by_legacy = " and old_row.origin = 'legacy'" if 'origin' in columns else '' -%}
    insert into {{ target }} as old_row ({{ names }})
    select
        {%- for column in columns %} new_row.{{ adapter.quote(column) }}{{ ',' if not loop.last }}{% endfor %}
    from {{ source }} as new_row
    left join {{ target }} as old_row on {{ _keys_equal(keys) }}
    where
        old_row.{{ keys[0] }} is null
        or {{ _row_of('old_row', columns) }} *<> {{ _row_of('new_row', columns) }}{{ by_legacy }}
    on conflict ({{ keys | join(', ') }}) do update set
        {%- for column in columns if column not in keys %}
        {{ adapter.quote(column) }} = excluded.{{ adapter.quote(column) }}{{ ',' if not loop.last }}
        {%- endfor %}
    where {{ _row_of('old_row', columns) }} *<> {{ _row_of('excluded', columns) }}{{ by_legacy }}
{%- endmacro %}


{#
  Empties and refills a mart in place. The foreign keys that point at it are taken off and put
  back in the same transaction, or emptying it would cascade into the tables that hold them.
#}
{% macro _refill_sql(target, source, keys, columns, removes_where) %}
    {%- set referring -%}
        select
            conrelid::regclass::text as tab,
            quote_ident(conname) as con,
            pg_get_constraintdef(oid) as def,
            quote_nullable(obj_description(oid, 'pg_constraint')) as note
        from pg_constraint
        where contype = 'f' and confrelid = {{ literal(target) }}::regclass and conrelid <> confrelid
    {%- endset -%}
    {%- set referring_keys = run_query(referring).rows -%}
    {%- set drops = [] -%}
    {%- for key in referring_keys -%}{%- do drops.append('alter table ' ~ key.tab ~ ' drop constraint ' ~ key.con) -%}{%- endfor -%}
    {%- do run_with_short_locks('the foreign keys on ' ~ target.identifier, drops) -%}
    {% set sql -%}
    delete from {{ target }} as old_row
    where
        ({{ removes_where }})
        or exists (select from {{ source }} as new_row where {{ _keys_equal(keys) }})
        {%- if 'origin' in columns %} and old_row.origin = 'legacy'{% endif %};
    {{ _upsert_sql(target, source, keys, columns) }};
    {%- for key in referring_keys %}
    alter table {{ key.tab }} add constraint {{ key.con }} {{ key.def }};
    comment on constraint {{ key.con }} on {{ key.tab }} is {{ key.note }};
    {%- endfor %}
    {%- endset %}
    {{ return(sql) }}
{% endmacro %}
