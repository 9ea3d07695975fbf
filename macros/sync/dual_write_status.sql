{#
  Purpose: whether dual-write is on, whether what is installed is what these models would install, and whether both sides agree. It fails when one of
  them is not so. `personas dual-write status` asks the same without dbt (`status` in the schema of the synchronisation).
#}
{% macro dual_write_status() %}
    {%- if not is_in_database(_state_relation()) -%}
        {%- do print('dual-write is off, and never was on') -%}
    {%- else -%}
        {%- set state = run_query('select mode, writable, switched_at, objects from ' ~ sync_object('dual_write_state')).rows[0] -%}
        {%- if state.mode == 'on' -%}
            {%- do print('dual-write is on since ' ~ state.switched_at) -%}
            {%- set problems = [] -%}
            {%- for row in run_query('select is_red, line from ' ~ sync_object('status') ~ '()').rows -%}
                {%- do print('  ' ~ ('red: ' if row.is_red else '') ~ row.line) -%}
                {%- if row.is_red -%}{%- do problems.append(row.line) -%}{%- endif -%}
            {%- endfor -%}
            {%- if state.objects != installed_objects() and not problems -%}
                {%- do problems.append(
                    'out of date: the models have changed since dual-write was switched on. Run personas build, then personas dual-write on'
                ) -%}
                {%- do print('  red: ' ~ problems[-1]) -%}
            {%- endif -%}
            {%- if problems -%}
                {%- do exceptions.raise_compiler_error('dual-write is not as it should be: ' ~ problems[0]) -%}
            {%- endif -%}
            {%- do print('  triggers and functions are those of these models; both sides agree; nothing waits') -%}
        {%- else -%}
            {%- do print('dual-write is off since ' ~ state.switched_at ~ ': the ' ~ state.writable ~ ' side can be written') -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{#
  The same as a function: lines, red or not, none where all is well. A part that cannot be asked, because a table or a view is gone, is red itself.
#}
{% macro status_function() %}
    {{ return(sync_function('status', '', 'table (is_red boolean, line text)', _status_lines(), reading_settings())) }}
{% endmacro %}


{% macro _status_lines() %}
    declare
        known record;
        found bigint;
        reason text;
        is_reshaped boolean := false;
    begin
        select * into known from {{ sync_object('dual_write_state') }};
        {%- for part in [
            _missing_triggers_in_words(), _changed_tables_in_words(), _changed_objects_in_words(), _waiting_keys_in_words(),
            _disagreement_in_words(), _doubled_rows_in_words()
        ] %}
        begin
            {{ part }}
        exception when others then
            return query select true, format(
                'could not be asked: %s. Run personas dual-write off, then personas build, then personas dual-write on', sqlerrm
            );
        end;
        {%- endfor %}
    end;
{% endmacro %}


{% macro _missing_triggers_in_words() %}
    {%- set tables = synced_tables('legacy') + synced_tables('neighbours') + synced_tables('new') %}
            select count(*) into found from pg_trigger
            inner join pg_proc on pg_trigger.tgfoid = pg_proc.oid
            where
                not pg_trigger.tgisinternal and pg_trigger.tgenabled = 'A' and starts_with(pg_trigger.tgname, 'personas_sync_')
                and {{ is_in_sync_schema('pg_proc.pronamespace') }};
            if found <> {{ tables | length * 4 }} then
                return query select true, format(
                    '%s of {{ tables | length * 4 }} triggers are there and as they were installed. Somebody dropped or disabled some, and what was written then'
                    ' was not carried over. Run personas dual-write on, which compares both sides', found
                );
            end if;
            if exists (
                select from pg_trigger
                inner join pg_proc on pg_trigger.tgfoid = pg_proc.oid
                where pg_trigger.tgname = 'personas_guard_write' and {{ is_in_sync_schema('pg_proc.pronamespace') }}
            ) then
                return query select true, 'one side still refuses writes: switching on did not come to its end. Run personas dual-write on';
            end if;
{% endmacro %}


{#
  By their oid and the numbers of their columns, so that a new name is known for one; after a restore into another database, by the names. A column that an
  application has added to a mart is none of ours: it is named, and that is all.
#}
{% macro _changed_tables_in_words() %}
    {%- set legacy_tables = [] -%}
    {%- for table, function, argument in synced_tables('legacy') + synced_tables('neighbours') -%}{%- do legacy_tables.append(literal(table)) -%}{%- endfor %}
            return query
            with recorded as (
                select
                    coalesce(to_regclass(shapes.key)::text, replace(shapes.key, '"', '')) as name,
                    shapes.key in ({{ legacy_tables | join(', ') }}) as is_legacy,
                    (shapes.value ->> 'oid')::oid as old_oid,
                    to_regclass(shapes.key)::oid as new_oid,
                    shapes.value -> 'columns' as columns
                from jsonb_each(known.tables) as shapes
            ),

            old_columns as (
                select recorded.*, columns.key::smallint as attnum, columns.value ->> 0 as attname, columns.value ->> 1 as data_type
                from recorded
                cross join lateral jsonb_each(recorded.columns) as columns
                where recorded.new_oid is not null
            ),

            new_columns as (
                select
                    recorded.name, recorded.is_legacy, recorded.old_oid = recorded.new_oid as is_same,
                    attributes.attnum, attributes.attname::text as attname, {{ _type_of('attributes') }} as data_type
                from recorded
                inner join pg_attribute as attributes
                    on recorded.new_oid = attributes.attrelid and attributes.attnum > 0 and not attributes.attisdropped
            ),

            both_columns as (
                select
                    old_columns.name, old_columns.is_legacy, old_columns.attname as old_name, new_columns.attname as new_name,
                    old_columns.data_type as old_type, new_columns.data_type as new_type
                from old_columns
                left join new_columns
                    on
                        old_columns.name = new_columns.name
                        and case when new_columns.is_same
                            then old_columns.attnum = new_columns.attnum else old_columns.attname = new_columns.attname end
            )

            select true, format(
                'table %s %s. What is written to it, or for it, may wait or be refused. Give it its name back, then run personas sync drain',
                recorded.name, coalesce('is called ' || (select pg_class.oid::regclass::text from pg_class where pg_class.oid = recorded.old_oid) || ' now', 'is gone')
            )
            from recorded
            where recorded.new_oid is null
            union all
            select true, format(
                'out of date: column %s of %s %s. %s', both_columns.old_name, both_columns.name,
                case
                    when both_columns.new_name is null then 'is gone'
                    when both_columns.old_name <> both_columns.new_name then format('is called %I now', both_columns.new_name)
                    else format('is %s now, and was %s', both_columns.new_type, both_columns.old_type)
                end,
                case
                    when both_columns.old_name is distinct from both_columns.new_name and both_columns.new_name is not null
                        then 'What the new side writes to it becomes an override, or is refused. Give it its name back, or change the models; then run'
                            ' personas build, and personas dual-write on'
                    when both_columns.new_name is null
                        then 'Add it again, or change the models; then run personas dual-write off, personas build and personas dual-write on'
                    else 'Run personas build, then personas dual-write on'
                end
            )
            from both_columns
            where both_columns.new_name is null or (both_columns.old_name, both_columns.old_type) <> (both_columns.new_name, both_columns.new_type)
            union all
            select
                new_columns.is_legacy,
                case
                    when new_columns.is_legacy
                        then format(
                            'out of date: column %I of %s was added. Writes go on, and its values are kept. Run personas build, then personas dual-write on',
                            new_columns.attname, new_columns.name
                        )
                    else format('column %I of %s is not one of the project: builds keep it, and it is not carried over', new_columns.attname, new_columns.name)
                end
            from new_columns
            where
                not exists (
                    select from both_columns
                    where both_columns.name = new_columns.name and both_columns.new_name = new_columns.attname
                );
            is_reshaped := exists (
                select from jsonb_each(({{ table_shapes_sql() }})) as present
                full join jsonb_each(known.tables) as before using (key)
                where present.value -> 'columns' is distinct from before.value -> 'columns'
            );
{% endmacro %}


{% macro _changed_objects_in_words() %}
            if known.functions is distinct from ({{ functions_sql() }}) then
                return query select true, format(
                    'out of date: functions in %s have changed since dual-write was switched on. Run personas dual-write on', {{ _sync_schema() }}
                );
            end if;
            select count(*), min(views.name) into found, reason
            from (
                select coalesce(before.key, present.key) as name
                from jsonb_each(known.views) as before
                full join jsonb_each(({{ chain_fingerprints_sql() }})) as present using (key)
                where before.value is distinct from present.value
            ) as views;
            {#- a column's new name shows in views as well #}
            if found > 0 and not is_reshaped then
                return query select true, format(
                    'out of date: %s views have changed since dual-write was switched on, such as %s. Run personas dual-write on', found, reason
                );
            end if;
{% endmacro %}


{% macro _sync_schema() -%}
    quote_ident({{ literal(target.schema ~ '_sync') }})
{%- endmacro %}


{% macro _waiting_keys_in_words() %}
            select count(*), (array_agg(pending.error order by pending.queued_at))[1] into found, reason
            from {{ sync_object('pending_keys') }} as pending;
            if found > 0 then
                return query select true, format(
                    '%s keys wait in %s.pending_keys (the first: %s). Mend the cause, then run personas sync drain%s', found, {{ _sync_schema() }}, reason,
                    case
                        when exists (select from {{ sync_object('pending_keys') }} as pending where pending.key = {{ unknown_key() }})
                            then '; of some rows not even the keys are known: run personas dual-write on, which compares all'
                        else ''
                    end
                );
            end if;
{% endmacro %}


{% macro _disagreement_in_words() %}
            select count(*) into found from ({{ _differing_personas() }}) as differing;
            if found > 0 then
                return query select true, format(
                    '%s personas are not what the legacy tables say. Run personas dual-write on, which brings both sides into agreement', found
                );
            end if;
            if to_regclass({{ literal(ref('audit_round_trip')) }}) is not null then
                execute $query$select count(*) from {{ ref('audit_round_trip').include(database=false) }}$query$ into found;
                if found > 0 then
                    return query select true, format(
                        '%s legacy rows are not what the new tables rebuild: see %s. Run personas dual-write on',
                        found, {{ literal(ref('audit_round_trip')) }}::regclass
                    );
                end if;
            end if;
{% endmacro %}


{% macro _doubled_rows_in_words() %}
            {%- for table, function, argument in synced_tables('legacy') %}
            if not exists (
                select from pg_index
                inner join pg_attribute on pg_index.indrelid = pg_attribute.attrelid and pg_attribute.attname = 'id'
                where
                    pg_index.indrelid = to_regclass({{ literal(table) }}) and pg_index.indisunique and pg_index.indpred is null
                    and pg_index.indkey::text = pg_attribute.attnum::text
            ) and to_regclass({{ literal(table) }}) is not null then
                return query select true, format(
                    '%s has no primary key on id any more, so that a row may stand in it twice. Put it back (docs/restoring.md), then run personas dual-write on',
                    {{ literal(table) }}::regclass
                );
            end if;
            {%- endfor %}
{% endmacro %}
