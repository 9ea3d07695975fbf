{#
  Purpose: a DO block whose statements need a lock that readers or writers wait for. The lock is asked for with a short `lock_timeout`:
  as long as it cannot be had, whoever comes behind waits 40 ms and no longer; then all that was locked is let go and it is tried again,
  for `var('lock_patience_seconds')` in all.
  Arguments: what the statements change, in words; declarations of the block and statements before the first attempt, both
  PL/pgSQL. The statements themselves are the `call` block.
#}
{% macro with_short_locks(what, declarations='', preparation='') -%}
    do $short_locks$
    declare
        lock_deadline_ constant timestamptz := clock_timestamp() + make_interval(secs => {{ var('lock_patience_seconds') }});
        lock_timeout_before_ constant text := current_setting('lock_timeout');
        {{ declarations }}
    begin
        {{ preparation }}
        for lock_attempt_ in 1..1000000 loop
            begin
                perform set_config('lock_timeout', '40ms', true);
                {{ caller() }}
                perform set_config('lock_timeout', lock_timeout_before_, true);
                return;
            exception when lock_not_available or deadlock_detected then
                if clock_timestamp() > lock_deadline_ then
                    raise exception using
                        errcode = 'lock_not_available',
                        message = {{ literal(what ~ ' could not be changed: transactions that use it did not end within ' ~ var('lock_patience_seconds') ~ ' s') }},
                        hint = 'Nothing was changed. Look for long transactions in pg_stat_activity, end them or wait for them, and build again.';
                end if;
                perform pg_sleep(least(0.02 * lock_attempt_, 0.5) + random() * 0.1);
            end;
        end loop;
    end
    $short_locks$
{%- endmacro %}


{# Runs such a block at once, with these statements. #}
{% macro run_with_short_locks(what, statements) %}
    {%- if statements -%}
        {%- set block -%}
            {% call with_short_locks(what) %}{{ statements | join(';\n') }};{% endcall %}
        {%- endset -%}
        {%- do run_query(block) -%}
    {%- endif -%}
{% endmacro %}


{# A text as an SQL literal. #}
{% macro literal(value) -%}
    '{{ value | string | replace("'", "''") }}'
{%- endmacro %}
