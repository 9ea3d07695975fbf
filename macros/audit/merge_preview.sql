{#
  Purpose: what makes a pair likely, in words and in the order of the waterfall:
  `role title: same role title (+5.6)`. Argument: the `reasons` of `int_persona_matches`.
#}
{% macro reasons_in_words(reasons) -%}
    (
        select
            array_agg(
                (reason ->> 'comparison') || ': ' || (reason ->> 'label')
                || ' (' || to_char((reason ->> 'weight')::numeric, 'FMSG990.0') || ')'
                order by place
            )
        from jsonb_array_elements({{ reasons }}) with ordinality as listed (reason, place)
    )
{%- endmacro %}


{#
  Purpose: what of two personas would show if they were merged, by the rule of survivorship (`int_personas_combined`):
  `[{"field", "stays", "loses": […], "is_gained"}]`, of the fields in which the surviving persona gets a value that it
  does not have, or where a value would go to the residual.
  Argument: `pair`, an alias with left_persona_id, right_persona_id, surviving_persona_id, is_shared.
#}
{% macro merge_changes(pair) -%}
    (
        select
            coalesce(
                jsonb_agg(
                    jsonb_build_object('field', field, 'stays', stays, 'loses', loses, 'is_gained', is_gained)
                    order by is_gained, field
                ) filter (where is_gained or loses <> '[]'),
                '[]'
            )
        from (
            select
                field,
                stays,
                is_gained,
                to_jsonb(array_remove(filled, stays)) as loses
            from (
                select
                    fields.key as field,
                    (array_agg(fields.value order by {{ is_empty_json('fields.value') }}, members.precedence))[1]
                        as stays,
                    coalesce(
                        array_agg(distinct fields.value) filter (where not {{ is_empty_json('fields.value') }}), '{}'
                    ) as filled,
                    not bool_or(members.is_survivors and not {{ is_empty_json('fields.value') }})
                    and bool_or(not {{ is_empty_json('fields.value') }}) as is_gained
                from (
                    select
                        {{ record_as_json('records') }} as record,
                        rows_of_both.persona_id = {{ pair }}.surviving_persona_id as is_survivors,
                        row_number() over (
                            order by
                                rows_of_both.unmerged_persona_id = {{ pair }}.surviving_persona_id desc,
                                rows_of_both.source_table,
                                records.created_at,
                                rows_of_both.source_id
                        ) as precedence
                    from {{ ref('int_persona_clusters') }} as rows_of_both
                    inner join {{ ref('int_persona_records') }} as records
                        on
                            rows_of_both.source_table = records.source_table
                            and rows_of_both.source_id = records.source_id
                    where
                        rows_of_both.persona_id in ({{ pair }}.left_persona_id, {{ pair }}.right_persona_id)
                        and rows_of_both.contributes
                        and (records.tenant_id is null or not {{ pair }}.is_shared)
                ) as members
                cross join lateral jsonb_each(members.record) as fields
                group by fields.key
            ) as by_field
        ) as compared
    )
{%- endmacro %}


{# Purpose: the same for people: one sentence a line. Argument: as above, with retired_persona_id and keeps_private. #}
{% macro merge_in_words(pair) -%}
    (
        array['persona ' || {{ pair }}.surviving_persona_id || ' stays; ' || {{ pair }}.retired_persona_id
        || ' is retired, and its id leads to the other']
        || case
            when {{ pair }}.keeps_private
                then array['the persona stays shared; what only the tenant''s row says is kept private']
            else '{}'
        end
        || (
            select
                coalesce(
                    array_agg(
                        concat(
                            change ->> 'field',
                            case when (change ->> 'is_gained')::boolean then ' is gained: ' else ' stays: ' end,
                            left(change ->> 'stays', 80),
                            '; to the residual goes: ' || left(
                                (select string_agg(lost, ' | ') from jsonb_array_elements_text(change -> 'loses') as lost),
                                80
                            )
                        )
                        order by place
                    ),
                    '{}'
                )
            from jsonb_array_elements({{ merge_changes(pair) }}) with ordinality as listed (change, place)
        )
        {%- for mapping, target in {
            'persona_industry_mapping': 'industry_id', 'persona_role_mapping': 'role_id', 'persona_jtbd_mapping': 'jtbd_id'
        }.items() %}
        || (
            select case when count(*) > 0 then array['{{ mapping }}: gains ' || count(*)] else '{}' end
            from {{ ref(mapping) }} as gained
            where
                gained.persona_id = {{ pair }}.retired_persona_id
                and not {{ pair }}.keeps_private
                and not exists (
                    select from {{ ref(mapping) }} as present
                    where
                        present.persona_id = {{ pair }}.surviving_persona_id
                        and present.{{ target }} = gained.{{ target }}
                )
        )
        {%- endfor %}
    )
{%- endmacro %}
