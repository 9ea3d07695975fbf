{#
  Purpose: a constraint or index that was added to a mart's YAML reaches the table that is
  already there (law 7): dbt applies contracts and indexes only when it creates a table.
  Each constraint of the contract has a name, and in the database a comment with a hash of its
  definition; one that is missing is added, one whose definition changed is replaced, both in
  the model's own transaction: where the rows do not allow it, the build is red.
#}
{% macro ensure_contract() %}
    {%- if not execute or not is_own_table(this) -%}{{ return('') }}{%- endif -%}
    {#- checks that wait for the commit would forbid to alter the table -#}
    {%- do run_query('set constraints all immediate') -%}
    {%- do run_with_short_locks('the constraints of ' ~ this.identifier, _changes_of_constraints(own=true) + _missing_not_null()) -%}
    {%- do ensure_indexes() -%}
{% endmacro %}


{#
  The foreign keys, as the last step: each locks the table it points at against writers until the commit.
#}
{% macro ensure_foreign_keys() %}
    {%- if execute and is_own_table(this) -%}
        {%- do run_query('set constraints all immediate') -%}
        {%- do run_with_short_locks('the foreign keys of ' ~ this.identifier, _changes_of_constraints(own=false)) -%}
    {%- endif -%}
{% endmacro %}


{# Whether a relation is a table: `dbt clone` makes views, which bear neither constraints nor indexes. #}
{% macro is_own_table(relation) %}
    {{ return(run_query(
        "select 1 from pg_class where oid = to_regclass(" ~ literal(relation.include(database=false)) ~ ") and relkind in ('r', 'p')"
    ).rows | length > 0) }}
{% endmacro %}


{# Statements that bring the table's constraints to the contract: foreign keys, or those of its own. #}
{% macro _changes_of_constraints(own) %}
    {%- set found = _found_constraints() -%}
    {%- set statements = [] -%}
    {%- for constraint in _wanted_constraints(own) -%}
        {%- set name = adapter.quote(constraint.name) -%}
        {%- if constraint.name in found and found[constraint.name] != constraint.hash -%}
            {%- do statements.append('alter table ' ~ this ~ ' drop constraint ' ~ name) -%}
        {%- endif -%}
        {%- if constraint.definition and found.get(constraint.name) != constraint.hash -%}
            {%- do statements.append('alter table ' ~ this ~ ' add ' ~ constraint.definition) -%}
            {%- do statements.append('comment on constraint ' ~ name ~ ' on ' ~ this ~ ' is ' ~ literal(constraint.hash)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(statements) }}
{% endmacro %}


{#
  The contract's constraints as [{name, definition, hash}], in their order, foreign keys or those of its own. Of a foreign key `expression` is what follows
  the columns; one that may not be made here has no definition.
#}
{% macro _wanted_constraints(own) %}
    {%- set wanted = [] -%}
    {%- for constraint in (model.constraints or []) + _optional_foreign_keys() if (constraint.type != 'foreign_key') == own -%}
        {%- if not constraint.name -%}
            {%- do exceptions.raise_compiler_error('Every constraint of ' ~ model.name ~ ' needs a name.') -%}
        {%- endif -%}
        {%- if constraint.type == 'foreign_key' -%}
            {%- set table = foreign_key_target(constraint.to) -%}
            {%- set definition = table and 'constraint ' ~ adapter.quote(constraint.name) ~ ' foreign key (' ~ constraint.columns | join(', ')
                ~ ') references ' ~ table ~ ' (' ~ constraint.to_columns | join(', ') ~ ') ' ~ constraint.expression -%}
        {%- else -%}
            {%- set definition = adapter.render_raw_model_constraints(raw_constraints=[constraint])[0] -%}
        {%- endif -%}
        {%- do wanted.append({
            'name': constraint.name, 'definition': definition, 'hash': 'contract ' ~ local_md5(definition or '')
        }) -%}
    {%- endfor -%}
    {{ return(wanted) }}
{% endmacro %}


{#
  The table that a foreign key points at, without the database; none where it is not to be made: at a legacy table only in production, and
  at a model only in the own schema. (With `--defer` dbt names the table of the other schema, also where the own one has it.)
  Argument: the table as dbt names it.
#}
{% macro foreign_key_target(to) %}
    {%- set names = to[1:-1].split('"."') -%}
    {%- set table = api.Relation.create(schema=names[-2], identifier=names[-1]) -%}
    {%- if names[-2] == var('legacy_schema') -%}
        {{ return(table if is_in_production() else none) }}
    {%- endif -%}
    {%- set own = api.Relation.create(schema=this.schema, identifier=names[-1]) -%}
    {{ return(own if is_own_table(own) else none) }}
{% endmacro %}


{# Whether the target is the one that applications use. One that is not puts nothing on the legacy tables. #}
{% macro is_in_production() %}
    {{ return(target.name not in var('targets_beside_production')) }}
{% endmacro %}


{# Foreign keys under `meta: optional_foreign_keys`, to legacy tables that a database may lack. #}
{% macro _optional_foreign_keys() %}
    {%- set keys = [] -%}
    {%- for name, key in config.get('meta', {}).get('optional_foreign_keys', {}).items() -%}
        {%- set table = source('legacy', key.table) -%}
        {%- if is_in_database(table) -%}
            {%- do keys.append({
                'name': name, 'type': 'foreign_key', 'columns': [key.column],
                'to': table | string, 'to_columns': ['id'], 'expression': 'on delete cascade'
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(keys) }}
{% endmacro %}


{# The table's constraints: name → the comment on it ('' without one). #}
{% macro _found_constraints() %}
    {%- set query -%}
        select conname, coalesce(obj_description(oid, 'pg_constraint'), '') as comment
        from pg_constraint where conrelid = {{ literal(this) }}::regclass
    {%- endset -%}
    {%- set found = {} -%}
    {%- for row in run_query(query).rows -%}{%- do found.update({row.conname: row.comment}) -%}{%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# Statements for the columns that the contract wants filled and the table does not. #}
{% macro _missing_not_null() %}
    {%- set query -%}
        select attname from pg_attribute
        where attrelid = {{ literal(this) }}::regclass and attnum > 0 and not attisdropped and not attnotnull
    {%- endset -%}
    {%- set nullable = run_query(query).columns[0].values() -%}
    {%- set statements = [] -%}
    {%- for column in model.columns.values() -%}
        {%- if column.name in nullable and 'not_null' in column.constraints | map(attribute='type') -%}
            {%- do statements.append('alter table ' ~ this ~ ' alter column ' ~ column.name ~ ' set not null') -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(statements) }}
{% endmacro %}


{# The same for a test, which has the key as the YAML names it: `ref('…')` or `source('…', '…')`. #}
{% macro foreign_key_is_made(to, schema) %}
    {%- if to.startswith('source') -%}{{ return(is_in_production()) }}{%- endif -%}
    {{ return(not is_deferring() or is_own_table(api.Relation.create(schema=schema, identifier=to.split("'")[1]))) }}
{% endmacro %}


{# Whether the command reads what it does not build from another target's schemas. #}
{% macro is_deferring() %}
    {{ return(execute and invocation_args_dict.get('defer', false)) }}
{% endmacro %}
