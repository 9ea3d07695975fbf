{#
  Purpose: a column that an application adds to a table of ours is none of ours: builds leave it as it is. Only what a model yields and its table
  lacks stops the build. Overrides dbt's own macro, which takes an added column for a change of the model.
#}
{% macro postgres__check_for_schema_changes(source_relation, target_relation) %}
    {%- set changes = dbt.default__check_for_schema_changes(source_relation, target_relation) -%}
    {%- do changes.update({
        'target_not_in_source': [],
        'schema_changed': changes.source_not_in_target != [] or changes.new_target_types != []
    }) -%}
    {{ return(changes) }}
{% endmacro %}
