{#
  Purpose: a table as earlier builds left it, for views that it is built from, which `ref` cannot say. The view makes the table first
  (`make_stored`, a pre-hook), so that its text is the same on every day.
  None in unit tests, which know no tables.
#}
{% macro stored(name) %}
    {%- if not execute or model.resource_type != 'model' -%}{{ return(none) }}{%- endif -%}
    {%- set node = _node_of(name) -%}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias, type='table')) }}
{% endmacro %}


{% macro _node_of(name) %}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ name]) }}
{% endmacro %}


{# Makes a table of that contract, with its primary key, where it is not there yet; and a column that it has got since. #}
{% macro make_stored(name) %}
    {#- `dbt clone` copies the table itself -#}
    {%- if not execute or flags.WHICH == 'clone' -%}{{ return('') }}{%- endif -%}
    {%- set node = _node_of(name) -%}
    {%- set relation = stored(name) -%}
    {%- set columns = adapter.render_raw_columns_constraints(raw_columns=node.columns) -%}
    {%- if not is_in_database(relation) -%}
        {%- do adapter.create_schema(relation.without_identifier()) -%}
        {%- do run_query('create table ' ~ relation ~ ' (' ~ columns | join(', ') ~ ')') -%}
        {%- for constraint in node.constraints if constraint.type == 'primary_key' -%}
            {%- set definition = adapter.render_raw_model_constraints(raw_constraints=[constraint])[0] -%}
            {%- do run_query('alter table ' ~ relation ~ ' add ' ~ definition) -%}
            {%- do run_query(
                'comment on constraint ' ~ constraint.name ~ ' on ' ~ relation ~ " is 'contract " ~ local_md5(definition) ~ "'"
            ) -%}
        {%- endfor -%}
        {%- do adapter.cache_added(relation) -%}
    {%- elif name == 'int_persona_clusters' -%}
        {%- do _add_tenants(relation) -%}
    {%- endif -%}
{% endmacro %}


{# The tenants of rows that were stored before there was a column for them: what was kept of a deleted row says it, else its persona. #}
{% macro _add_tenants(clusters) %}
    {%- if 'tenant_id' in adapter.get_columns_in_relation(clusters) | map(attribute='name') -%}{{ return('') }}{%- endif -%}
    {%- do run_query('alter table ' ~ clusters ~ ' add column tenant_id uuid') -%}
    {%- if is_in_database(stored('personas')) and is_in_database(stored('persona_source_mapping')) -%}
        {%- set filled -%}
            update {{ clusters }} as clusters
            set tenant_id = coalesce((sources.residual ->> 'tenant_id')::uuid, personas.tenant_id)
            from {{ stored('persona_source_mapping') }} as sources
            inner join {{ stored('personas') }} as personas on sources.persona_id = personas.id
            where
                clusters.source_table = 'org_personas'
                and clusters.source_table = sources.source_table
                and clusters.source_id = sources.source_id
        {%- endset -%}
        {%- do run_query(filled) -%}
    {%- endif -%}
{% endmacro %}
