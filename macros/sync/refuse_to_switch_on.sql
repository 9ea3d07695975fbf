{#
  Purpose: what must be so before dual-write is switched on, asked before anything is changed, and said in one line each.
#}
{% macro refuse_to_switch_on() %}
    {%- do _refuse_missing_tables() -%}
    {%- do _refuse_missing_views() -%}
    {%- do _refuse_another_target() -%}
    {%- do _refuse_other_owners() -%}
    {%- do _refuse_unbuilt_columns() -%}
    {%- do _refuse_doubled_rows() -%}
{% endmacro %}


{% macro _refuse_missing_tables() %}
    {%- for name in ['personas', 'persona_source_mapping', 'persona_link_source_mapping', 'persona_industry_mapping', 'int_persona_clusters'] -%}
        {%- if not is_in_database(ref(name)) -%}
            {%- do exceptions.raise_compiler_error(
                'The table ' ~ ref(name) ~ ' is not there yet. Make the tables first, empty: dbt build --empty --exclude-resource-type test unit_test'
                ~ ' (`personas dual-write on` does it itself).'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{# The triggers read the chain of views. #}
{% macro _refuse_missing_views() %}
    {%- set names = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'chain_view' and 'audit' not in node.fqn -%}
        {%- do names.append(literal(without_database(node.relation_name))) -%}
    {%- endfor -%}
    {%- set missing = run_query(
        'select min(name) as name from unnest(array[' ~ names | join(', ') ~ ']) as name where to_regclass(name) is null'
    ).rows[0].name -%}
    {%- if missing -%}
        {%- do exceptions.raise_compiler_error(
            'Dual-write is as it was: the view ' ~ missing ~ ' is not there. Build first (personas build), then switch it on. Nothing was changed.'
        ) -%}
    {%- endif -%}
{% endmacro %}


{# The legacy tables are in step with one target: what the triggers of one write is no application's write to those of another. #}
{% macro _refuse_another_target() %}
    {%- set query -%}
        select min(nspname) as schema
        from pg_trigger
        inner join pg_proc on tgfoid = pg_proc.oid
        inner join pg_namespace on pronamespace = pg_namespace.oid
        where
            (starts_with(tgname, 'personas_sync_') or starts_with(tgname, 'personas_guard_'))
            {#- its schema may not be there yet #}
            and ({{ is_in_sync_schema('pronamespace') }}) is not true
            and tgrelid in (
                {%- for table, function, argument in synced_tables('legacy') + synced_tables('neighbours') -%}
                to_regclass({{ literal(table) }}){{ ', ' if not loop.last }}
                {%- endfor -%}
            )
    {%- endset -%}
    {%- set other = run_query(query).rows[0].schema -%}
    {%- if other -%}
        {%- do exceptions.raise_compiler_error(
            'Dual-write stays off in schema ' ~ target.schema ~ ': the legacy tables are kept in step with another target, whose triggers are in schema '
            ~ other ~ '. Switch it off there first (PERSONAS_SCHEMA=' ~ other[:-5] ~ ' personas dual-write off). Nothing was changed.'
        ) -%}
    {%- endif -%}
{% endmacro %}


{#
  The functions run with the rights of whoever owns them, and so do the triggers of applications that fire inside. So that these get no other rights
  than they had, one role owns all that is written, and the functions.
#}
{% macro _refuse_other_owners() %}
    {%- set query -%}
        select relation.oid::regclass::text as name, pg_get_userbyid(relation.relowner) as owner, current_user as me
        from pg_class as relation
        where
            relation.oid in (
                {%- for table, function, argument in synced_tables('legacy') + synced_tables('neighbours') + synced_tables('new') -%}
                to_regclass({{ literal(table) }}){{ ', ' if not loop.last }}
                {%- endfor -%}
            )
            and pg_get_userbyid(relation.relowner) <> current_user
        order by 1
    {%- endset -%}
    {%- for row in run_query(query).rows -%}
        {%- if loop.first -%}
            {%- do exceptions.raise_compiler_error(
                'Dual-write stays off: ' ~ row.name ~ ' belongs to ' ~ row.owner ~ ', not to ' ~ row.me
                ~ '. Its functions would lend the rights of ' ~ row.me ~ ' to triggers on that table. One role must own the legacy tables and the new ones:'
                ~ ' connect as that role, or give it the tables (alter table … owner to …). Nothing was changed.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{# A row is deleted, kept and brought back through the view that rebuilds its table: that must have all its columns. #}
{% macro _refuse_unbuilt_columns() %}
    {%- for table, function, argument in synced_tables('legacy') -%}
        {%- set query -%}
            select columns.attname
            from pg_attribute as columns
            where
                columns.attrelid = {{ literal(table) }}::regclass and columns.attnum > 0 and not columns.attisdropped
                and not exists (
                    select from pg_attribute as rebuilt
                    where
                        rebuilt.attrelid = to_regclass({{ literal(ref('legacy_' ~ argument)) }})
                        and rebuilt.attname = columns.attname and not rebuilt.attisdropped
                )
        {%- endset -%}
        {%- for row in run_query(query).rows if loop.first -%}
            {%- do exceptions.raise_compiler_error(
                'Dual-write is as it was: the column ' ~ row.attname ~ ' of ' ~ table ~ ' is newer than the last build.'
                ~ ' Build first (personas build), then switch it on. Nothing was changed.'
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
{% endmacro %}


{# As after a restore over tables that were not empty: without its primary key a table takes every row a second time. #}
{% macro _refuse_doubled_rows() %}
    {%- for table, function, argument in synced_tables('legacy') -%}
        {%- set doubled = run_query(
            'select count(*) as found from (select id from ' ~ table ~ ' group by id having count(*) > 1) as doubled'
        ).rows[0].found -%}
        {%- if doubled > 0 -%}
            {%- do exceptions.raise_compiler_error(
                'Dual-write is as it was: ' ~ doubled ~ ' ids stand more than once in ' ~ table
                ~ ', as after a restore over a table that was not empty. Delete the second rows and put the primary key back (docs/restoring.md),'
                ~ ' then switch it on. Nothing was changed.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
