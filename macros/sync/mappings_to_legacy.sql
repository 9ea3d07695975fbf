{#
  Purpose: what is written on the three mappings reaches the legacy tables in the same transaction: the columns of the persona tables
  and the rows of the old link tables that say the same. What neither can hold (a second industry, a role that no old table
  has a place for) stays a mapping row of origin `new`, which builds leave alone.
#}
{% macro mappings_to_legacy_functions() %}
    {%- set functions = [] -%}
    {%- for table in ['dh_personas', 'org_personas'] -%}
        {%- do functions.append(sync_reader(
            'mapped_' ~ table, 'edits jsonb', source('legacy', table), _mapped_rows(table), is_wide=true
        )) -%}
    {%- endfor -%}
    {%- do functions.extend([
        sync_function('legacy_ids_of', 'of_table text, ids uuid[]', 'uuid[]', _legacy_ids_of()),
        sync_reader('missing_role_links', 'new_rows ' ~ mart_row('persona_role_mapping') ~ '[]',
            _shape_of('source_id uuid, role_id uuid, is_primary boolean, role_context text'), _missing_role_links()),
        sync_reader('missing_job_links', 'new_rows ' ~ mart_row('persona_jtbd_mapping') ~ '[], split_links uuid[]',
            _shape_of('mapping ' ~ mart_row('persona_jtbd_mapping') ~ ', org_id uuid, dh_id uuid'), _missing_job_links())
    ]) -%}
    {%- do functions.append(sync_function('write_mapped_columns', 'edits jsonb', 'void', _write_mapped_columns())) -%}
    {%- for mart, mapping in synced_mappings().items() -%}
        {%- set pairs = 'old_rows ' ~ mart_row(mart) ~ '[], new_rows ' ~ mart_row(mart) ~ '[]' -%}
        {%- do functions.append(sync_function('put_back_' ~ mart, pairs, 'void', _put_back_mappings(mart, mapping))) -%}
        {%- do functions.append(sync_function(mart ~ '_written', pairs, 'void', _mapping_written(mart, mapping))) -%}
        {%- do functions.append(sync_function('from_' ~ mart, '', 'trigger', _from_mapping(mart), is_pinned=false)) -%}
    {%- endfor -%}
    {{ return(functions) }}
{% endmacro %}


{% macro synced_mappings() %}
    {{ return({
        'persona_industry_mapping': {'target': 'industry_id', 'reader': 'wanted_industries',
            'values': ['is_primary', 'industry_specific_id', 'industry_metadata']},
        'persona_role_mapping': {'target': 'role_id', 'reader': 'wanted_roles', 'values': ['is_primary', 'responsibilities']},
        'persona_jtbd_mapping': {'target': 'jtbd_id', 'reader': 'wanted_jobs', 'values': [
            'relevance_score', 'typical_frequency', 'use_case_examples', 'expected_benefit', 'adoption_barriers'
        ]}
    }) }}
{% endmacro %}


{# The columns of the persona tables that mappings are made of. #}
{% macro mapped_columns() %}
    {{ return(['industry_id', 'primary_role_id'] + industry_code_columns()) }}
{% endmacro %}


{#
  The legacy rows of personas whose mappings were edited, as they are to be. `edits`: persona id → {"columns": […], "industries": […],
  "roles": […]}: the columns that show something else now, and the targets that were taken away, from whichever row says them.
#}
{% macro _mapped_rows(table) %}
    select mapped_rows.*
    from jsonb_each(edits) as edits
    inner join {{ ref('int_persona_clusters') }} as clusters
        on edits.key::uuid = clusters.persona_id and clusters.source_table = '{{ table }}' and clusters.contributes
    inner join {{ source('legacy', table) }} as legacy_rows on clusters.source_id = legacy_rows.id
    inner join {{ ref('base_' ~ table) }} as base on clusters.source_id = base.id
    inner join {{ ref('shown_' ~ table) }} as shown on clusters.persona_id = shown.persona_id
    left join {{ ref('int_industries') }} as industries on base.industry_id = industries.industry_id
    cross join lateral jsonb_populate_record(legacy_rows.*, {{ some_columns('shown') }}array[
        {%- for column in mapped_columns() %}
        case
            when
                edits.value -> 'columns' ? '{{ column }}'
                {%- if column == 'primary_role_id' %}
                or edits.value -> 'roles' ? base.primary_role_id::text
                {%- elif column == 'industry_id' %}
                or edits.value -> 'industries' ? industries.canonical_industry_id::text
                {%- endif %}
                then '{{ column }}'
        end{{ ',' if not loop.last }}
        {%- endfor %}
    ])) as mapped_rows
{% endmacro %}


{% macro _write_mapped_columns() %}
    declare
        marked_before text;
        ids uuid[] := array(select key::uuid from jsonb_object_keys(edits) as key);
    begin
        {%- for table in ['dh_personas', 'org_personas'] %}
        if exists (select from {{ ref('int_persona_clusters') }} where persona_id = any(ids) and source_table = '{{ table }}') then
            {{ begin_own_writes('legacy') }}
            {{ with_columns_of(
                table, mapped_columns(), update_of_legacy(table, 'mapped_', '$1'), ['edits']
            ) }}
            {{ end_own_writes() }}
        end if;
        {%- endfor %}
    end;
{% endmacro %}


{#
  Mappings that were edited while nobody carried it over: what the marts say of some personas is remembered (`actual_…`) before anything
  brings it back to what the chain says, and then carried over as if it were edited now. `living`: personas with a living legacy row.
#}
{% macro declare_mappings() %}
        {%- for mart in synced_mappings() %}
        actual_{{ mart }} {{ mart_row(mart) }}[];
        {%- endfor %}
{%- endmacro %}


{% macro remember_mappings(ids) %}
        {%- for mart in synced_mappings() %}
        actual_{{ mart }} := array(select {{ as_mart_row(mart, 'present') }} from {{ ref(mart) }} as present where present.persona_id = any({{ ids }}));
        {%- endfor %}
{%- endmacro %}


{% macro carry_over_mappings() %}
        {%- for mart, mapping in synced_mappings().items() %}
        {%- set actual = 'unnest(actual_' ~ mart ~ ')' %}
        {%- set target = mapping.target %}
        {#- what went before brought its rows back to what the old side says #}
        {{ begin_own_writes('new') }}
        delete from {{ ref(mart) }} as present
        where
            present.persona_id operator(pg_catalog.=) any(living)
            and not exists (
                select from pg_catalog.{{ actual }} as actual_row
                where
                    actual_row.persona_id operator(pg_catalog.=) present.persona_id
                    and actual_row.{{ target }} operator(pg_catalog.=) present.{{ target }}
            );
        {{ upsert_wanted(ref(mart), 'pg_catalog.' ~ actual, ['persona_id', target], mapping['values'] + ['origin']) }};
        {{ end_own_writes() }}
        perform {{ sync_object(mart ~ '_written') }}(
            array(select wanted_row from {{ sync_object(mapping.reader) }}(living) as wanted_row),
            array(select actual_row from {{ actual }} as actual_row where actual_row.persona_id = any(living))
        );
        {%- endfor %}
{%- endmacro %}


{% macro _mapping_written(mart, mapping) %}
    {%- set relation = ref(mart) -%}
    {%- set target = mapping.target -%}
    declare
        marked_before text;
        ids uuid[] := array(
            select id from {{ ref('personas') }}
            where
                id = any(array(select (old_rows[i]).persona_id from generate_subscripts(old_rows, 1) as i))
                or id = any(array(select (new_rows[i]).persona_id from generate_subscripts(new_rows, 1) as i))
        );
        edits jsonb;
        links uuid[] := '{}';
        edited_links uuid[] := '{}';
        split_links uuid[];
        dh uuid[];
        org uuid[];
    begin
        {#- a persona that went takes its mappings along, and its trigger the rest #}
        if ids = '{}' then
            return;
        end if;
        perform {{ sync_object('lock_personas') }}(ids);
        perform {{ sync_object('refuse_waiting') }}('legacy', ids);
        perform {{ sync_object('wait_as_well') }}(ids);
        perform {{ sync_object('put_back_' ~ mart) }}(old_rows, new_rows);
        {#- as they are now: a trigger of the application may have written, or taken away, what this statement wrote #}
        new_rows := array(
            select {{ as_mart_row(mart, 'present') }}
            from unnest(new_rows) as new_row
            inner join {{ relation }} as present
                on present.persona_id = new_row.persona_id and present.{{ target }} = new_row.{{ target }}
        );
        {%- if mart == 'persona_industry_mapping' %}
        {{ _settle_primaries(relation) }}
        {%- endif %}
        {%- if mart == 'persona_jtbd_mapping' %}
        {{ _write_job_links() if is_in_database(source('legacy', 'jtbd_org_persona_mapping')) }}
        {%- else %}
        {{ _find_edits(mart) }}
        perform {{ sync_object('write_mapped_columns') }}(edits);
        {%- if mart == 'persona_role_mapping' and is_in_database(source('legacy', 'persona_role_mapping')) %}
        {{ _write_role_links() }}
        {%- endif %}
        {%- endif %}

        {#- also of rows that nobody touched: the column that said them may say another one now #}
        {{ begin_own_writes('new') }}
        update {{ relation }} as mapped
        set origin = settled.origin
        from (
            select
                present.persona_id,
                present.{{ target }} as target_id,
                case when wanted.persona_id is null then 'new' else 'legacy' end as origin
            from {{ relation }} as present
            left join {{ sync_object(mapping.reader) }}(ids) as wanted
                on
                    wanted.persona_id operator(pg_catalog.=) present.persona_id
                    and wanted.{{ target }} operator(pg_catalog.=) present.{{ target }}
                    {%- if mart != 'persona_jtbd_mapping' %}
                    and {{ _image(mapping['values'], 'wanted') }} operator(pg_catalog.*=) {{ _image(mapping['values'], 'present') }}
                    {%- endif %}
            where present.persona_id operator(pg_catalog.=) any(ids)
        ) as settled
        where
            mapped.persona_id operator(pg_catalog.=) settled.persona_id
            and mapped.{{ target }} operator(pg_catalog.=) settled.target_id
            and mapped.origin operator(pg_catalog.<>) settled.origin;
        {{ end_own_writes() }}
        perform {{ sync_object('refresh_personas') }}(
            ids, {{ 'false, true' if mart == 'persona_jtbd_mapping' else 'true, false' }}
        );
        {%- if mart == 'persona_jtbd_mapping' %}
        {#- an old row that points at another persona as well is that one's, too #}
        perform {{ sync_object('legacy_links_written') }}('jtbd_org_persona_mapping', links || edited_links, true);
        {%- endif %}
    end;
{% endmacro %}


{% macro _shape_of(columns) -%}
    {{ return('table (' ~ columns ~ ')') }}
{%- endmacro %}


{# The rows of personas in a legacy table; not the private ones in a shared persona. #}
{% macro _legacy_ids_of() %}
    begin
        return array(
            select source_id from {{ ref('int_persona_clusters') }}
            where source_table = of_table and persona_id = any(ids) and contributes
        );
    end;
{% endmacro %}


{# One primary industry: of two the one that was chosen now; where it went, the first that is left. #}
{% macro _settle_primaries(relation) %}
        {{ begin_own_writes('new') }}
        update {{ relation }} as other
        set is_primary = false
        from (
            select (new_rows[i]).persona_id, (new_rows[i]).industry_id from pg_catalog.generate_subscripts(new_rows, 1) as i
            where (new_rows[i]).is_primary
        ) as chosen
        where
            other.persona_id operator(pg_catalog.=) chosen.persona_id
            and other.industry_id operator(pg_catalog.<>) chosen.industry_id
            and other.is_primary;
        {{ choose_primary_industries(relation, 'remaining.persona_id operator(pg_catalog.=) any(ids)') }};
        {{ end_own_writes() }}
{% endmacro %}


{# What a statement changed of what the columns of the persona tables show. #}
{% macro _find_edits(mart) %}
        with old_mappings as (
            select (old_rows[i]).* from generate_subscripts(old_rows, 1) as i
        ),

        new_mappings as (
            select (new_rows[i]).* from generate_subscripts(new_rows, 1) as i
        ),

        edited as (
            {%- if mart == 'persona_industry_mapping' %}
            select coalesce(old_mappings.persona_id, new_mappings.persona_id) as persona_id, 'industry_id' as column_name
            from old_mappings
            full join new_mappings using (persona_id, industry_id)
            where coalesce(old_mappings.is_primary, false) <> coalesce(new_mappings.is_primary, false)
            union
            select coalesce(old_mappings.persona_id, new_mappings.persona_id), code_columns.column_name
            from old_mappings
            full join new_mappings using (persona_id, industry_id)
            inner join {{ ref('shown_code_columns') }} as code_columns using (industry_id)
            where old_mappings.industry_specific_id is distinct from new_mappings.industry_specific_id
            union
            {#- the only one that is left, or there: it became primary by itself #}
            select primary_one.persona_id, 'industry_id'
            from {{ ref(mart) }} as primary_one
            where
                primary_one.persona_id = any(ids)
                and primary_one.is_primary
                and not exists (
                    select from {{ sync_object('wanted_industries') }}(ids) as wanted
                    where
                        wanted.persona_id = primary_one.persona_id
                        and wanted.industry_id = primary_one.industry_id
                        and wanted.is_primary
                )
            {%- else %}
            select coalesce(old_mappings.persona_id, new_mappings.persona_id) as persona_id, 'primary_role_id' as column_name
            from old_mappings
            full join new_mappings using (persona_id, role_id)
            where coalesce(old_mappings.is_primary, false) <> coalesce(new_mappings.is_primary, false)
            {%- endif %}
        ),

        {%- set target = 'industry_id' if mart == 'persona_industry_mapping' else 'role_id' %}
        removed as (
            select persona_id, {{ target }} from old_mappings
            except
            select persona_id, {{ target }} from new_mappings
        )

        select jsonb_object_agg(personas.id, jsonb_build_object(
            'columns', (select coalesce(jsonb_agg(edited.column_name), '[]') from edited where edited.persona_id = personas.id),
            '{{ 'industries' if mart == 'persona_industry_mapping' else 'roles' }}',
            (select coalesce(jsonb_agg(removed.{{ target }}), '[]') from removed where removed.persona_id = personas.id)
        ))
        into edits
        from unnest(ids) as personas (id);
{% endmacro %}


{# Mapping rows that were there before and are there now, with other values: by their keys, for neither side need be whole. #}
{% macro _rows_on_both_sides(target, values) -%}
    from pg_catalog.unnest(new_rows) as new_row
            inner join pg_catalog.unnest(old_rows) as old_row
                on
                    old_row.persona_id operator(pg_catalog.=) new_row.persona_id
                    and old_row.{{ target }} operator(pg_catalog.=) new_row.{{ target }}
            where {{ _image(values, 'old_row') }} operator(pg_catalog.*<>) {{ _image(values, 'new_row') }}
{%- endmacro %}


{% macro _from_mapping(mart) %}
    declare
        slice constant pg_catalog.int4 := 1000;
        done pg_catalog.int8 := 0;
        old_slice {{ mart_row(mart) }}[] := '{}';
        new_slice {{ mart_row(mart) }}[] := '{}';
    begin
        if {{ is_own_write() }} then
            return null;
        end if;
        loop
            if tg_op operator(pg_catalog.<>) 'INSERT' then
                old_slice := array(select {{ as_mart_row(mart, 'old_rows') }} from old_rows offset done limit slice);
            end if;
            if tg_op operator(pg_catalog.<>) 'DELETE' then
                new_slice := array(select {{ as_mart_row(mart, 'new_rows') }} from new_rows offset done limit slice);
            end if;
            exit when
                pg_catalog.cardinality(old_slice) operator(pg_catalog.+) pg_catalog.cardinality(new_slice) operator(pg_catalog.=) 0;
            {%- set ids -%}
            array(select persona_id from pg_catalog.unnest(old_slice) union select persona_id from pg_catalog.unnest(new_slice))
            {%- endset %}
            {{ or_queue(
                or_catch_up('perform ' ~ sync_object(mart ~ '_written') ~ '(old_slice, new_slice)', ids), 'new', "'personas'", ids
            ) }}
            done := done operator(pg_catalog.+) slice;
        end loop;
        return null;
    end;
{% endmacro %}
