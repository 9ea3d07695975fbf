{#
  Purpose: whether dual-write is on, whether what is installed is what these models would install, and whether both sides agree:
  `personas dual-write status`. It fails when one of them is not so.
#}
{% macro dual_write_status() %}
    {%- if not is_in_database(_state_relation()) -%}
        {%- do print('dual-write is off, and never was on') -%}
    {%- else -%}
        {%- set state = run_query('select mode, writable, switched_at, objects from ' ~ sync_object('dual_write_state')).rows[0] -%}
        {%- if state.mode == 'on' -%}
            {%- do print('dual-write is on since ' ~ state.switched_at) -%}
            {%- set problems = _installation_problems(state.objects) + _agreement_problems() -%}
            {%- for problem in problems -%}{%- do print('  red: ' ~ problem) -%}{%- endfor -%}
            {%- if problems -%}
                {%- do exceptions.raise_compiler_error('dual-write is not as it should be: ' ~ problems[0]) -%}
            {%- endif -%}
            {%- do print('  triggers and functions are those of these models; both sides agree; nothing waits') -%}
        {%- else -%}
            {%- do print('dual-write is off since ' ~ state.switched_at ~ ': the ' ~ state.writable ~ ' side can be written') -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# What is not installed as these models say, in words. #}
{% macro _installation_problems(objects) %}
    {%- set problems = [] -%}
    {%- set tables = synced_tables('legacy') + synced_tables('neighbours') + synced_tables('new') -%}
    {%- set missing = _missing_triggers(tables) -%}
    {%- if missing > 0 -%}
        {%- do problems.append((tables | length * 4 - missing) ~ ' of ' ~ tables | length * 4 ~ ' triggers are there and enabled: run personas dual-write on') -%}
    {%- endif -%}
    {%- if objects != local_md5(sync_objects() | join(';')) -%}
        {%- do problems.append(
            'out of date: the models, or the columns of a legacy table, have changed since it was switched on: build, then run personas dual-write on'
        ) -%}
    {%- endif -%}
    {%- do _set_catalog_path() -%}
    {%- set changed -%}
        select coalesce(before.key, now_is.key) as view
        from jsonb_each((select views from {{ sync_object('dual_write_state') }})) as before
        full join jsonb_each(({{ views_sql() }})) as now_is using (key)
        where
            before.value is distinct from now_is.value
            and split_part(coalesce(before.key, now_is.key), '.', 1) <> '{{ target.schema }}_audit'
        order by 1
    {%- endset -%}
    {%- set views = run_query(changed).rows -%}
    {%- do run_query('rollback') -%}
    {%- if views | length > 0 -%}
        {%- do problems.append('out of date: ' ~ (views | length) ~ ' views have changed since it was switched on, such as ' ~ views[0].view
            ~ ': run personas dual-write on') -%}
    {%- endif -%}
    {{ return(problems) }}
{% endmacro %}


{% macro _agreement_problems() %}
    {%- set problems = [] -%}
    {%- set guards = run_query("select 1 from pg_trigger where tgname = 'personas_guard_write' limit 1").rows | length -%}
    {%- if guards > 0 -%}
        {%- do problems.append('one side still refuses writes: switching on did not come to its end; run personas dual-write on') -%}
    {%- endif -%}
    {%- set waiting = run_query('select count(*) as found from ' ~ sync_object('pending_keys')).rows[0].found -%}
    {%- if waiting > 0 -%}
        {%- do problems.append(waiting ~ ' keys wait in ' ~ sync_object('pending_keys') ~ ': run personas sync drain') -%}
    {%- endif -%}
    {%- set differing = run_query('select count(*) as found from (' ~ _differing_personas() ~ ') as differing').rows[0].found -%}
    {%- if differing > 0 -%}
        {%- do problems.append(differing ~ ' personas are not what the legacy tables say; a build, or personas dual-write on, brings them into agreement') -%}
    {%- endif -%}
    {%- if is_in_database(ref('audit_round_trip')) -%}
        {%- set rows = run_query('select count(*) as found from ' ~ ref('audit_round_trip')).rows[0].found -%}
        {%- if rows > 0 -%}
            {%- do problems.append(rows ~ ' legacy rows are not what the new tables rebuild: see ' ~ ref('audit_round_trip').include(database=false)) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(problems) }}
{% endmacro %}
