{#
  Purpose: the age of the evidence. Each dbt command that runs models, seeds, snapshots or tests leaves a row in
  `audit_builds`: begun by the first hook, finished by the last, so that one which was cut off stays unfinished.
  Before the first build the table is not there yet; that build is written down as a whole at its end.
#}
{% macro record_build_begun() %}
    {%- if execute and is_in_database(_audit_builds()) -%}
    begin;
    {#- a table of an earlier version lacks it until its model is built -#}
    {% if not run_query("select 1 from pg_attribute where attname = 'allow_mass_loss' and attrelid = to_regclass(" ~ literal(_audit_builds().include(database=false)) ~ ')').rows -%}
    alter table {{ _audit_builds() }} add column allow_mass_loss boolean;
    {% endif %}
    {{ _upsert_build({}) }};
    commit
    {%- endif -%}
{% endmacro %}


{% macro record_build_finished(results) %}
    {%- if execute and is_in_database(_audit_builds()) -%}
    begin;
    {#- so that the text of a view is the same whoever asks -#}
    set local search_path = pg_catalog;
    {{ _upsert_build(_figures_of(results)) }};
    commit
    {%- endif -%}
{% endmacro %}


{% macro _audit_builds() %}
    {{ return(api.Relation.create(database=target.database, schema=target.schema ~ '_audit', identifier='audit_builds')) }}
{% endmacro %}


{# Counts by kind and outcome: {models_ok, tests_passed, tests_failed, errors}. What was skipped is an error, too. #}
{% macro _figures_of(results) %}
    {%- set figures = {'models_ok': 0, 'tests_passed': 0, 'tests_failed': 0, 'errors': 0} -%}
    {%- for result in results if result.node.resource_type != 'exposure' -%}
        {%- set is_test = result.node.resource_type in ('test', 'unit_test') -%}
        {%- if result.status == 'fail' -%}{%- set figure = 'tests_failed' -%}
        {%- elif is_test and result.status in ('pass', 'warn') -%}{%- set figure = 'tests_passed' -%}
        {%- elif not is_test and result.status == 'success' -%}{%- set figure = 'models_ok' -%}
        {%- else -%}{%- set figure = 'errors' -%}
        {%- endif -%}
        {%- do figures.update({figure: figures[figure] + 1}) -%}
    {%- endfor -%}
    {{ return(figures) }}
{% endmacro %}


{# The row of the running command: begun when `figures` is empty, else finished with these. #}
{% macro _upsert_build(figures) %}
    {%- set files = project_files() -%}
    {%- set is_partial = _is_partial() -%}
    {%- set lines = [] -%}
    {%- for path, checksum in files | dictsort(case_sensitive=true) -%}{%- do lines.append(path ~ ' ' ~ checksum) -%}{%- endfor -%}
    insert into {{ _audit_builds() }} as build (
        invocation_id, which_command, started_at, finished_at, is_partial,
        models_ok, tests_passed, tests_failed, errors,
        legacy_schema, legacy_columns, project_checksum, allow_mass_loss, project_files{{ ', views' if figures }}
    )
    values (
        '{{ invocation_id }}',
        '{{ invocation_args_dict.get('which', flags.WHICH) }}',
        {% if figures %}'{{ run_started_at.isoformat() }}'{% else %}clock_timestamp(){% endif %},
        {% if figures %}clock_timestamp(){% else %}null{% endif %},
        {{ is_partial }},
        {% for figure in ('models_ok', 'tests_passed', 'tests_failed', 'errors') %}{{ figures.get(figure, 'null') }}, {% endfor %}
        {{ literal(var('legacy_schema')) }},
        ({{ legacy_columns_sql() }}),
        '{{ local_md5(lines | join('\n')) }}',
        {{ 'true' if var('allow_mass_loss') else 'false' }},
        {#- a partial run needs no list: what counts is whether it ran the same project -#}
        {% if is_partial %} null{% else %} '{{ tojson(files) | replace("'", "''") }}'{% endif %}
        {%- if figures %}, {% if is_partial %}null{% else %}({{ views_sql() }}){% endif %}{% endif %}
    )
    on conflict (invocation_id) do update set
        finished_at = excluded.finished_at,
        models_ok = excluded.models_ok,
        tests_passed = excluded.tests_passed,
        tests_failed = excluded.tests_failed,
        errors = excluded.errors{% if figures %},
        views = excluded.views{% endif %}
{% endmacro %}


{# Whether the command leaves out a model, seed, snapshot, function or data test of the project. Unit tests read no data. #}
{% macro _is_partial() %}
    {%- set is_partial = namespace(found=flags.EMPTY or flags.WHICH != 'build') -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed', 'snapshot', 'test') -%}
        {%- if node.package_name == project_name and node.unique_id not in selected_resources -%}
            {%- set is_partial.found = true -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(is_partial.found) }}
{% endmacro %}


{# The views of the project as they are now, as an object schema.view → MD5 of its query, MD5 of what counts of it, and where it was printed. #}
{% macro views_sql() %}
    select coalesce(
        jsonb_object_agg(
            nspname || '.' || relname,
            concat_ws(' ', md5(pg_get_viewdef(pg_class.oid)), md5({{ view_text('pg_class.oid') }}), {{ where_views_are_printed() }})
        ),
        '{}'
    )
    from pg_class
    inner join pg_namespace on relnamespace = pg_namespace.oid
    where
        relkind = 'v'
        and nspname in ({{ schema_family() }})
        {#- one that stepped aside waits to be dropped -#}
        {#- #} and relname not like '%\_\_replaced\_%'
{% endmacro %}


{# The columns of the legacy tables as they are now, as an object table → ["name type", …]; an absent table has none. #}
{% macro legacy_columns_sql() %}
    {%- set tables = [] -%}
    {%- for node in graph.sources.values() if node.source_name == 'legacy' -%}{%- do tables.append(node.identifier) -%}{%- endfor -%}
    select jsonb_object_agg(wanted.name, columns.list)
    from unnest('{{ '{' ~ tables | sort | join(',') ~ '}' }}'::text[]) as wanted (name)
    cross join lateral (
        select
            coalesce(
                jsonb_agg(attname || ' ' || format_type(atttypid, atttypmod) order by attnum), '[]'
            ) as list
        from pg_attribute
        where
            attrelid = to_regclass(format('%I.%I', {{ literal(var('legacy_schema')) }}, wanted.name))
            and attnum > 0
            and not attisdropped
    ) as columns
{% endmacro %}
