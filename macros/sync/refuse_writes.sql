{#
  Purpose: while dual-write is off, one side alone can be written, so that nothing drifts apart. Whoever writes the other one is told so. What a
  build or the synchronisation writes itself is marked, and passes.
#}
{% macro refuse_writes_function() %}
    {%- set body -%}
    begin
        if coalesce(pg_catalog.current_setting('personas.sync_depth', true), '') operator(pg_catalog.<>) '' then
            return null;
        end if;
        raise exception '% of %.% is refused: dual-write is off, and the % side is the one that is written',
            pg_catalog.lower(tg_op), tg_table_schema, tg_table_name, tg_argv[0]
        using
            errcode = 'read_only_sql_transaction',
            hint = 'Write there, or switch dual-write on: personas dual-write on';
    end;
    {%- endset -%}
    {{ return(sync_function('refuse_writes', '', 'trigger', body, is_pinned=false)) }}
{% endmacro %}
