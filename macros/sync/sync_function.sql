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
#}
{% macro sync_function(name, arguments, returns, body, settings=[], is_pinned=true) -%}
    create or replace function {{ sync_object(name) }}({{ _without_database(arguments) }})
    returns {{ _without_database(returns) }}
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
    #variable_conflict use_column
    {{ _without_database(body) }}
    $sync_function$
{%- endmacro %}


{# Relations without their database: "d"."s"."t" → "s"."t". A database may get another name, or be restored under one. #}
{% macro _without_database(text) -%}
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
  Purpose: the search path under which statements of ours, and so an application's triggers on what they write, run; as a literal. These
  triggers name things without a schema, and have the owner's rights then: so it is no path of whoever wrote on the other side, who
  could have them run what he likes, and need not know of this side's schemas. It is both schemas and the owner's own.
#}
{% macro application_path() -%}
    {%- set schemas = [quoted_name(source('legacy', 'dh_personas').schema), quoted_name(target.schema)] -%}
    {#- its default: this very session may have been given another one meanwhile -#}
    {%- set owners = run_query("select reset_val from pg_settings where name = 'search_path'").rows[0].reset_val -%}
    {%- do schemas.append(owners) if owners -%}
    '{{ (schemas + ['pg_temp']) | join(', ') | replace("'", "''") }}'
{%- endmacro %}


{#
  Statements of our own are marked, so that our triggers on the other side know them (`is_own_write`). Where an application may have
  triggers they also run under the search path for these (`application_path`; variable `path` of the function).
#}
{% macro begin_own_writes(as_application=true) -%}
    marked_before := current_setting('personas.sync_depth', true);
    perform set_config('personas.sync_depth', (pg_trigger_depth() + 1)::text, true)
    {%- if as_application %}, set_config('search_path', path, true){% endif %};
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
