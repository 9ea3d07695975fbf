{#
  Purpose: what is written on `personas` reaches the legacy tables in the same transaction, through the views that rebuild them.
  An edited field takes the new value in each legacy row of the persona, every other one keeps the bytes that it had. What
  the old tables cannot hold becomes a row of `persona_overrides`. Then the marts are brought to what the chain says,
  as after a write on the legacy side, so that both agree by the same rule.
#}
{% macro to_legacy_functions() %}
    {%- set personas = ref('personas') -%}
    {%- set pairs = 'old_rows ' ~ personas ~ '[], new_rows ' ~ personas ~ '[]' -%}
    {%- set functions = [
        sync_function('edited_fields', 'old_row ' ~ personas ~ ', new_row ' ~ personas, 'text[]', _edited_fields()),
        sync_function('some_columns', 'whole jsonb, names text[]', 'jsonb', _some_columns())
    ] -%}
    {%- for table in ['dh_personas', 'org_personas'] -%}
        {%- do functions.append(sync_reader('edited_' ~ table, 'ids uuid[], sources uuid[], ' ~ pairs, source('legacy', table), _edited_rows(table))) -%}
        {%- do functions.append(sync_reader('new_' ~ table, 'ids uuid[]', source('legacy', table), _new_rows(table))) -%}
    {%- endfor -%}
    {{ return(functions + [
        sync_function('keep_inexpressible', pairs, 'void', _keep_inexpressible(), reading_settings()),
        sync_function('remove_legacy_rows', 'sources jsonb, gone_at timestamptz, path text', 'void', _remove_legacy_rows()),
        sync_function('return_legacy_rows', 'ids uuid[], since timestamptz[], path text', 'void', _return_legacy_rows()),
        sync_function('personas_inserted', 'new_rows ' ~ personas ~ '[], path text', 'void', _personas_inserted()),
        sync_function('personas_updated', pairs ~ ', path text', 'void', _personas_updated()),
        sync_function('personas_deleted', 'ids uuid[], path text', 'void', _personas_deleted()),
        sync_function('from_personas', '', 'trigger', _from_personas(), is_pinned=false),
        sync_function('overrides_written', 'ids uuid[], path text', 'void', _overrides_written()),
        sync_function('from_overrides', '', 'trigger', _from_overrides(), is_pinned=false)
    ]) }}
{% endmacro %}


{# Which fields a row's two versions differ in, byte for byte: 'name', 'profile.tier', … (as `seeds/column_mapping.csv` names them). #}
{% macro _edited_fields() %}
    begin
        return array_remove(array[
            {%- for column in personas_columns() if column not in ('id', 'profile') %}
            case when row(old_row.{{ column }})::record *<> row(new_row.{{ column }})::record then '{{ column }}' end{{ ',' if not loop.last }}
            {%- endfor %}
        ], null)
        || case
            when old_row.profile is distinct from new_row.profile or row(old_row.profile)::record *<> row(new_row.profile)::record
                then array(
                    select 'profile.' || key
                    from jsonb_object_keys(coalesce(old_row.profile, '{}') || new_row.profile) as key
                    where row(old_row.profile -> key)::record *<> row(new_row.profile -> key)::record
                )
            else '{}'
        end;
    end;
{% endmacro %}


{% macro personas_columns() %}
    {{ return([
        'id', 'unique_id', 'name', 'description', 'seniority_level', 'decision_authority', 'persona_type', 'profile', 'responsibilities',
        'pain_points', 'goals', 'tenant_id', 'is_public', 'created_at', 'updated_at', 'created_by', 'deleted_at'
    ]) }}
{% endmacro %}


{# A legacy table's columns that hold a field of `personas`: column → field, by `seeds/column_mapping.csv`. #}
{% macro field_columns(table) %}
    {%- set query -%}
        select column_name, regexp_replace(goes_to, '^personas\.', '') as field
        from {{ ref('column_mapping') }}
        where source_table = '{{ table }}' and goes_to like 'personas.%'
        order by position
    {%- endset -%}
    {%- set columns = {} -%}
    {%- for row in run_query(query).rows -%}{%- do columns.update({row.column_name: row.field}) -%}{%- endfor -%}
    {{ return(columns) }}
{% endmacro %}


{# Columns that identify a row: an edit goes only to the row that supplied the value. #}
{% macro _supplied_fields() %}
    {{ return({
        'unique_id': '(old_rows[i]).unique_id', 'persona_code': "(old_rows[i]).profile ->> 'persona_code'", 'code': "(old_rows[i]).profile ->> 'code'"
    }) }}
{% endmacro %}


{#
  The legacy rows of edited personas, as they are to be. By way of JSON, so that a column that the old table has got, or lost, since
  is left alone.
#}
{% macro _edited_rows(table) %}
    {%- set not_null = not_null_columns(table) %}
    select edited_rows.*
    from (
        select
            (new_rows[i]).id,
            {%- for column, value in _supplied_fields().items() %}
            {{ value }} as {{ column }}_was,
            {%- endfor %}
            {{ sync_object('edited_fields') }}(old_rows[i], new_rows[i]) as fields
        from generate_subscripts(new_rows, 1) as i
    ) as pairs
    inner join {{ ref('int_persona_clusters') }} as clusters
        on pairs.id = clusters.persona_id and clusters.source_table = '{{ table }}' and clusters.persona_id = any(ids)
    inner join {{ source('legacy', table) }} as legacy_rows
        on clusters.source_id = legacy_rows.id and legacy_rows.id = any(sources)
    inner join {{ ref('base_' ~ table) }} as base on clusters.source_id = base.id and base.id = any(sources)
    inner join {{ ref('shown_' ~ table) }} as shown on pairs.id = shown.persona_id and shown.persona_id = any(ids)
    cross join lateral jsonb_populate_record(legacy_rows, {{ some_columns('shown') }}array[
        {%- for column, field in field_columns(table).items() %}
        case
            when
                '{{ field }}' = any(pairs.fields)
                {%- if column in not_null %}
                and shown.{{ column }} is not null
                {%- endif %}
                {%- if column in _supplied_fields() %}
                and {{ clean_text('base.' ~ column) if column != 'unique_id' else 'base.unique_id' }} = pairs.{{ column }}_was
                {%- endif %}
                then '{{ column }}'
        end{{ ',' if not loop.last }}
        {%- endfor %}
    ])) as edited_rows
{% endmacro %}


{# Some of a row's columns as a JSON object: followed by the array of their names, and a parenthesis. #}
{% macro some_columns(row) -%}
    {{ sync_object('some_columns') }}(to_jsonb({{ row }}), {{ '' }}
{%- endmacro %}


{% macro _some_columns() %}
    begin
        return (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(whole) where key = any(names));
    end;
{% endmacro %}


{# The columns of a legacy table that must not be null. #}
{% macro not_null_columns(table) %}
    {%- set query -%}
        select attname from pg_attribute
        where attrelid = '{{ source('legacy', table) }}'::regclass and attnum > 0 and attnotnull
    {%- endset -%}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}


{# The columns of a legacy table that can be written: not those that the database generates. #}
{% macro _writable_columns(table) %}
    {%- set query -%}
        select attname from pg_attribute
        where
            attrelid = '{{ source('legacy', table) }}'::regclass and attnum > 0 and not attisdropped
            and attgenerated = '' and attidentity <> 'a'
        order by attnum
    {%- endset -%}
    {%- set names = [] -%}
    {%- for name in run_query(query).columns[0].values() -%}{%- do names.append(quoted_name(name)) -%}{%- endfor -%}
    {{ return(names) }}
{% endmacro %}


{#
  The legacy row of a persona that was born in the new world: what it shows, and where the old table demands a value that it
  does not have, its `unique_id` for a code, its name for a title.
#}
{% macro _new_rows(table) %}
    {%- set filled = {'persona_code': 'unique_id', 'code': 'unique_id', 'title': 'name'} -%}
    {%- set not_null = not_null_columns(table) %}
    select new_row.*
    from {{ ref('shown_' ~ table) }} as shown
    cross join lateral jsonb_populate_record(
        null::{{ source('legacy', table) }},
        to_jsonb(shown) || jsonb_build_object(
            'id', shown.persona_id
            {%- for column, value in filled.items() if column in not_null %},
            '{{ column }}', coalesce(shown.{{ column }}, shown.{{ value }})
            {%- endfor %}
        )
    ) as new_row
    where shown.persona_id = any(ids)
{% endmacro %}


{#
  A statement on a legacy table that names its columns. Where one of them has got another name since, the rest of them are written, and
  `dual-write status` is red: a migration on the old side must not stop its application.
  Arguments: `table`; `columns`, quoted; `statement`, with {0} in place of the list and {1} in place of the assignments; `parameters`.
#}
{% macro with_columns_of(table, columns, statement, parameters) -%}
    {%- set assignments = [] -%}
    {%- for column in columns -%}{%- do assignments.append(column ~ ' = new_row.' ~ column) -%}{%- endfor -%}
    begin
        {{ statement.format(columns | join(', '), assignments | join(', '), *parameters) }};
    exception when undefined_column then
        execute (
            select pg_catalog.format(
                {{ dollar_quoted(statement.format('%1$s', '%2$s', '$1', '$2', '$3', '$4')) }},
                pg_catalog.string_agg(pg_catalog.quote_ident(attname), ', '),
                pg_catalog.string_agg(pg_catalog.format('%1$I = new_row.%1$I', attname), ', ')
            )
            from pg_catalog.pg_attribute
            where
                attrelid operator(pg_catalog.=) {{ dollar_quoted(source('legacy', table).include(database=false)) }}::pg_catalog.regclass
                and attnum operator(pg_catalog.>) 0
                and not attisdropped
                and pg_catalog.quote_ident(attname) operator(pg_catalog.=) any(array[
                    {%- for column in columns %}{{ dollar_quoted(column.strip('"')) }}{{ ', ' if not loop.last }}{% endfor %}
                ])
        ) using {{ parameters | join(', ') }};
    end;
{%- endmacro %}


{# The statement that writes the rows which a function yields, where they differ. #}
{% macro update_of_legacy(table, reader, arguments) -%}
    update {{ source('legacy', table) }} as old_row set {1}
        from {{ sync_object(reader ~ table) }}({{ arguments }}) as new_row
        where
            old_row.id operator(pg_catalog.=) new_row.id
            and (old_row.*)::pg_catalog.record operator(pg_catalog.*<>) (new_row.*)::pg_catalog.record
{%- endmacro %}


{% macro dollar_quoted(text) -%}
    $text${{ text }}$text$
{%- endmacro %}


{#
  Purpose: edited fields that the chain does not give back as they were written: overrides. Of `profile`, its keys, each by itself; one that was
  taken away is null there. An override that the legacy side can say by now is none any more.
#}
{% macro _keep_inexpressible() %}
    {%- set overrides = ref('persona_overrides') -%}
    {%- set fields = ['seniority_level', 'decision_authority', 'persona_type', 'is_public', 'created_by'] -%}
    declare
        fields text[];
        keys text[];
        wanted {{ ref('personas') }};
        given {{ ref('personas') }};
        inexpressible jsonb;
        marked_before text;
    begin
        {{ begin_own_writes(as_application=false) }}
        for i in 1..cardinality(new_rows) loop
            fields := {{ sync_object('edited_fields') }}(old_rows[i], new_rows[i]);
            keys := array(select substr(field, 9) from unnest(fields) as field where field like 'profile.%');
            continue when keys = '{}' and not fields && array['{{ (fields + ['tenant_id']) | join("', '") }}'];
            wanted := new_rows[i];
            delete from {{ overrides }} where persona_id = wanted.id and field = any(fields);
            if keys <> '{}' then
                update {{ overrides }} set value = value - keys where persona_id = wanted.id and field = 'profile';
                delete from {{ overrides }} where persona_id = wanted.id and field = 'profile' and value = '{}';
            end if;
            select * into given from {{ sync_object('wanted_personas') }}(array[wanted.id]);
            if given.id is null then
                {#- its legacy rows are gone for now: what they have a column for returns with them #}
                given := wanted;
                given.seniority_level := null;
                given.persona_type := null;
                given.is_public := null;
                given.created_by := null;
                given.profile := (
                    select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(wanted.profile)
                    where 'personas.profile.' || key in (
                        select mapping.goes_to
                        from {{ ref('column_mapping') }} as mapping
                        inner join {{ ref('int_persona_clusters') }} as clusters using (source_table)
                        where clusters.persona_id = wanted.id
                    )
                );
            end if;
            {%- for field in fields %}
            if '{{ field }}' = any(fields) and wanted.{{ field }} is distinct from given.{{ field }} then
                insert into {{ overrides }} (persona_id, field, value, set_at, set_by)
                values (wanted.id, '{{ field }}', coalesce(to_jsonb(wanted.{{ field }}), 'null'), now(), session_user);
            end if;
            {%- endfor %}
            if 'tenant_id' = any(fields) and wanted.tenant_id is distinct from given.tenant_id then
                raise exception 'persona %: tenant_id cannot become %', wanted.id, coalesce(wanted.tenant_id::text, 'null')
                using
                    errcode = 'check_violation',
                    detail = 'A row of {{ source('legacy', 'dh_personas').identifier }} has no tenant, one of {{ source('legacy', 'org_personas').identifier }} must have one; this persona stands for a row of the one kind.',
                    hint = 'Insert a persona of that tenant, and delete this one.';
            end if;
            {#- a column that took the value says it, though the chain may clean it #}
            inexpressible := (
                select jsonb_object_agg(key, coalesce(wanted.profile -> key, 'null'))
                from unnest(keys) as key
                where
                    row(wanted.profile -> key)::record *<> row(given.profile -> key)::record
                    and not exists (
                        select from {{ ref('int_persona_residuals') }} as residuals
                        inner join {{ ref('column_mapping') }} as mapping using (source_table)
                        where
                            residuals.persona_id = any(array[wanted.id])
                            and mapping.goes_to = 'personas.profile.' || key
                            and not residuals.residual ? key
                            and exists (
                                select from pg_attribute
                                where
                                    attrelid = case mapping.source_table
                                        {%- for table in ['dh_personas', 'org_personas'] %}
                                        when '{{ table }}' then '{{ source('legacy', table) }}'::regclass
                                        {%- endfor %}
                                    end
                                    and attname = key
                                    and not attisdropped
                            )
                    )
            );
            if inexpressible is not null then
                insert into {{ overrides }} as old_row (persona_id, field, value, set_at, set_by)
                values (wanted.id, 'profile', inexpressible, now(), session_user)
                on conflict (persona_id, field) do update
                set value = old_row.value || excluded.value, set_at = excluded.set_at, set_by = excluded.set_by;
            end if;
        end loop;
        {{ end_own_writes() }}
    end;
{% endmacro %}


{#
  Rows of the legacy tables go, their links first, and are kept whole. `sources`: [{"source_table": …, "source_id": …}].
#}
{% macro _remove_legacy_rows() %}
    declare
        marked_before text;
        dh uuid[] := array(
            select (source ->> 'source_id')::uuid from jsonb_array_elements(sources) as source
            where source ->> 'source_table' = 'dh_personas'
        );
        org uuid[] := array(
            select (source ->> 'source_id')::uuid from jsonb_array_elements(sources) as source
            where source ->> 'source_table' = 'org_personas'
        );
        role_links uuid[];
        job_links uuid[];
    begin
        role_links := array(select id from {{ ref('stg_persona_role_mapping') }} where persona_id = any(org));
        job_links := array(
            select id from {{ ref('stg_jtbd_org_persona_mapping') }} where persona_id = any(org) or persona_dh_id = any(dh)
        );
        perform {{ sync_object('cluster_gone_rows') }}('dh_personas', dh, gone_at);
        perform {{ sync_object('cluster_gone_rows') }}('org_personas', org, gone_at);
        {{ begin_own_writes() }}
        {%- if is_in_database(source('legacy', 'persona_role_mapping')) %}
        delete from {{ source('legacy', 'persona_role_mapping') }} where id operator(pg_catalog.=) any(role_links);
        {%- endif %}
        {%- if is_in_database(source('legacy', 'jtbd_org_persona_mapping')) %}
        {#- a row that points at another persona as well stays, for that one #}
        delete from {{ source('legacy', 'jtbd_org_persona_mapping') }}
        where
            id operator(pg_catalog.=) any(job_links)
            and (persona_id is null or persona_id operator(pg_catalog.=) any(org))
            and (persona_dh_id is null or persona_dh_id operator(pg_catalog.=) any(dh));
        update {{ source('legacy', 'jtbd_org_persona_mapping') }}
        set
            persona_id = case when persona_id operator(pg_catalog.=) any(org) then null else persona_id end,
            persona_dh_id = case when persona_dh_id operator(pg_catalog.=) any(dh) then null else persona_dh_id end
        where id operator(pg_catalog.=) any(job_links);
        {%- endif %}
        delete from {{ source('legacy', 'org_personas') }} where id operator(pg_catalog.=) any(org);
        delete from {{ source('legacy', 'dh_personas') }} where id operator(pg_catalog.=) any(dh);
        {{ end_own_writes() }}
        perform {{ sync_object('keep_gone_links') }}('persona_role_mapping', role_links, gone_at);
        perform {{ sync_object('keep_gone_links') }}('jtbd_org_persona_mapping', job_links, gone_at);
        {#- what brings them back with their persona #}
        update {{ ref('persona_source_mapping') }} set residual = residual || '{{ gone_with_persona() }}'
        where
            (source_table, source_id) in (
                select 'dh_personas', unnest(dh) union all select 'org_personas', unnest(org)
            );
        update {{ ref('persona_link_source_mapping') }} set residual = residual || '{{ gone_with_persona() }}'
        where
            (source_table, source_id) in (
                select 'persona_role_mapping', unnest(role_links)
                union all
                select 'jtbd_org_persona_mapping', unnest(job_links)
            )
            and source_deleted_at = gone_at;
        {#- one that points at another persona as well is still that one's #}
        if job_links <> '{}' then
            perform {{ sync_object('legacy_links_written') }}('jtbd_org_persona_mapping', job_links, path);
        end if;
    end;
{% endmacro %}


{# Rows that went when a persona was deleted, at `since`, return with it: rebuilt from what was kept, and links after what they point at. #}
{% macro _return_legacy_rows() %}
    declare
        marked_before text;
        returning_sources uuid[];
        returning_links uuid[];
    begin
        {%- for sources, keys in {
            'persona_source_mapping': 'returning_sources', 'persona_link_source_mapping': 'returning_links'
        }.items() %}
        with returning_rows as (
            update {{ ref(sources) }} as sources
            set source_deleted_at = null, residual = sources.residual - '{{ gone_with_persona_key() }}'
            from unnest(ids, since) as personas (persona_id, deleted_at)
            where
                sources.persona_id = personas.persona_id
                and sources.source_deleted_at is not null
                and (
                    sources.residual ? '{{ gone_with_persona_key() }}'
                    or sources.source_deleted_at = personas.deleted_at
                )
            returning sources.source_id
        )

        select coalesce(array_agg(source_id), '{}') into {{ keys }} from returning_rows;
        {%- endfor %}
        update {{ ref('int_persona_clusters') }} set source_deleted_at = null
        where persona_id = any(ids) and source_id = any(returning_sources);
        {{ begin_own_writes() }}
        {%- for table, keys in {
            'dh_personas': 'returning_sources', 'org_personas': 'returning_sources',
            'persona_role_mapping': 'returning_links', 'jtbd_org_persona_mapping': 'returning_links'
        }.items() if is_in_database(source('legacy', table)) %}
        {%- set columns = _writable_columns(table) | join(', ') %}
        insert into {{ source('legacy', table) }} ({{ columns }})
        select {{ columns }} from {{ ref('legacy_' ~ table) }} where id operator(pg_catalog.=) any({{ keys }})
        on conflict (id) do {% if table == 'jtbd_org_persona_mapping' -%}
        update set persona_id = excluded.persona_id, persona_dh_id = excluded.persona_dh_id
        {%- else %}nothing{% endif %};
        {%- endfor %}
        {{ end_own_writes() }}
    end;
{% endmacro %}


{# The key of a residual by which a row is known that went with its persona, and returns with it. #}
{% macro gone_with_persona_key() -%}
    (gone with its persona)
{%- endmacro %}


{% macro gone_with_persona() -%}
    {"{{ gone_with_persona_key() }}": true}
{%- endmacro %}


{# With a tenant it is a row of `org_personas`, which knows tenants, else one of `dh_personas`. #}
{% macro _personas_inserted() %}
    declare
        marked_before text;
        ids uuid[] := array(select (new_rows[i]).id from generate_subscripts(new_rows, 1) as i order by 1);
        nobody {{ ref('personas') }};
        taken uuid;
        dead uuid[];
        {%- for table in ['dh_personas', 'org_personas'] %}
        {{ table }} uuid[] := array(
            select (new_rows[i]).id from generate_subscripts(new_rows, 1) as i
            where (new_rows[i]).tenant_id is {{ 'not ' if table == 'org_personas' }}null
        );
        {%- endfor %}
    begin
        perform {{ sync_object('lock_personas') }}(ids);
        select id into taken from unnest(ids) as id
        where exists (
            select from {{ ref('int_persona_clusters') }} as clusters
            where
                clusters.unmerged_persona_id = id
                or (clusters.source_table, clusters.source_id) in (('dh_personas', id), ('org_personas', id))
        )
        limit 1;
        if taken is not null then
            raise exception 'persona %: this id is, or was, that of another persona or legacy row', taken
            using errcode = 'unique_violation', hint = 'See persona_ids for it. Leave out the id, and a new one is made.';
        end if;
        {%- for table in ['dh_personas', 'org_personas'] %}
        if {{ table }} <> '{}' then
            insert into {{ ref('int_persona_clusters') }} (
                source_table, source_id, persona_id, unmerged_persona_id, match_rule,
                contributes, contributors, precedence, first_seen_at
            )
            select '{{ table }}', id, id, id, 'own', true, 1, 1, now() from unnest({{ table }}) as id;
            {{ begin_own_writes() }}
            {{ with_columns_of(
                table, _writable_columns(table),
                'insert into ' ~ source('legacy', table) ~ ' ({0}) select {0} from ' ~ sync_object('new_' ~ table) ~ '({2})', [table]
            ) }}
            {{ end_own_writes() }}
        end if;
        {%- endfor %}
        perform {{ sync_object('keep_inexpressible') }}(array_fill(nobody, array[cardinality(new_rows)]), new_rows);
        perform {{ sync_object('refresh_personas') }}(ids, true, false, path);
        {#- one that is born deleted: its row must have been there to be kept #}
        for i in 1..cardinality(new_rows) loop
            if (new_rows[i]).tenant_id is not null and (new_rows[i]).deleted_at is not null then
                perform {{ sync_object('remove_legacy_rows') }}(
                    jsonb_build_array(jsonb_build_object('source_table', 'org_personas', 'source_id', (new_rows[i]).id)),
                    (new_rows[i]).deleted_at, path
                );
                perform {{ sync_object('settle_clusters') }}(array[(new_rows[i]).id]);
                perform {{ sync_object('mark_gone_personas') }}(array[(new_rows[i]).id], path);
            end if;
        end loop;
    end;
{% endmacro %}


{#
  A deleted `dh_personas` row is inactive; an `org_personas` row has no such flag, and is removed with its links.
#}
{% macro _personas_updated() %}
    declare
        marked_before text;
        ids uuid[] := array(select (new_rows[i]).id from generate_subscripts(new_rows, 1) as i);
        deleted uuid[] := array(
            select (new_rows[i]).id from generate_subscripts(new_rows, 1) as i
            where (old_rows[i]).deleted_at is null and (new_rows[i]).deleted_at is not null
        );
        revived uuid[] := array(
            select (new_rows[i]).id from generate_subscripts(new_rows, 1) as i
            where (old_rows[i]).deleted_at is not null and (new_rows[i]).deleted_at is null
            order by i
        );
        revived_since timestamptz[] := array(
            select (old_rows[i]).deleted_at from generate_subscripts(new_rows, 1) as i
            where (old_rows[i]).deleted_at is not null and (new_rows[i]).deleted_at is null
            order by i
        );
        removed jsonb;
        sources uuid[];
    begin
        if ids <> array(select (old_rows[i]).id from generate_subscripts(old_rows, 1) as i) then
            raise exception 'the id of a persona does not change: every old id must resolve, for ever'
            using errcode = 'check_violation', hint = 'Insert a new persona, and delete this one.';
        end if;
        perform {{ sync_object('lock_personas') }}(ids);
        perform {{ sync_object('refuse_waiting') }}('legacy', ids);
        perform {{ sync_object('wait_as_well') }}(ids);
        {#- what is kept of rows that are gone must not bring back what was edited since #}
        update {{ ref('persona_source_mapping') }} as sources
        set residual = sources.residual - array(
            select column_name from {{ ref('column_mapping') }} as mapping
            where
                mapping.source_table = sources.source_table
                and regexp_replace(mapping.goes_to, '^personas\.', '') = any(edits.fields)
        )
        from (
            select (new_rows[i]).id, {{ sync_object('edited_fields') }}(old_rows[i], new_rows[i]) as fields
            from generate_subscripts(new_rows, 1) as i
        ) as edits
        where
            sources.persona_id = edits.id
            and sources.persona_id = any(ids)
            and sources.source_deleted_at is not null;
        if revived <> '{}' then
            perform {{ sync_object('return_legacy_rows') }}(revived, revived_since, path);
            perform {{ sync_object('settle_clusters') }}(revived);
        end if;
        {%- for table in ['dh_personas', 'org_personas'] %}
        {%- set written = _writable_columns(table) %}
        sources := {{ sync_object('legacy_ids_of') }}('{{ table }}', ids);
        if sources <> '{}' then
            {{ begin_own_writes() }}
            {{ with_columns_of(
                table, field_columns(table).keys() | map('tojson') | select('in', written) | list,
                update_of_legacy(table, 'edited_', '{2}, {3}, {4}, {5}'), ['ids', 'sources', 'old_rows', 'new_rows']
            ) }}
            {{ end_own_writes() }}
        end if;
        {%- endfor %}
        if deleted <> '{}' then
            for i in 1..cardinality(new_rows) loop
                if (new_rows[i]).id = any(deleted) then
                    removed := (
                        select jsonb_agg(jsonb_build_object('source_table', source_table, 'source_id', source_id))
                        from {{ ref('int_persona_clusters') }}
                        where persona_id = (new_rows[i]).id and source_table = 'org_personas' and source_deleted_at is null
                    );
                    if removed is not null then
                        perform {{ sync_object('remove_legacy_rows') }}(removed, (new_rows[i]).deleted_at, path);
                    end if;
                end if;
            end loop;
            perform {{ sync_object('settle_clusters') }}(deleted);
        end if;
        perform {{ sync_object('keep_inexpressible') }}(old_rows, new_rows);
        perform {{ sync_object('refresh_personas') }}(ids, false, false, path);
        if deleted <> '{}' then
            perform {{ sync_object('mark_gone_personas') }}(deleted, path);
        end if;
        if revived <> '{}' then
            perform {{ sync_object('refresh_personas') }}(revived, true, true, path);
        end if;
    end;
{% endmacro %}


{# A persona that is deleted for good takes its legacy rows with it, and all that was kept of them. #}
{% macro _personas_deleted() %}
    declare
        marked_before text;
        removed jsonb;
    begin
        perform {{ sync_object('lock_personas') }}(ids);
        perform {{ sync_object('refuse_waiting') }}('legacy', ids);
        perform {{ sync_object('wait_as_well') }}(ids);
        removed := (
            select jsonb_agg(jsonb_build_object('source_table', source_table, 'source_id', source_id))
            from {{ ref('int_persona_clusters') }}
            where persona_id = any(ids) and source_deleted_at is null
        );
        if removed is not null then
            perform {{ sync_object('remove_legacy_rows') }}(removed, now(), path);
        end if;
        delete from {{ ref('persona_link_source_mapping') }} where persona_id = any(ids);
        delete from {{ ref('persona_source_mapping') }} where persona_id = any(ids);
        {{ begin_own_writes(as_application=false) }}
        delete from {{ ref('persona_overrides') }} where persona_id = any(ids);
        {{ end_own_writes() }}
        delete from {{ ref('int_persona_additions') }} where owner_id in (
            select unmerged_persona_id from {{ ref('int_persona_clusters') }} where persona_id = any(ids)
        );
        delete from {{ ref('int_persona_owners') }} where persona_id = any(ids);
        delete from {{ ref('int_persona_clusters') }} where persona_id = any(ids);
    end;
{% endmacro %}


{# In slices, so that a bulk statement needs no array of all its rows; both transition tables name them in the same order. #}
{% macro _from_personas() %}
    declare
        path constant pg_catalog.text := pg_catalog.current_setting('search_path');
        slice constant pg_catalog.int4 := 1000;
        done pg_catalog.int8 := 0;
        old_slice {{ ref('personas') }}[];
        new_slice {{ ref('personas') }}[];
    begin
        if {{ is_own_write() }} then
            return null;
        end if;
        if tg_op operator(pg_catalog.=) 'DELETE' then
            {{ or_queue(
                'perform ' ~ sync_object('personas_deleted') ~ '(array(select id from old_rows), path)',
                'new', "'personas'", 'array(select id from old_rows)'
            ) }}
            return null;
        end if;
        loop
            new_slice := array(select new_rows from new_rows offset done limit slice);
            exit when pg_catalog.cardinality(new_slice) operator(pg_catalog.=) 0;
            if tg_op operator(pg_catalog.=) 'INSERT' then
                {{ or_queue(
                    'perform ' ~ sync_object('personas_inserted') ~ '(new_slice, path)',
                    'new', "'personas'", 'array(select id from pg_catalog.unnest(new_slice))'
                ) }}
            else
                old_slice := array(select old_rows from old_rows offset done limit slice);
                {{ or_queue(
                    'perform ' ~ sync_object('personas_updated') ~ '(old_slice, new_slice, path)',
                    'new', "'personas'", 'array(select id from pg_catalog.unnest(new_slice))'
                ) }}
            end if;
            done := done operator(pg_catalog.+) slice;
        end loop;
        return null;
    end;
{% endmacro %}


{# Whoever writes an override himself edits what the persona shows. #}
{% macro _overrides_written() %}
    begin
        perform {{ sync_object('lock_personas') }}(ids);
        perform {{ sync_object('refuse_waiting') }}('new', ids);
        perform {{ sync_object('refresh_personas') }}(ids, false, false, path);
    end;
{% endmacro %}


{% macro _from_overrides() %}
    declare
        ids pg_catalog.uuid[] := '{}';
    begin
        if {{ is_own_write() }} then
            return null;
        end if;
        if tg_op operator(pg_catalog.<>) 'INSERT' then
            ids := array(select persona_id from old_rows);
        end if;
        if tg_op operator(pg_catalog.<>) 'DELETE' then
            ids := ids operator(pg_catalog.||) array(select persona_id from new_rows);
        end if;
        if pg_catalog.cardinality(ids) operator(pg_catalog.>) 0 then
            {{ or_queue(
                'perform ' ~ sync_object('overrides_written') ~ "(ids, pg_catalog.current_setting('search_path'))",
                'legacy', "'personas'", 'ids'
            ) }}
        end if;
        return null;
    end;
{% endmacro %}
