{#
  Purpose: `int_persona_clusters` and `personas` change in one transaction, so that an old id never leads to a persona that is not there (law 4),
  whatever fails or is stopped in between. The model of the first writes what is to change into a table, and a pre-hook of the second
  takes it over, in the same dbt command: what another command left there may rest on decisions that were taken back since.
#}
{% macro cluster_changes() -%}
    {{ return(ref('int_persona_clusters').include(database=false).incorporate(path={'identifier': 'int_persona_cluster_changes'})) }}
{%- endmacro %}


{# Before `int_persona_clusters` reads: what it will have seen. #}
{% macro remember_snapshot() %}
    select set_config('personas.build_snapshot', pg_current_snapshot()::text, true)
{% endmacro %}


{# In place of writing `int_persona_clusters`: the rows that are to change, and the snapshot. #}
{% macro keep_cluster_changes_sql(target, source, columns) %}
    {%- set changes = target.include(database=false).incorporate(path={'identifier': 'int_persona_cluster_changes'}) -%}
    drop table if exists {{ changes }};
    create table {{ changes }} (
        like {{ target }}, invocation_id text not null, read_in pg_snapshot not null, primary key (source_table, source_id)
    );
    insert into {{ changes }} ({{ columns | join(', ') }}, invocation_id, read_in)
    select
        {%- for column in columns %} new_row.{{ column }},{% endfor %}
        '{{ invocation_id }}',
        current_setting('personas.build_snapshot')::pg_snapshot
    from {{ source }} as new_row
    left join {{ target }} as old_row using (source_table, source_id)
    where old_row.source_table is null or {{ _row_of('old_row', columns) }} *<> {{ _row_of('new_row', columns) }};
    analyze {{ changes }}
{% endmacro %}


{# Before `personas` is worked out, in its transaction. #}
{% macro take_over_cluster_changes() %}
    {#- with `--defer` the changes may be production's, which is none of this build's business -#}
    {%- if not execute or flags.EMPTY or not is_of_this_target(ref('int_persona_clusters')) -%}{{ return('') }}{%- endif -%}
    {%- set changes = cluster_changes() -%}
    {%- if is_in_database(changes)
        and run_query('select from ' ~ changes ~ ' where invocation_id = ' ~ literal(invocation_id) ~ ' limit 1').rows -%}
        {%- if is_incremental() -%}{%- do run_query('lock table ' ~ this ~ ' in row exclusive mode') -%}{%- endif -%}
        {%- if not new_side_is_ahead() -%}
            {%- if dual_write_is_on() -%}
                {%- do run_query('select ' ~ sync_object('take_over_cluster_changes') ~ '()') -%}
            {%- else -%}
                {%- do run_query(write_cluster_changes(ref('int_persona_clusters'), stored('persona_source_mapping'))) -%}
            {%- endif -%}
        {%- endif -%}
        {%- do run_query('analyze ' ~ ref('int_persona_clusters')) -%}
    {%- endif -%}
{% endmacro %}


{#
  The statements that write the changes, and empty their table. A row that left its id to another tenant's is kept under a key of its own
  first, and what was kept of it as well (`id` in its residual is the one that it had); one that is back takes the place again.
#}
{% macro write_cluster_changes(clusters, sources) %}
    {%- set changes = cluster_changes() -%}
    {%- set columns = adapter.get_columns_in_relation(clusters) | map(attribute='name') | list %}
    {%- for leaves in [true, false] %}
    update {{ sources }} as sources
    set
        source_id = changes.source_id,
        residual = {{ "sources.residual || jsonb_build_object('id', sources.source_id)" if leaves else "sources.residual - 'id'" }}
    from {{ changes }} as changes
    inner join {{ clusters }} as clusters using (unmerged_persona_id)
    where
        clusters.source_id <> changes.source_id
        and (changes.source_deleted_at is not null) = {{ leaves }}
        and sources.source_table = clusters.source_table
        and sources.source_id = clusters.source_id;
    update {{ clusters }} as clusters
    set source_id = changes.source_id
    from {{ changes }} as changes
    where
        clusters.unmerged_persona_id = changes.unmerged_persona_id
        and clusters.source_id <> changes.source_id
        and (changes.source_deleted_at is not null) = {{ leaves }};
    {%- endfor %}
    insert into {{ clusters }} as clusters ({{ columns | join(', ') }})
    select {% for column in columns %}changes.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ changes }} as changes
    on conflict (source_table, source_id) do update set
        {%- for column in columns if column not in ['source_table', 'source_id'] %}
        {{ column }} = excluded.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %};
    delete from {{ changes }};
{% endmacro %}
