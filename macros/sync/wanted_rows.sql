{#
  Purpose: what the chain of views says of some personas, as functions that yield rows of the marts: the views that
  the build reads, filtered by key.
#}
{% macro wanted_rows_functions() %}
    {%- set of_one_row = [] -%}
    {%- for table in ['dh_personas', 'org_personas'] -%}
        {%- do of_one_row.append(sync_reader('wanted_personas_of_' ~ table, 'ids uuid[]', mart_row('personas'), _wanted_personas_of(table))) -%}
        {%- do of_one_row.append(sync_reader('wanted_sources_of_' ~ table, 'ids uuid[]', mart_row('persona_source_mapping'), _wanted_sources_of(table))) -%}
    {%- endfor -%}
    {{ return(of_one_row + [
        sync_reader('wanted_personas', 'ids uuid[]', mart_row('personas'), _wanted_personas()),
        sync_reader('wanted_industries', 'ids uuid[]', mart_row('persona_industry_mapping'), _wanted_industries()),
        sync_reader('wanted_roles', 'ids uuid[]', mart_row('persona_role_mapping'),
            'select ' ~ mart_columns('persona_role_mapping') | join(', ') ~ ' from ' ~ ref('int_persona_roles') ~ ' where persona_id = any(ids)'),
        sync_reader('wanted_jobs', 'ids uuid[]', mart_row('persona_jtbd_mapping'),
            'select ' ~ mart_columns('persona_jtbd_mapping') | join(', ') ~ ' from ' ~ ref('int_persona_jobs') ~ ' where persona_id = any(ids)'),
        sync_reader('wanted_sources', 'ids uuid[]', mart_row('persona_source_mapping'), _wanted_sources()),
        sync_reader('wanted_links', 'ids uuid[], link_table text', mart_row('persona_link_source_mapping'), _wanted_links())
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


{% macro _wanted_sources_of(table) %}
    select
        clusters.source_table,
        clusters.source_id,
        clusters.persona_id,
        clusters.match_rule,
        clusters.match_probability,
        residuals.residual,
        clusters.first_seen_at,
        clusters.source_deleted_at
    from {{ ref('int_persona_clusters') }} as clusters
    inner join {{ ref('int_persona_residuals') }} as residuals
        on
            clusters.source_id = residuals.source_id
            and residuals.source_table = '{{ table }}'
            and residuals.persona_id = any(ids)
    where clusters.source_table = '{{ table }}'
{% endmacro %}


{% macro _wanted_industries() %}
    {{ chain_industries() }} where persona_id = any(ids)
{% endmacro %}


{# As the model: whoever chose another primary industry in the new world keeps it. #}
{% macro chain_industries() %}
    select
        persona_id,
        industry_id,
        is_primary and not exists (
            select from {{ ref('persona_industry_mapping') }} as chosen
            where
                chosen.persona_id = industries.persona_id
                and chosen.industry_id <> industries.industry_id
                and chosen.origin = 'new'
                and chosen.is_primary
        ) as is_primary,
        industry_specific_id,
        industry_metadata,
        origin
    from {{ ref('int_persona_industries') }} as industries
{% endmacro %}


{% macro _wanted_sources() %}
    select
        clusters.source_table,
        clusters.source_id,
        clusters.persona_id,
        clusters.match_rule,
        clusters.match_probability,
        coalesce(
            case when clusters.source_deleted_at is null then residuals.residual end, stored.residual, '{}'
        ),
        clusters.first_seen_at,
        clusters.source_deleted_at
    from {{ ref('int_persona_clusters') }} as clusters
    left join (
        select * from {{ ref('int_persona_residuals') }} where persona_id = any(ids)
    ) as residuals using (source_table, source_id)
    left join {{ ref('persona_source_mapping') }} as stored using (source_table, source_id)
    where clusters.persona_id = any(ids)
{% endmacro %}


{% macro _wanted_links() %}
    select
        links.source_table,
        links.source_id,
        links.pointer,
        links.persona_id,
        links.target_id,
        coalesce(residuals.residual, '{}'),
        null::timestamptz
    from (
        select * from {{ ref('int_persona_link_sources') }}
        where source_table = link_table and persona_id = any(ids)
    ) as links
    left join (
        select * from {{ ref('int_persona_link_residuals') }}
        where source_table = link_table and persona_id = any(ids)
    ) as residuals using (source_table, source_id, pointer)
{% endmacro %}
