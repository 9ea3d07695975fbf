{#
  Purpose: a database in which letters are not what they are elsewhere is refused before anything is made in it: another encoding than UTF8
  cannot hold every text, and in the locale `C` `Ä` is no letter and has no lower case, so that the same rows would give other personas.
  (Nothing here depends on the locale's order: ids are ordered, and texts are ordered by bytes.)
  Called before the first schema is made, and by the first hook.
#}
{% macro check_database() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set found = run_query("select current_database() as name, pg_encoding_to_char(encoding) as encoding, datctype as locale
        from pg_database where datname = current_database()").rows[0] -%}
    {%- if found.encoding != 'UTF8' -%}
        {%- do exceptions.raise_compiler_error(
            'The database ' ~ found.name ~ ' has the encoding ' ~ found.encoding ~ ', and only UTF8 holds every text. Nothing was built. '
            ~ "Make a database with: create database … template template0 encoding 'UTF8', and load the legacy tables there."
        ) -%}
    {%- endif -%}
    {%- set letters = "select lower('ÄÉÑŁČΩЖI') = 'äéñłčωжi' and 'Ä' ~ '^[[:alnum:]]$' and 'Я' ~ '^\\w$' as are_known" -%}
    {%- if not run_query(letters).rows[0].are_known -%}
        {%- do exceptions.raise_compiler_error(
            'The database ' ~ found.name ~ ' has the locale ' ~ found.locale ~ ', in which letters such as Ä have no lower case as elsewhere, so that names would '
            ~ 'be matched otherwise. Nothing was built. Make a database with the locale C.UTF-8 (create database … template template0 '
            ~ "lc_ctype 'C.UTF-8'), and load the legacy tables there."
        ) -%}
    {%- endif -%}
{% endmacro %}


{# Overrides dbt's macro of this name, which runs before any hook. #}
{% macro postgres__create_schema(relation) -%}
    {%- do check_database() -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation.without_identifier().include(database=false) }}
    {%- endcall -%}
{%- endmacro %}


{#
  PostgreSQL cuts a name at 63 bytes: two schemas would become one. Overrides dbt's macro of this name, which is asked when dbt parses,
  before anything is made.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set longest = 63 - '_intermediate' | length -%}
    {%- if target.schema.encode('utf-8') | length > longest -%}
        {%- do exceptions.raise_compiler_error(
            'The schema name ' ~ target.schema ~ ' has ' ~ target.schema.encode('utf-8') | length ~ ' bytes; at most ' ~ longest
            ~ ' leave room for what is appended to it (_intermediate). Choose a shorter one (PERSONAS_SCHEMA). Nothing was built.'
        ) -%}
    {%- endif -%}
    {{- default__generate_schema_name(custom_schema_name, node) -}}
{%- endmacro %}
