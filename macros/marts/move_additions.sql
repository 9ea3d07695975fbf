{#
  Purpose: undo. Mapping rows born in the new world go where their owners went
  (`find_moved_owners`), when `personas` has the new personas and still has the retired ones:
    1. what was inserted, changed or deleted since the marts were last brought to the owners'
       versions is done to the version of each owner that the persona had until now;
    2. each persona shows, of each target, the version of its first owner that shows;
    3. what is shown is noted, so that later edits are told from it; an owner that is alone
       needs no version apart from its persona's rows.
  Personas whose owners are the same as before are not touched. The touched ones are locked until
  the commit, so that nobody adds a row to a persona that goes.
#}
{% macro move_additions() %}
    {%- if not _history_is_ours() -%}{{ return('') }}{%- endif -%}
    {%- set known = ref('int_persona_owners') -%}
    {%- set additions = ref('int_persona_additions') -%}
    {{ _forget_vanished_targets(additions) }}
    {%- if owners_moved() %}
    select from {{ this }} where id in (select persona_id from moved_personas) order by id for update;
    {%- for table, target in _targets_of_mappings().items() -%}
        {%- set relation = load_relation(this.incorporate(path={'identifier': table})) -%}
        {%- if relation -%}{{ _move_mapping(relation, table, target, additions) }}{%- endif -%}
    {%- endfor %}

    delete from {{ additions }}
    using owners_after
    where
        {{ additions.identifier }}.owner_id = owners_after.owner_id
        and owners_after.is_alone
        and exists (select from {{ this }} where id = owners_after.persona_id);
    delete from {{ known }}
    where
        owner_id in (select owner_id from owners_before)
        or owner_id in (select owner_id from owners_after);
    insert into {{ known }} (owner_id, persona_id, shows)
    select owner_id, persona_id, shows from owners_after where not is_alone;
    {%- endif %}
{% endmacro %}


{# Mapping → what it points at: the column, its type, the legacy table. #}
{% macro _targets_of_mappings() %}
    {{ return({
        'persona_industry_mapping': {'column': 'industry_id', 'type': 'uuid', 'table': 'industries'},
        'persona_role_mapping': {'column': 'role_id', 'type': 'uuid', 'table': 'org_roles'},
        'persona_jtbd_mapping': {'column': 'jtbd_id', 'type': 'text', 'table': 'jtbd_library'},
    }) }}
{% endmacro %}


{# What has lost its target would have gone with it, and does not return when the target does. #}
{% macro _forget_vanished_targets(additions) %}
    {%- for table, target in _targets_of_mappings().items() if is_in_database(source('legacy', target.table)) %}
    delete from {{ additions }} as additions
    where
        additions.relation = '{{ table }}'
        and not exists (
            select from {{ source('legacy', target.table) }} as target
            where target.id = additions.target_id::{{ target.type }}
        );
    {%- endfor %}
{% endmacro %}


{% macro _move_mapping(relation, table, target, additions) %}
    {%- set columns = adapter.get_columns_in_relation(relation)
        | rejectattr('name', 'in', ['persona_id', target.column, 'origin']) | list -%}
    {%- set names = ['persona_id', target.column, 'origin'] + columns | map(attribute='name') | list -%}
    {%- set edits = 'edits_of_' ~ table -%}
    {%- set placed = 'placed_' ~ table %}
    -- 1. Values as text: JSON would make one of a JSON null and none at all.
    create temporary table {{ edits }} on commit drop as
    with now_there as materialized (
        select
            persona_id,
            {{ target.column }}::text as target_id,
            jsonb_build_object(
                {%- for column in columns %}
                '{{ column.name }}', {{ adapter.quote(column.name) }}::text{{ ',' if not loop.last }}
                {%- endfor %}
            ) as now_is
        from {{ relation }}
        where origin = 'new' and persona_id in (select persona_id from moved_personas)
        for update
    ),

    known as (
        select owners_before.persona_id, additions.target_id, additions.shown as was
        from {{ additions }} as additions
        inner join owners_before using (owner_id)
        where additions.relation = '{{ table }}' and additions.shown is not null
    )

    select
        persona_id,
        target_id,
        was,
        now_is,
        (
            select jsonb_object_agg(fields.key, fields.value) from jsonb_each(now_is) as fields
            where fields.value is distinct from was -> fields.key
        ) as changes
    from now_there
    full join known using (persona_id, target_id)
    where now_is is distinct from was;

    -- A tenant's own row in a shared persona, which nobody could see, is not edited by what is shown.
    {%- set is_edited %}
        additions.relation = '{{ table }}'
        and additions.owner_id = owners_before.owner_id
        and additions.target_id = edits.target_id
        and (owners_before.shows or additions.own - 'is_primary' = edits.was - 'is_primary')
    {%- endset %}
    delete from {{ additions }} as additions
    using {{ edits }} as edits inner join owners_before using (persona_id)
    where edits.now_is is null and {{ is_edited }};

    update {{ additions }} as additions set own = additions.own || edits.changes
    from {{ edits }} as edits inner join owners_before using (persona_id)
    where edits.now_is is not null and {{ is_edited }};

    -- Who had none gets the whole row; not by another one's becoming primary, though, which says nothing of this one.
    insert into {{ additions }} (owner_id, relation, target_id, own)
    select
        owners_before.owner_id,
        '{{ table }}',
        edits.target_id,
        edits.now_is
        {%- if table == 'persona_industry_mapping' %} || jsonb_build_object(
            'is_primary', (coalesce(edits.changes ->> 'is_primary', 'false'))
        ) {%- endif %}
    from {{ edits }} as edits inner join owners_before using (persona_id)
    where edits.now_is is not null and edits.changes <> '{"is_primary": "false"}'
    on conflict (owner_id, relation, target_id) do nothing;
    {%- if table == 'persona_industry_mapping' %}

    -- An owner has one primary industry: the one chosen last.
    update {{ additions }} as additions set own = additions.own || '{"is_primary": "false"}'
    from {{ edits }} as edits inner join owners_before using (persona_id)
    where
        edits.changes ->> 'is_primary' = 'true'
        and additions.relation = '{{ table }}'
        and additions.owner_id = owners_before.owner_id
        and additions.target_id <> edits.target_id
        and additions.own ->> 'is_primary' = 'true'
        and exists (
            select from {{ additions }} as chosen
            where
                chosen.owner_id = owners_before.owner_id
                and chosen.relation = '{{ table }}'
                and chosen.target_id = edits.target_id
                and chosen.own ->> 'is_primary' = 'true'
        );
    {%- endif %}

    -- 2.
    create temporary table {{ placed }} on commit drop as
    select distinct on (owners_after.persona_id, additions.target_id)
        owners_after.persona_id,
        additions.target_id,
        additions.owner_id,
        additions.own as shown
    from {{ additions }} as additions
    inner join owners_after using (owner_id)
    where
        additions.relation = '{{ table }}'
        and owners_after.shows
        and exists (select from {{ this }} where id = owners_after.persona_id)
    order by owners_after.persona_id, additions.target_id, owners_after.place;
    analyze {{ placed }};
    {%- if table == 'persona_industry_mapping' %}
    {{ _settle_primary_industries(relation, placed) }}
    {%- endif %}

    delete from {{ relation }} as gone
    where
        gone.origin = 'new'
        and gone.persona_id in (select persona_id from moved_personas)
        and not exists (
            select from {{ placed }} as placed
            where placed.persona_id = gone.persona_id and placed.target_id = gone.{{ target.column }}::text
        );

    insert into {{ relation }} as old_row ({{ get_quoted_csv(names) }})
    select
        persona_id,
        target_id::{{ target.type }},
        'new'
        {%- for column in columns %},
        (shown ->> '{{ column.name }}')::{{ column.data_type }}
        {%- endfor %}
    from {{ placed }}
    on conflict (persona_id, {{ target.column }}) do update set
        {%- for name in names[2:] %}
        {{ adapter.quote(name) }} = excluded.{{ adapter.quote(name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    where {{ _row_of('old_row', names) }} *<> {{ _row_of('excluded', names) }};

    -- 3.
    update {{ additions }} as additions set shown = now_shown.shown
    from (
        select of_owner.owner_id, of_owner.target_id, placed.shown
        from {{ additions }} as of_owner
        left join {{ placed }} as placed using (owner_id, target_id)
        where of_owner.relation = '{{ table }}' and of_owner.owner_id in (select owner_id from owners_after)
    ) as now_shown
    where
        additions.relation = '{{ table }}'
        and additions.owner_id = now_shown.owner_id
        and additions.target_id = now_shown.target_id
        and additions.shown is distinct from now_shown.shown;
{% endmacro %}


{#
  The primary industry of a persona with several owners is that of the first one that has an
  industry, by its legacy row or by a version of its own: what that owner chose, else what the
  legacy side says.
#}
{% macro _settle_primary_industries(relation, placed) %}
    with deciding as (
        select distinct on (owners_after.persona_id) owners_after.persona_id, owners_after.owner_id
        from owners_after
        inner join owners_now using (owner_id)
        where
            owners_after.persona_id in (select persona_id from {{ placed }})
            and owners_after.shows
            and (
                exists (
                    select from {{ placed }} as placed
                    where placed.owner_id = owners_after.owner_id
                )
                or exists (
                    select from {{ ref('int_persona_records') }} as records
                    where
                        records.source_table = owners_now.source_table
                        and records.source_id = owners_now.source_id
                        and (
                            records.industry_id in (select industry_id from {{ ref('int_industries') }})
                            or records.industry_codes
                            ?| array(select column_name from {{ ref('int_industry_code_columns') }})
                        )
                )
            )
        order by owners_after.persona_id, owners_after.place
    ),

    chosen as (
        select deciding.persona_id, placed.target_id
        from deciding
        inner join {{ placed }} as placed using (persona_id, owner_id)
        where placed.shown ->> 'is_primary' = 'true'
    ),

    by_legacy as (
        select persona_id, industry_id::text as target_id
        from {{ ref('int_persona_industries') }}
        where persona_id = any(array(select persona_id from deciding)) and is_primary
    )

    update {{ placed }} as placed
    set shown = placed.shown || jsonb_build_object(
        'is_primary',
        coalesce(placed.target_id = coalesce(chosen.target_id, by_legacy.target_id), false)::text
    )
    from deciding
    left join chosen using (persona_id)
    left join by_legacy using (persona_id)
    where placed.persona_id = deciding.persona_id;

    update {{ relation }} as mapped set is_primary = false
    where
        mapped.is_primary
        and mapped.persona_id in (select persona_id from {{ placed }} where shown ->> 'is_primary' = 'true');
{% endmacro %}
