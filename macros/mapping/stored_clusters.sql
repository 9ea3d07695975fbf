{#
  Purpose: `int_persona_clusters` as earlier builds left it, or none before the first. What is
  stored there is input to the models that it is built from, which `ref` cannot say.
#}
{% macro stored_clusters() %}
    {%- if not execute or model.resource_type != 'model' -%}{{ return(none) }}{%- endif -%}
    {{ return(load_relation(api.Relation.create(
        database=target.database,
        schema=generate_schema_name('intermediate', model),
        identifier='int_persona_clusters'
    ))) }}
{% endmacro %}
