{#
  Purpose: what becomes of an error in the synchronisation. By default it fails the application's statement, which says why. With the
  variable `on_sync_error: queue` the application goes on; what it wrote waits in `pending_keys`, and the other side of the
  same persona refuses writes until `personas sync drain`, or a build, has brought both into agreement. Nothing is skipped.
#}
{% macro pending_keys_functions() %}
    {{ return([
        'create table if not exists ' ~ sync_object('pending_keys') ~ " (
            written_side text not null check (written_side in ('legacy', 'new')),
            source_table text not null,
            key uuid not null,
            error text,
            queued_at timestamptz not null default now(),
            primary key (written_side, source_table, key)
        )",
        sync_function('queue_keys', 'side text, of_table text, keys uuid[], reason text', 'void', _queue_keys()),
        sync_function('refuse_waiting', 'side text, ids uuid[]', 'void', _refuse_waiting()),
        sync_function('waiting_personas', '', 'uuid[]', _waiting_personas()),
        sync_function('wait_as_well', 'ids uuid[]', 'void', _wait_as_well()),
        sync_function('drain_pending_keys', '', 'bigint', _drain_pending_keys())
    ]) }}
{% endmacro %}


{#
  A call in a trigger, with what follows its failure. A conflict with another transaction is the application's to try again
  either way, and so is a refusal because the other side waits. A write of the old application always goes on where the reason is that a table
  or a column is not as it was when dual-write was switched on: a migration must not stop it. So does a write behind one that waits already.
  Arguments: `call`, a PL/pgSQL statement; SQL expressions for the table and the keys that were written.
#}
{% macro or_queue(call, side, of_table, keys) -%}
    {%- set queue = 'perform ' ~ sync_object('queue_keys') ~ "('" ~ side ~ "', " ~ of_table ~ ', ' ~ keys ~ ', sqlerrm)' -%}
    begin
        {{ call }};
    exception
    {%- if var('on_sync_error') == 'queue' %}
        when transaction_rollback or object_not_in_prerequisite_state then
            raise;
        when others then
            {{ queue }};
    {%- elif var('on_sync_error') == 'fail' %}
        when sqlstate '{{ behind_another() }}' then
            {{ queue }};
        when insufficient_privilege then
            raise;
        when syntax_error_or_access_rule_violation then
            {%- if side == 'legacy' %}
            {{ queue }};
            {%- else %}
            raise exception '%', sqlerrm
            using
                errcode = sqlstate,
                hint = 'A table is not as it was when dual-write was switched on. Which one: personas dual-write status';
            {%- endif %}
    {%- else -%}
        {%- do exceptions.raise_compiler_error("on_sync_error: '" ~ var('on_sync_error') ~ "' is neither fail nor queue") -%}
    {%- endif %}
    end;
{%- endmacro %}


{# The SQLSTATE of a write of a persona that has an earlier write waiting. #}
{% macro behind_another() -%}
    PW001
{%- endmacro %}


{#
  What a legacy trigger does first: it reads which rows were written. Where even the id has got another name, the application goes on, and
  `dual-write on` compares all rows. Argument: an SQL expression for the table; the caller gives the statements.
#}
{% macro or_lose_track(of_table) -%}
    begin
        {{ caller() }}
    exception when undefined_column then
        perform {{ sync_object('queue_keys') }}('legacy', {{ of_table }}, array[{{ unknown_key() }}], sqlerrm);
        return null;
    end;
{%- endmacro %}


{# Stands in `pending_keys` for rows that nobody could name. #}
{% macro unknown_key() -%}
    '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid
{%- endmacro %}


{% macro _queue_keys() %}
    begin
        insert into {{ sync_object('pending_keys') }} as pending (written_side, source_table, key, error)
        select side, of_table, id, reason from unnest(keys) as id group by id
        on conflict (written_side, source_table, key) do update set error = excluded.error;
        raise warning 'personas: the write was not carried over to the other side, and waits: %', reason
        using hint = 'personas dual-write status says why, and what to do';
    end;
{% endmacro %}


{# Whoever would overwrite what waits to be carried over to his side. #}
{% macro _refuse_waiting() %}
    declare
        waiting uuid;
        reason text;
    begin
        if not exists (select from {{ sync_object('pending_keys') }} where written_side = side) then
            return;
        end if;
        select persona.id, pending.error into waiting, reason
        from unnest(ids) as persona (id)
        inner join {{ sync_object('pending_keys') }} as pending
            on
                pending.written_side = side
                and (
                    pending.source_table = 'personas' and pending.key = persona.id
                    or exists (
                        select from {{ ref('int_persona_clusters') }} as clusters
                        where
                            clusters.persona_id = persona.id
                            and clusters.source_table = pending.source_table
                            and clusters.source_id = pending.key
                    )
                    or exists (
                        select from {{ ref('persona_link_source_mapping') }} as links
                        where
                            links.persona_id = persona.id
                            and links.source_table = pending.source_table
                            and links.source_id = pending.key
                    )
                )
        limit 1;
        if waiting is not null then
            raise exception 'persona % cannot be written here: a write on the % side waits to be carried over (%)', waiting, side, reason
            using errcode = 'object_not_in_prerequisite_state', hint = 'Mend the cause, then: personas sync drain';
        end if;
    end;
{% endmacro %}


{# The personas that were edited and not carried over yet: nobody may bring them to what the old side says. #}
{% macro _waiting_personas() %}
    begin
        return array(select key from {{ sync_object('pending_keys') }} where written_side = 'new');
    end;
{% endmacro %}


{# An edit of a persona that waits already waits with it: carried over alone it would take back what waits. #}
{% macro _wait_as_well() %}
    begin
        if ids && {{ sync_object('waiting_personas') }}() then
            raise exception 'an earlier write of this persona waits to be carried over'
            using errcode = '{{ behind_another() }}', hint = 'personas sync drain';
        end if;
    end;
{% endmacro %}


{# First those of the new side together, because two swapped codes go only so; then each key by itself. Returns how many still wait. #}
{% macro _drain_pending_keys() %}
    declare
        pending record;
        remaining bigint;
        together uuid[] := {{ sync_object('waiting_personas') }}();
    begin
        if cardinality(together) > 1 then
            begin
                delete from {{ sync_object('pending_keys') }} where written_side = 'new';
                perform {{ sync_object('follow_personas') }}(together);
            exception
                when transaction_rollback then
                    raise;
                when others then
                    null;
            end;
        end if;
        for pending in select * from {{ sync_object('pending_keys') }} order by queued_at, source_table, key loop
            begin
                delete from {{ sync_object('pending_keys') }}
                where written_side = pending.written_side and source_table = pending.source_table and key = pending.key;
                if pending.key = {{ unknown_key() }} then
                    raise exception '%', pending.error;
                elsif pending.source_table in ('org_roles', 'industries') then
                    perform {{ sync_object('neighbours_written') }}(pending.source_table, array[pending.key], null);
                elsif pending.written_side = 'new' then
                    perform {{ sync_object('follow_personas') }}(array[pending.key]);
                elsif pending.source_table = 'personas' then
                    perform {{ sync_object('bring_in_step') }}(array[pending.key]);
                else
                    perform {{ sync_object('follow_legacy') }}(pending.source_table, array[pending.key]);
                end if;
            exception
                when transaction_rollback then
                    raise;
                when others then
                    update {{ sync_object('pending_keys') }} set error = sqlerrm
                    where written_side = pending.written_side and source_table = pending.source_table and key = pending.key;
            end;
        end loop;
        select count(*) into remaining from {{ sync_object('pending_keys') }};
        return remaining;
    end;
{% endmacro %}


{# Brings into agreement what waits, as an operation, before each build, and when dual-write is switched on. #}
{% macro drain_pending_keys() %}
    {%- if execute and dual_write_is_on() -%}
        {%- if run_query('select 1 from ' ~ sync_object('pending_keys') ~ ' limit 1').rows | length > 0 -%}
            {%- set left = run_query(
                'select ' ~ sync_object('drain_pending_keys') ~ '() as remaining'
            ).rows[0].remaining -%}
            {%- do run_query('commit') -%}
            {%- do print('dual-write: ' ~ left ~ ' keys still wait (' ~ sync_object('pending_keys') ~ ')') -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
