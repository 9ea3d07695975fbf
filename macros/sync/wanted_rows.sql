{#
  Purpose: what the chain of views says of some personas, as functions that yield rows of the marts: the views that
  the build reads, filtered by key.
#}
{% macro wanted_rows_functions() %}
    {%- set of_one_row = [] -%}
    {%- for table in ['dh_personas', 'org_personas'] -%}
        {%- do of_one_row.append(sync_reader('wanted_personas_of_' ~ table, 'ids uuid[]', mart_row('personas'), _wanted_personas_of(table))) -%}
        {%- do of_one_row.append(sync_reader('wanted_sources_of_' ~ table, 'ids uuid[]', mart_row('persona_source_mapping'), _wanted('int_persona_sources', 'persona_source_mapping') ~ " and source_table = '" ~ table ~ "'")) -%}
    {%- endfor -%}
    {{ return(of_one_row + [
        sync_reader('wanted_personas', 'ids uuid[]', mart_row('personas'), _wanted_personas()),
        sync_reader('wanted_industries', 'ids uuid[]', mart_row('persona_industry_mapping'), _wanted('int_persona_industries_chosen', 'persona_industry_mapping')),
        sync_reader('wanted_roles', 'ids uuid[]', mart_row('persona_role_mapping'),
            _wanted('int_persona_roles', 'persona_role_mapping')),
        sync_reader('wanted_jobs', 'ids uuid[]', mart_row('persona_jtbd_mapping'),
            _wanted('int_persona_jobs', 'persona_jtbd_mapping')),
        sync_reader('wanted_sources', 'ids uuid[]', mart_row('persona_source_mapping'), _wanted('int_persona_sources', 'persona_source_mapping')),
        sync_reader('wanted_links', 'ids uuid[], link_table text', mart_row('persona_link_source_mapping'),
            _wanted('int_persona_links', 'persona_link_source_mapping') ~ ' and source_table = link_table and source_deleted_at is null')
    ]) }}
{% endmacro %}


{% macro _wanted_personas() %}
    select {{ personas_columns() | join(', ') }} from {{ ref('int_personas_merged') }} where id = any(ids)
{% endmacro %}


{# Of personas of one row of one table, which most are: then PostgreSQL leaves out every other branch of the chain. #}
{% macro _wanted_personas_of(table) %}
    select {{ personas_columns() | join(', ') }} from {{ ref('int_personas_described') }}
    where id = any(ids) and of_table = '{{ table }}'
{% endmacro %}


{# What a view of the chain says of some personas, in the columns of a mart. #}
{% macro _wanted(view, mart) -%}
    select {{ mart_columns(mart) | join(', ') }} from {{ ref(view) }} where persona_id = any(ids)
{%- endmacro %}
