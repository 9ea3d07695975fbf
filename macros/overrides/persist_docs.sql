{#
  Purpose: a comment is written only where another one stands: each one written locks the relation, and tells event triggers (an API that
  reloads its schema) of a change that is none. Overrides dbt's macro of this name.
#}
{% macro postgres__persist_docs(relation, model, for_relation, for_columns) %}
    {%- set wanted = {} -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do wanted.update({'': model.description}) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() and model.columns -%}
        {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
        {%- for name, column in validate_doc_columns(relation, model.columns, present).items() -%}
            {%- do wanted.update({name: column.description}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set found = _found_comments(relation) -%}
    {%- set statements = [] -%}
    {%- for name, comment in wanted.items() if comment != found.get(name, '') -%}
        {%- set what = 'column ' ~ relation ~ '.' ~ adapter.quote(name) if name else relation.type ~ ' ' ~ relation -%}
        {%- do statements.append('comment on ' ~ what ~ ' is ' ~ postgres_escape_comment(comment)) -%}
    {%- endfor -%}
    {%- if statements -%}{%- do run_query(statements | join(';\n')) -%}{%- endif -%}
{% endmacro %}


{# The comments on a relation: column → text, '' for the relation itself. #}
{% macro _found_comments(relation) %}
    {%- set query -%}
        select coalesce(attname, '') as name, description
        from pg_description
        left join pg_attribute on objoid = attrelid and objsubid = attnum and objsubid > 0
        where classoid = 'pg_class'::regclass and objoid = to_regclass({{ literal(relation.include(database=false)) }})
    {%- endset -%}
    {%- set found = {} -%}
    {%- for row in run_query(query).rows -%}{%- do found.update({row.name: row.description}) -%}{%- endfor -%}
    {{ return(found) }}
{% endmacro %}
