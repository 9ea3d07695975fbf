{#
  Purpose: while dual-write is off, one side alone can be written, so that nothing drifts apart. Whoever writes the other one is told so. What a
  build or the synchronisation writes itself is marked, and passes. So does what follows on the new side from a role, an industry or a job
  that the old application deletes: it could delete them before there was a new side.
#}
{% macro refuse_writes_function() %}
    {%- set body -%}
    declare
        context pg_catalog.text;
    begin
        if coalesce(pg_catalog.current_setting('personas.sync_depth', true), '') operator(pg_catalog.<>) '' then
            return null;
        end if;
        get diagnostics context = pg_context;
        {#- a foreign key's own statement, which has no other mark than its text; it comes even where no row refers #}
        if
            tg_argv[0] operator(pg_catalog.=) 'legacy'
            and pg_catalog.split_part(context, E'\n', 2)
            operator(pg_catalog.~) '(DELETE FROM|UPDATE) ONLY .* WHERE [$][0-9]+[^ ]* OPERATOR[(]pg_catalog[.]=[)] '
        then
            return null;
        end if;
        raise exception '% of %.% is refused: dual-write is off, and the % side is the one that is written',
            pg_catalog.lower(tg_op), tg_table_schema, tg_table_name, tg_argv[0]
        using
            errcode = 'read_only_sql_transaction',
            hint = 'Write there, or switch dual-write on: personas dual-write on';
    end;
    {%- endset -%}
    {{ return(sync_function('refuse_writes', '', 'trigger', body)) }}
{% endmacro %}
