{#
  Purpose: an edit of a persona, field by field: which fields it changes, what each legacy row becomes by it, and what none of them can hold.
#}


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


{# Columns that identify a row: an edit goes only to the row that supplied the value; where none did, to the first of them. #}
{% macro _supplied_fields() %}
    {{ return({
        'unique_id': 'old_row.unique_id', 'persona_code': "old_row.profile ->> 'persona_code'", 'code': "old_row.profile ->> 'code'"
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
            new_row.id,
            {%- for column, value in _supplied_fields().items() %}
            {{ value }} as {{ column }}_was,
            {%- endfor %}
            {{ sync_object('edited_fields') }}(old_row, new_row) as fields
        from unnest(new_rows) as new_row
        inner join unnest(old_rows) as old_row using (id)
    ) as pairs
    inner join {{ ref('int_persona_clusters') }} as clusters
        on pairs.id = clusters.persona_id and clusters.source_table = '{{ table }}' and clusters.contributes
    inner join {{ source('legacy', table) }} as legacy_rows on clusters.source_id = legacy_rows.id
    inner join {{ ref('base_' ~ table) }} as base on clusters.source_id = base.id
    inner join {{ ref('shown_' ~ table) }} as shown on clusters.persona_id = shown.persona_id
    cross join lateral jsonb_populate_record(legacy_rows.*, {{ some_columns('shown') }}array[
        {%- for column, field in field_columns(table).items() %}
        case
            when
                '{{ field }}' = any(pairs.fields)
                {%- if column in not_null %}
                and shown.{{ column }} is not null
                {%- endif %}
                {%- if column in _supplied_fields() %}
                and (
                    {{ clean_text('base.' ~ column) if column != 'unique_id' else 'base.unique_id' }} = pairs.{{ column }}_was
                    or (pairs.{{ column }}_was is null and clusters.precedence = 1)
                )
                {%- endif %}
                then '{{ column }}'
        end{{ ',' if not loop.last }}
        {%- endfor %}
    ])) as edited_rows
{% endmacro %}


{#
  Whether a row, also one that is gone, shows in a persona: a private row that was merged into a shared one is its tenant's, and no write of
  the persona reaches it (law 5). Arguments: names of a row of `int_persona_clusters` and of one of `personas`.
#}
{% macro is_of_persona(clusters, personas) -%}
    {{ clusters }}.tenant_id is not distinct from {{ personas }}.tenant_id
{%- endmacro %}


{# Some of a row's columns as a JSON object: followed by the array of their names, and a parenthesis. #}
{% macro some_columns(row) -%}
    {{ sync_object('some_columns') }}(to_jsonb({{ row }}.*), {{ '' }}
{%- endmacro %}


{% macro _some_columns() %}
    begin
        return (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(whole) where key = any(names));
    end;
{% endmacro %}


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
        wanted {{ mart_row('personas') }};
        given {{ mart_row('personas') }};
        inexpressible jsonb;
        marked_before text;
    begin
        {{ begin_own_writes(none) }}
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
                        where clusters.persona_id = wanted.id and {{ is_of_persona('clusters', 'wanted') }}
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
                        inner join {{ ref('int_persona_living') }} as living using (source_table, source_id)
                        inner join {{ ref('column_mapping') }} as mapping using (source_table)
                        where
                            residuals.persona_id = any(array[wanted.id])
                            and living.persona_id = any(array[wanted.id])
                            and mapping.goes_to = 'personas.profile.' || key
                            and not residuals.residual ? key
                            and exists (
                                select from pg_attribute
                                where
                                    attrelid = case mapping.source_table
                                        {%- for table in ['dh_personas', 'org_personas'] %}
                                        when '{{ table }}' then {{ literal(source('legacy', table)) }}::regclass
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
