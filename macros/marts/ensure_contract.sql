{#
  Purpose: a constraint or index that was added to a mart's YAML reaches the table that is
  already there (law 7): dbt applies contracts and indexes only when it creates a table.
  Each constraint of the contract has a name, and in the database a comment with a hash of its
  definition; one that is missing is added, one whose definition changed is replaced, both in
  the model's own transaction: where the rows do not allow it, the build is red.
#}
{% macro ensure_contract() %}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {#- checks that wait for the commit would forbid to alter the table -#}
    {%- do run_query('set constraints all immediate') -%}
    {%- for constraint in _wanted_constraints() -%}
        {%- set found = _found_constraints().get(constraint.name) -%}
        {%- if found is none -%}
            {%- do run_query('alter table ' ~ this ~ ' add ' ~ constraint.definition) -%}
        {%- elif found != constraint.hash -%}
            {%- do run_query('alter table ' ~ this ~ ' drop constraint ' ~ constraint.name) -%}
            {%- do run_query('alter table ' ~ this ~ ' add ' ~ constraint.definition) -%}
        {%- endif -%}
        {%- if found != constraint.hash -%}
            {%- do run_query('comment on constraint ' ~ constraint.name ~ ' on ' ~ this ~ " is '" ~ constraint.hash ~ "'") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do _ensure_not_null() -%}
    {%- do ensure_indexes() -%}
{% endmacro %}


{# The contract's constraints as [{name, definition, hash}], in their order. #}
{% macro _wanted_constraints() %}
    {%- set wanted = [] -%}
    {%- for constraint in model.constraints + _optional_foreign_keys() -%}
        {%- if not constraint.name -%}
            {%- do exceptions.raise_compiler_error('Every constraint of ' ~ model.name ~ ' needs a name.') -%}
        {%- endif -%}
        {%- set definition = adapter.render_raw_model_constraints(raw_constraints=[constraint])[0] -%}
        {%- do wanted.append({
            'name': constraint.name, 'definition': definition, 'hash': 'contract ' ~ local_md5(definition)
        }) -%}
    {%- endfor -%}
    {{ return(wanted) }}
{% endmacro %}


{# Foreign keys under `meta: optional_foreign_keys`, to legacy tables that a database may lack. #}
{% macro _optional_foreign_keys() %}
    {%- set keys = [] -%}
    {%- for name, key in config.get('meta', {}).get('optional_foreign_keys', {}).items() -%}
        {%- set table = source('legacy', key.table) -%}
        {%- if is_in_database(table) -%}
            {%- do keys.append({
                'name': name, 'type': 'foreign_key', 'columns': [key.column],
                'expression': table.include(database=false) ~ ' (id) on delete cascade'
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(keys) }}
{% endmacro %}


{# The table's constraints: name → the comment on it ('' without one). #}
{% macro _found_constraints() %}
    {%- set query -%}
        select conname, coalesce(obj_description(oid, 'pg_constraint'), '') as comment
        from pg_constraint where conrelid = '{{ this }}'::regclass
    {%- endset -%}
    {%- set found = {} -%}
    {%- for row in run_query(query).rows -%}{%- do found.update({row.conname: row.comment}) -%}{%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{% macro _ensure_not_null() %}
    {%- set query -%}
        select attname from pg_attribute
        where attrelid = '{{ this }}'::regclass and attnum > 0 and not attisdropped and not attnotnull
    {%- endset -%}
    {%- set nullable = run_query(query).columns[0].values() -%}
    {%- for column in model.columns.values() -%}
        {%- if column.name in nullable and 'not_null' in column.constraints | map(attribute='type') -%}
            {%- do run_query('alter table ' ~ this ~ ' alter column ' ~ column.name ~ ' set not null') -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
