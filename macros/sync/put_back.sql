{#
  Purpose: what a statement wrote on the new side, and what was carried over before its own trigger ran has brought back to what the
  old side says: another table's write in the same statement (`with … as (update …) update …`), or one by a trigger of the application.
  Value by value, and only where the one from before is shown again: whatever else is there now was written later.
#}
{% macro _put_back_personas() %}
    {%- set personas = ref('personas') -%}
    declare
        marked_before text;
        put_back {{ mart_row('personas') }}[];
    begin
        put_back := array(
            select row(
                {%- for column in personas_columns() %}
                {% if column == 'id' -%}
                present.id
                {%- elif column == 'profile' -%}
                (
                    select
                        present.profile
                        - coalesce(array_agg(edited.key) filter (where not new_row.profile ? edited.key), '{}')
                        || coalesce(jsonb_object_agg(edited.key, new_row.profile -> edited.key) filter (where new_row.profile ? edited.key), '{}')
                    from jsonb_object_keys(old_row.profile || new_row.profile) as edited (key)
                    where
                        row(old_row.profile -> edited.key)::record *<> row(new_row.profile -> edited.key)::record
                        and row(old_row.profile -> edited.key)::record *= row(present.profile -> edited.key)::record
                )
                {%- elif column == 'deleted_at' -%}
                {#- of an inactive row it moves with each write of it -#}
                case
                    when
                        (old_row.deleted_at is null) <> (new_row.deleted_at is null)
                        and (old_row.deleted_at is null) = (present.deleted_at is null)
                        then new_row.deleted_at
                    else present.deleted_at
                end
                {%- else -%}
                {{ _put_back_value(column) }}
                {%- endif %}{{ ',' if not loop.last }}
                {%- endfor %}
            )::{{ mart_row('personas') }}
            from unnest(new_rows) as new_row
            inner join unnest(old_rows) as old_row using (id)
            inner join {{ personas }} as present using (id)
            where {{ _image(personas_columns(), 'present') }} *<> {{ _image(personas_columns(), 'new_row') }}
            order by present.id
        );
        if put_back = '{}' then
            return;
        end if;
        {#- what triggers of the application write now must not bring it back once more #}
        perform set_config('personas.held', array(select id from unnest(put_back))::text, true);
        {{ begin_own_writes('new') }}
        {{ upsert_wanted(personas, 'pg_catalog.unnest(put_back)', ['id'], personas_columns()[1:]) }};
        {{ end_own_writes() }}
        perform set_config('personas.held', '', true);
    end;
{% endmacro %}


{% macro _put_back_value(column) -%}
    case
        when
            row(old_row.{{ column }})::record *<> row(new_row.{{ column }})::record
            and row(old_row.{{ column }})::record *= row(present.{{ column }})::record
            then new_row.{{ column }}
        else present.{{ column }}
    end
{%- endmacro %}


{# As above; and rows that were taken away, or got another key. #}
{% macro _put_back_mappings(mart, mapping) %}
    {%- set relation = ref(mart) -%}
    {%- set target, values = mapping.target, mapping['values'] -%}
    declare
        marked_before text;
        put_back {{ mart_row(mart) }}[];
        removed {{ mart_row(mart) }}[];
    begin
        put_back := array(
            select row(
                new_row.persona_id,
                new_row.{{ target }},
                {%- for column in values %}
                case when present.persona_id is null then new_row.{{ column }} else {{ _put_back_value(column) }} end,
                {%- endfor %}
                coalesce(present.origin, 'new')
            )::{{ mart_row(mart) }}
            from unnest(new_rows) as new_row
            left join unnest(old_rows) as old_row
                on old_row.persona_id = new_row.persona_id and old_row.{{ target }} = new_row.{{ target }}
            left join {{ relation }} as present
                on present.persona_id = new_row.persona_id and present.{{ target }} = new_row.{{ target }}
            where
                case
                    when old_row.persona_id is not null
                        then {{ _image(values, 'present') }} *<> {{ _image(values, 'new_row') }} and present.persona_id is not null
                    else
                        present.persona_id is null
                        and new_row.origin = 'legacy'
                        and exists (select from {{ ref('personas') }} as personas where personas.id = new_row.persona_id)
                end
        );
        removed := array(
            select {{ as_mart_row(mart, 'present') }}
            from unnest(old_rows) as old_row
            inner join {{ relation }} as present
                on present.persona_id = old_row.persona_id and present.{{ target }} = old_row.{{ target }}
            where
                {#- which one is primary is settled anew each time #}
                {{ _image(values | reject('equalto', 'is_primary') | list, 'present') }}
                *= {{ _image(values | reject('equalto', 'is_primary') | list, 'old_row') }}
                and not exists (
                    select from unnest(new_rows) as new_row
                    where new_row.persona_id = old_row.persona_id and new_row.{{ target }} = old_row.{{ target }}
                )
        );
        if put_back = '{}' and removed = '{}' then
            return;
        end if;
        {{ begin_own_writes('new') }}
        delete from {{ relation }} as present
        using pg_catalog.unnest(removed) as removed_row
        where
            present.persona_id operator(pg_catalog.=) removed_row.persona_id
            and present.{{ target }} operator(pg_catalog.=) removed_row.{{ target }};
        {{ upsert_wanted(relation, 'pg_catalog.unnest(put_back)', ['persona_id', target], values + ['origin']) }};
        {{ end_own_writes() }}
    end;
{% endmacro %}
