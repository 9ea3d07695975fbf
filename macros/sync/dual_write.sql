{#
  Purpose: the switch of dual-write, as dbt operations. `personas dual-write on|off|status` calls them.
    dbt run-operation dual_write_on
    dbt run-operation dual_write_off --args '{writable: legacy}'
  `on`, in this order: what the triggers need; the triggers, in one short transaction; both sides brought into agreement;
  the side that was refused opened. So no write is ever missed: what came before the triggers is found by the comparison after them.
#}
{% macro dual_write_on() %}
    {%- do refuse_to_switch_on() -%}
    {%- set functions = [] -%}
    {%- for statement in sync_objects() -%}
        {%- if statement.lstrip().startswith('create or replace function') or statement.startswith('create type') -%}
            {%- do functions.append(statement) -%}
        {%- else -%}
            {%- do run_query(statement) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do run_query('commit') -%}
    {%- set written = _written_side() -%}
    {%- set was_open = not _is_guarded() -%}
    {%- set guards = guard_triggers('legacy' if written == 'new' else 'new') if written != 'both' else [] -%}
    {%- do functions.append(catches_up_function(written == 'new')) -%}
    {%- do run_query(switch_triggers_sql(functions + sync_triggers() + guards, functions_as_well=true)) -%}
    {%- do run_query(note_state('on', none)) -%}
    {%- do run_query('commit') -%}
    {%- do print('dual-write: triggers installed; bringing both sides into agreement') -%}
    {%- do drain_pending_keys() -%}
    {%- do _reconcile('new' if written == 'new' else 'legacy', was_open) -%}
    {%- do run_query(switch_triggers_sql([catches_up_function(false)], 'personas_guard_')) -%}
    {%- do run_query('commit') -%}
    {%- do _say_what_waits() -%}
    {%- do print('dual-write is on: both sides can be written') -%}
{% endmacro %}


{% macro dual_write_off(writable='legacy') %}
    {%- if writable not in ('legacy', 'new') -%}
        {%- do exceptions.raise_compiler_error("writable: '" ~ writable ~ "' is neither legacy nor new") -%}
    {%- endif -%}
    {%- if not dual_write_is_on() -%}
        {%- do exceptions.raise_compiler_error('dual-write is off already; what can be written is the ' ~ (_writable_side() or 'legacy') ~ ' side') -%}
    {%- endif -%}
    {%- do drain_pending_keys() -%}
    {%- do run_query(switch_triggers_sql(
        [_refuse_waiting_keys('new' if writable == 'legacy' else 'legacy'), refuse_writes_function()] + guard_triggers('new' if writable == 'legacy' else 'legacy'), functions_as_well=true
    )) -%}
    {%- do run_query(note_state('off', writable)) -%}
    {%- do run_query('commit') -%}
    {%- do print('dual-write is off: the ' ~ writable ~ ' side can be written, the other one refuses') -%}
{% endmacro %}


{# What waits to be carried over to the side that stays open would meet newer writes there: one of both would be lost. #}
{% macro _refuse_waiting_keys(side) %}
    if exists (select from {{ sync_object('pending_keys') }} where written_side = '{{ side }}') then
        raise exception 'writes of the {{ side }} side wait to be carried over: with the other side alone open, one would overwrite the other'
        using hint = 'Mend the cause (pending_keys.error says it), then: personas sync drain. Or let that side be the one that is written:'
            ' personas dual-write off --writable {{ side }}. Or give these writes up: delete their rows from pending_keys.';
    end if
{% endmacro %}


{#
  Whose writes were not carried over until now: `legacy` or `new`; `both`, if all triggers are there. Where somebody took off some of one
  side, it is that side; of both sides, nobody can tell, and the old one counts.
#}
{% macro _written_side() %}
    {%- if not dual_write_is_on() -%}{{ return('new' if _writable_side() == 'new' else 'legacy') }}{%- endif -%}
    {%- if _is_guarded() -%}{{ return('new' if _writable_side() == 'new' else 'legacy') }}{%- endif -%}
    {%- if _missing_triggers(synced_tables('legacy') + synced_tables('neighbours')) > 0 -%}{{ return('legacy') }}{%- endif -%}
    {{ return('new' if _missing_triggers(synced_tables('new')) > 0 else 'both') }}
{% endmacro %}


{# Whether one side refuses writes. #}
{% macro _is_guarded() %}
    {%- set query -%}
        select 1 from pg_trigger
        inner join pg_proc on tgfoid = pg_proc.oid
        where tgname = 'personas_guard_write' and {{ is_in_sync_schema('pronamespace') }}
        limit 1
    {%- endset -%}
    {{ return(run_query(query).rows | length > 0) }}
{% endmacro %}


{# Whether an object is one of this target's: another target in the same database has its own. #}
{% macro is_in_sync_schema(namespace) -%}
    {{ namespace }} = to_regnamespace({{ literal(adapter.quote(target.schema ~ '_sync')) }})
{%- endmacro %}


{# How many of the triggers of some tables are not there, or not as `on` left them: `alter table … enable trigger all` tells of a `disable` before. #}
{% macro _missing_triggers(tables) %}
    {%- set names = [] -%}
    {%- for table, function, argument in tables -%}{%- do names.append('to_regclass(' ~ literal(table) ~ ')') -%}{%- endfor -%}
    {%- set found -%}
        select count(*) as found from pg_trigger
        inner join pg_proc on tgfoid = pg_proc.oid
        where
            not tgisinternal and tgenabled = 'A' and starts_with(tgname, 'personas_sync_')
            and {{ is_in_sync_schema('pronamespace') }}
            and tgrelid in ({{ names | join(', ') }})
    {%- endset -%}
    {{ return(tables | length * 4 - run_query(found).rows[0].found) }}
{% endmacro %}


{# The side that is written while dual-write is off; none where it has never been on. #}
{% macro _writable_side() %}
    {%- if not is_in_database(_state_relation()) -%}{{ return(none) }}{%- endif -%}
    {%- set rows = run_query('select writable from ' ~ sync_object('dual_write_state')).rows -%}
    {{ return(rows[0].writable if rows | length > 0 else none) }}
{% endmacro %}


{% macro _state_relation() %}
    {{ return(api.Relation.create(database=target.database, schema=target.schema ~ '_sync', identifier='dual_write_state')) }}
{% endmacro %}


{# All that the triggers need, in the order in which it can be made. #}
{% macro sync_objects() %}
    {%- set objects = (
        ['create schema if not exists ' ~ adapter.quote(target.schema ~ '_sync')]
        + state_tables()
        + mart_row_types() + pending_keys_functions() + wanted_rows_functions() + refresh_personas_functions() + cluster_legacy_rows_functions() + from_legacy_functions()
        + to_legacy_functions() + mappings_to_legacy_functions() + build_in_step_functions() + reconcile_functions()
        + [status_function(), refuse_writes_function()]
    ) -%}
    {%- set statements = [] -%}
    {%- for object in objects -%}{%- do statements.append(without_database(object)) -%}{%- endfor -%}
    {{ return(statements) }}
{% endmacro %}


{# The tables of either side that applications write: [(relation, trigger function, argument)]. #}
{% macro synced_tables(side) %}
    {%- set tables = [] -%}
    {%- if side == 'legacy' -%}
        {%- for name, function in [
            ('dh_personas', 'from_legacy_personas'),
            ('org_personas', 'from_legacy_personas'),
            ('persona_role_mapping', 'from_legacy_links'),
            ('jtbd_org_persona_mapping', 'from_legacy_links')
        ] if is_in_database(source('legacy', name)) -%}
            {%- do tables.append((source('legacy', name).include(database=false) | string, function, name)) -%}
        {%- endfor -%}
    {%- elif side == 'neighbours' -%}
        {%- for name in ['org_roles', 'industries'] -%}
            {%- do tables.append((source('legacy', name).include(database=false) | string, 'from_legacy_neighbours', name)) -%}
        {%- endfor -%}
    {%- else -%}
        {%- for name, function in [
            ('personas', 'from_personas'),
            ('persona_industry_mapping', 'from_persona_industry_mapping'),
            ('persona_role_mapping', 'from_persona_role_mapping'),
            ('persona_jtbd_mapping', 'from_persona_jtbd_mapping'),
            ('persona_overrides', 'from_overrides')
        ] -%}
            {%- do tables.append((ref(name).include(database=false) | string, function, name)) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(tables) }}
{% endmacro %}


{#
  The triggers as SQL: one a table and kind of statement, since transition tables go with one kind each. They fire always: a session that has set
  `session_replication_role = replica`, as some restores do, writes as any other.
#}
{% macro sync_triggers() %}
    {%- set triggers = [] -%}
    {%- for table, function, argument in synced_tables('legacy') + synced_tables('neighbours') + synced_tables('new') -%}
        {%- for event, transitions in {
            'insert': 'referencing new table as new_rows',
            'update': 'referencing old table as old_rows new table as new_rows',
            'delete': 'referencing old table as old_rows'
        }.items() -%}
            {%- do triggers.append(
                'create trigger personas_sync_' ~ event ~ ' after ' ~ event ~ ' on ' ~ table ~ ' ' ~ transitions
                ~ ' for each statement execute function ' ~ sync_object(function) ~ "('" ~ argument ~ "')"
            ) -%}
            {%- do triggers.append('alter table ' ~ table ~ ' enable always trigger personas_sync_' ~ event) -%}
        {%- endfor -%}
        {%- do triggers.append(
            'create trigger personas_sync_truncate before truncate on ' ~ table
            ~ ' for each statement execute function ' ~ sync_object('refuse_truncate') ~ '()'
        ) -%}
        {%- do triggers.append('alter table ' ~ table ~ ' enable always trigger personas_sync_truncate') -%}
    {%- endfor -%}
    {{ return(triggers) }}
{% endmacro %}


{% macro guard_triggers(side) %}
    {%- set triggers = [] -%}
    {%- for table, function, argument in synced_tables(side) -%}
        {%- do triggers.append(
            'create trigger personas_guard_write before insert or update or delete or truncate on ' ~ table
            ~ ' for each statement execute function ' ~ sync_object('refuse_writes') ~ "('" ~ ('new' if side == 'legacy' else 'legacy') ~ "')"
        ) -%}
        {%- do triggers.append('alter table ' ~ table ~ ' enable always trigger personas_guard_write') -%}
    {%- endfor -%}
    {{ return(triggers) }}
{% endmacro %}


{#
  Purpose: takes off the triggers of ours whose name begins with `prefix`, and all our functions if told so, and makes what `statements`
  say, in one short transaction. A trigger needs a lock that writers wait for, and everybody behind them, so it is asked for with a short
  `lock_timeout`; where that runs out, all that was locked is let go, and it is tried again. While all tables are locked nobody is
  in the middle of a write, so that nobody meets half of the old functions and half of the new ones.
#}
{% macro switch_triggers_sql(statements, prefix='personas_', functions_as_well=false) -%}
    do $switch_triggers$
    declare
        attempts constant integer := 300;
        statement text;
    begin
        for attempt in 1..attempts loop
            begin
                perform set_config('lock_timeout', '40ms', true);
                {#- all tables before the first trigger: so the locks are held for the shortest time #}
                {%- for table, function, argument in synced_tables('legacy') + synced_tables('neighbours') + synced_tables('new') %}
                lock table {{ table }} in share row exclusive mode;
                {%- endfor %}
                for statement in
                    select format('drop trigger %I on %s', tgname, tgrelid::regclass)
                    from pg_trigger
                    inner join pg_proc on tgfoid = pg_proc.oid
                    where
                        not tgisinternal
                        and starts_with(tgname, '{{ prefix }}')
                        and {{ is_in_sync_schema('pronamespace') }}
                    order by tgrelid, tgname
                loop
                    execute statement;
                end loop;
                {%- if functions_as_well %}
                for statement in
                    select format('drop function %s', oid::regprocedure) from pg_proc
                    where {{ is_in_sync_schema('pronamespace') }}
                    union all
                    select format('drop type %s', pg_type.oid::regtype)
                    from pg_type
                    inner join pg_class on typrelid = pg_class.oid
                    where relkind = 'c' and {{ is_in_sync_schema('typnamespace') }}
                loop
                    execute statement;
                end loop;
                {%- endif %}
                {%- for statement in statements %}
                {{ statement }};
                {%- endfor %}
                {#- they run as triggers, or as the owner: nobody else has a use for them #}
                for statement in
                    select format('revoke all on function %s from public', oid::regprocedure) from pg_proc
                    where {{ is_in_sync_schema('pronamespace') }}
                loop
                    execute statement;
                end loop;
                perform set_config('lock_timeout', '0', true);
                return;
            exception when lock_not_available or deadlock_detected then
                if attempt = attempts then
                    raise exception 'the tables were locked by others for too long; nothing was changed'
                    using hint = 'Look in pg_stat_activity for long transactions that write them, and try again.';
                end if;
                perform pg_sleep(0.01 + random() * 0.2);
            end;
        end loop;
    end
    $switch_triggers$
{%- endmacro %}


{# Until nothing is found any more; what is written meanwhile is synchronised by the triggers. #}
{% macro _reconcile(side, keeps) %}
    {%- set state = namespace(found=1) -%}
    {%- do run_query('delete from ' ~ sync_object('overwritten')) -%}
    {%- for attempt in range(5) -%}
        {%- if state.found > 0 -%}
        {%- set state.found = run_query("select " ~ sync_object('collect_out_of_step') ~ "('" ~ side ~ "') as found").rows[0].found -%}
        {%- do run_query('commit') -%}
        {%- set slice = 1000 -%}
        {%- for number in range((state.found + slice - 1) // slice + 4) -%}
            {%- set remaining = run_query(
                'select ' ~ sync_object('bring_slice_in_step') ~ "('" ~ side ~ "', " ~ slice ~ ', ' ~ keeps ~ ') as remaining'
            ).rows[0].remaining -%}
            {%- do run_query('commit') -%}
            {%- if number % 10 == 9 -%}
                {%- do print('dual-write: ' ~ remaining ~ ' of ' ~ state.found ~ ' keys are left') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do run_query('select ' ~ sync_object('queue_what_differs') ~ "('" ~ side ~ "')") -%}
    {%- do run_query('commit') -%}
    {%- set lost = run_query('select count(distinct persona_id) as found from ' ~ sync_object('overwritten')).rows[0].found -%}
    {%- if lost > 0 -%}
        {%- do print('dual-write: ' ~ lost ~ ' personas had been written on the new side without its triggers; the legacy side was taken.'
            ~ ' What the new side said is kept in ' ~ sync_object('overwritten')) -%}
    {%- endif -%}
{% endmacro %}


{# Switching on has come to its end, but not for these keys. #}
{% macro _say_what_waits() %}
    {%- set waiting = run_query(
        'select count(*) as found, (array_agg(error order by queued_at))[1] as error from ' ~ sync_object('pending_keys')
    ).rows[0] -%}
    {%- if waiting.found > 0 -%}
        {%- do exceptions.raise_compiler_error(
            'Dual-write is on, but ' ~ waiting.found ~ ' keys could not be brought into agreement, and wait in ' ~ sync_object('pending_keys')
            ~ ' (the first: ' ~ waiting.error ~ '). Mend the cause, then: personas sync drain'
        ) -%}
    {%- endif -%}
{% endmacro %}
