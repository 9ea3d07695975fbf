{#
  Purpose: `dbt clone` copies tables. dbt's own way on PostgreSQL is a view of the other table: hooks cannot alter it, the next build drops
  it, and an update of it would write the other schema's table. Constraints and indexes are those of the contract; foreign keys come with the next build,
  since tables are copied in no order.
  What a build has proved is not copied: it was proved of the other schema. Overrides dbt's macros of these names.
#}
{% macro postgres__can_clone_table() %}
    {{ return(true) }}
{% endmacro %}


{% macro postgres__create_or_replace_clone(this_relation, defer_relation) %}
    {%- do run_query('create table ' ~ this_relation ~ ' (like ' ~ defer_relation ~ ' including defaults including comments)') -%}
    {%- if model.name != 'audit_builds' -%}
        {%- do run_query('insert into ' ~ this_relation ~ ' select * from ' ~ defer_relation) -%}
    {%- endif -%}
    {%- do ensure_contract() -%}
    {%- do ensure_primary_key() -%}
    {%- do run_query('analyze ' ~ this_relation) -%}
    {{ return('commit') }}
{% endmacro %}
