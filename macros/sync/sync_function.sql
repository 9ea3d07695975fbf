{# A function, table or type of the synchronisation: all of them stand in a schema of their own, `<target>_sync`. #}
{% macro sync_object(name) -%}
    {{ adapter.quote(target.schema ~ '_sync') }}.{{ name }}
{%- endmacro %}


{#
  Purpose: a function of the synchronisation. It runs with the rights of its owner, who owns the tables, so that an
  application needs none on the other side; and with a pinned search path, so that nobody can slip it an operator.
  Its plans are made once: planning the chain takes longer than reading one persona through it.
  Arguments: `name`; `arguments` and `returns` in SQL; `body`, PL/pgSQL; `settings`, more of them; `is_pinned`, whether
  the search path is. What an application's own statement runs is not, so there every operator is spelt out.
  Variables win over columns: an application may give a column any name. A column of ours has no variable's name, or is qualified.
#}
{% macro sync_function(name, arguments, returns, body, settings=[], is_pinned=true) -%}
    create or replace function {{ sync_object(name) }}({{ without_database(arguments) }})
    returns {{ without_database(returns) }}
    language plpgsql
    security definer
    {%- if is_pinned %}
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan
    set jit = off
    {%- endif %}
    {%- for setting in settings %}
    set {{ setting }}
    {%- endfor %}
    as $sync_function$
    #variable_conflict use_variable
    {{ without_database(body) }}
    $sync_function$
{%- endmacro %}


{#
  The type of a mart's row: the columns that its contract names. A column that an application adds is none of ours, and is in no row
  that these functions hand on.
#}
{% macro mart_row(name) -%}
    {{ return(sync_object('row_of_' ~ name)) }}
{%- endmacro %}


{# The columns of a mart, name → type, by its contract. #}
{% macro mart_columns(name) %}
    {%- set columns = {} -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == name -%}
        {%- for column in node.columns.values() -%}{%- do columns.update({column.name: column.data_type}) -%}{%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}


{# A row of a mart, or of what has its columns, as that type: `row(new_rows.id, …)::personas_sync.row_of_personas`. #}
{% macro as_mart_row(name, row) -%}
    row({% for column in mart_columns(name) %}{{ row }}.{{ column }}{{ ', ' if not loop.last }}{% endfor %})::{{ mart_row(name) }}
{%- endmacro %}


{% macro mart_row_types() %}
    {%- set types = [] -%}
    {%- for name in ['personas', 'persona_source_mapping', 'persona_link_source_mapping'] + synced_mappings() | list -%}
        {%- set columns = [] -%}
        {%- for column, data_type in mart_columns(name).items() -%}{%- do columns.append(column ~ ' ' ~ data_type) -%}{%- endfor -%}
        {%- do types.append('create type ' ~ mart_row(name) ~ ' as (' ~ columns | join(', ') ~ ')') -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}


{# Relations without their database: "d"."s"."t" → "s"."t". A database may get another name, or be restored under one. #}
{% macro without_database(text) -%}
    {{ modules.re.sub(modules.re.escape(adapter.quote(target.database)) ~ '[.]("[^"]+"[.]"[^"]+")', '\\1', text | string) }}
{%- endmacro %}


{#
  What reads the chain: the settings that decide which text stands for a value (as `personas.session`, compared by a test); and where row level
  security would hide rows from the tables' own owner (`force`), an error in their place.
#}
{% macro reading_settings() -%}
    {{ return([
        "timezone = 'UTC'", "datestyle = 'ISO, MDY'", "intervalstyle = 'iso_8601'",
        "bytea_output = 'hex'", 'extra_float_digits = 1', "lc_monetary = 'C'", 'quote_all_identifiers = off', 'row_security = off'
    ]) }}
{%- endmacro %}


{#
  A function that yields rows of a mart, or of a legacy table, as the chain of views says they are to be. `is_wide`: it joins more tables
  than PostgreSQL by itself puts in the best order; else it would read all personas to find a few.
#}
{% macro sync_reader(name, arguments, rows, query, is_wide=false) -%}
    {%- set returns = rows if (rows | string).startswith('table (') else 'setof ' ~ rows -%}
    {{ return(sync_function(name, arguments, returns, 'begin return query ' ~ query ~ '; end',
        reading_settings() + (['join_collapse_limit = 16', 'from_collapse_limit = 16'] if is_wide else [])
    )) }}
{%- endmacro %}


{#
  Purpose: the search path under which statements of ours on one side (`legacy`, `new`), and so an application's triggers on what they
  write, run; as a literal. These triggers name things without a schema, and have the owner's rights then: so it is no path of
  whoever wrote on the other side, who could have them run what he likes. It is the schema that is written, the other one (a name such as
  `persona_role_mapping` stands in both), and the owner's own path.
#}
{% macro application_path(side) -%}
    {%- set schemas = [quoted_name(source('legacy', 'dh_personas').schema), quoted_name(target.schema)] -%}
    {%- if side == 'new' -%}{%- set schemas = schemas | reverse | list -%}{%- endif -%}
    {%- set owners = run_query(_owners_path()).rows[0].path -%}
    {%- do schemas.append(owners) if owners -%}
    {{ literal((schemas + ['pg_temp']) | join(', ')) }}
{%- endmacro %}


{# The search path that the tables' owner has by default, as a query: not this session's, which may have been given another one. #}
{% macro _owners_path() %}
    select coalesce(
        (
            select substr(setting, length('search_path=') + 1)
            from pg_db_role_setting
            cross join lateral unnest(setconfig) as setting
            where
                setdatabase in (0, (select oid from pg_database where datname = current_database()))
                and setrole in (0, (select relowner from pg_class where oid = {{ literal(ref('personas')) }}::regclass))
                and starts_with(setting, 'search_path=')
            order by setrole <> 0 desc, setdatabase <> 0 desc
            limit 1
        ),
        (select case when source in ('client', 'session') then boot_val else reset_val end from pg_settings where name = 'search_path')
    ) as path
{% endmacro %}


{#
  Statements of our own are marked, so that our triggers on the other side know them (`is_own_write`). Where an application may have
  triggers they also run under the search path for these (`application_path`). Argument: `side`, the one that is written; none: the path stays.
#}
{% macro begin_own_writes(side) -%}
    marked_before := current_setting('personas.sync_depth', true);
    perform set_config('personas.sync_depth', (pg_trigger_depth() + 1)::text, true)
    {%- if side %}, set_config('search_path', {{ application_path(side) }}, true){% endif %};
{%- endmacro %}


{% macro end_own_writes() -%}
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
        pg_catalog.set_config('personas.sync_depth', coalesce(marked_before, ''), true);
{%- endmacro %}


{#
  Whether the statement that fired this trigger is one of the synchronisation's own. It is exactly when it was issued by a
  function of ours that runs now, one level further out: what an application's trigger does in between is deeper, and is synced.
#}
{% macro is_own_write() -%}
    pg_catalog.current_setting('personas.sync_depth', true) operator(pg_catalog.=) pg_catalog.pg_trigger_depth()::pg_catalog.text
{%- endmacro %}
