{#
  Purpose: keeps `int_persona_clusters` while legacy rows come and go. A new row becomes a persona of its own; whether it is one
  that is known already is for the next build, and for people, to say (law 5: a merge is never a guess).
#}
{% macro cluster_legacy_rows_functions() %}
    {{ return([
        sync_function('lock_legacy_rows', 'of_table text, keys uuid[]', 'uuid[]', _lock_legacy_rows()),
        sync_function('cluster_new_rows', 'of_table text, keys uuid[]', 'boolean', _cluster_new_rows()),
        sync_function('cluster_gone_rows', 'of_table text, keys uuid[], gone_at timestamptz', 'void', _cluster_gone_rows(), reading_settings()),
        sync_function('settle_clusters', 'ids uuid[]', 'uuid[]', _settle_clusters())
    ]) }}
{% endmacro %}


{# Locks the personas of legacy rows, and returns their ids, in the order of the rows; again, when a build moved one before it was locked. #}
{% macro _lock_legacy_rows() %}
    declare
        locked uuid[] := '{}';
        ids uuid[];
    begin
        loop
            ids := array(
                select clusters.persona_id
                from unnest(keys) with ordinality as written (source_id, place)
                inner join {{ ref('int_persona_clusters') }} as clusters
                    on clusters.source_table = of_table and clusters.source_id = written.source_id
                order by written.place
            );
            if ids = locked then
                return ids;
            end if;
            perform {{ sync_object('lock_personas') }}(ids);
            locked := ids;
        end loop;
    end;
{% endmacro %}


{# A row that returns is its persona's again; returns whether one did. A uuid that stands in the other table as well gives another persona (law 4). #}
{% macro _cluster_new_rows() %}
    declare
        known integer := (
            select count(*) from {{ ref('int_persona_clusters') }} where source_table = of_table and source_id = any(keys)
        );
    begin
        insert into {{ ref('int_persona_clusters') }} as clusters (
            source_table, source_id, persona_id, unmerged_persona_id, match_rule,
            contributes, contributors, precedence, first_seen_at
        )
        select of_table, new_rows.source_id, ids.id, ids.id, 'own', true, 1, 1, now()
        from unnest(keys) as new_rows (source_id)
        cross join lateral (
            select
                case
                    when
                        exists (
                            select from {{ ref('int_persona_clusters') }} as twins
                            where
                                twins.unmerged_persona_id = new_rows.source_id
                                and (twins.source_table, twins.source_id) <> (of_table, new_rows.source_id)
                        )
                        then {{ uuid_version_8("of_table || ':' || new_rows.source_id") }}
                    else new_rows.source_id
                end as id
        ) as ids
        on conflict (source_table, source_id) do update set source_deleted_at = null;
        return known > 0;
    end;
{% endmacro %}


{#
  What is kept of a deleted row is the whole of it: it must come back as it was, whatever is edited meanwhile. What the rebuilt table does not have
  yet, because a column was added since the last build, the residual has already.
#}
{% macro _cluster_gone_rows() %}
    begin
        {%- for table in ['dh_personas', 'org_personas'] %}
        if of_table = '{{ table }}' then
            update {{ ref('persona_source_mapping') }} as sources
            set residual = sources.residual || ({{ image_as_found(table, 'rebuilt') }} - 'id'), source_deleted_at = gone_at
            from {{ ref('legacy_' ~ table) }} as rebuilt
            where
                rebuilt.id = any(keys)
                and sources.source_table = of_table
                and sources.source_id = rebuilt.id;
        end if;
        {%- endfor %}
        update {{ ref('int_persona_clusters') }}
        set source_deleted_at = gone_at
        where source_table = of_table and source_id = any(keys) and source_deleted_at is null;
    end;
{% endmacro %}


{#
  Purpose: which rows of a persona show, how many, and in which order; by the rules of `int_persona_clusters`, for some
  personas after one of their rows came, went or changed its tenant. A row whose tenant no longer goes with the others', and a private row
  whose shared persona has no shared row left, parts at once: its tenant's values must not show (law 5).
  Returns all the personas that are concerned: `ids`, and those of rows that parted.
#}
{% macro _settle_clusters() %}
    {%- set clusters = ref('int_persona_clusters') -%}
    declare
        parted uuid[];
    begin
        with members as (
            select clusters.*, records.tenant_id, records.source_id is not null as lives
            from {{ clusters }} as clusters
            left join {{ ref('int_persona_records') }} as records using (source_table, source_id)
            where
                clusters.persona_id = any(ids)
                and clusters.source_deleted_at is null
        ),

        personas as (
            select
                members.persona_id,
                bool_or(members.tenant_id is null) as has_shared_row,
                (array_agg(members.tenant_id order by members.precedence) filter (where members.tenant_id is not null))[1]
                    as tenant_id,
                exists (
                    select from {{ clusters }} as first_one
                    where
                        first_one.unmerged_persona_id = members.persona_id
                        and first_one.source_table = 'dh_personas'
                ) as was_shared
            from members
            where members.lives
            group by members.persona_id
        ),

        parting as (
            update {{ clusters }} as clusters
            set persona_id = clusters.unmerged_persona_id, match_rule = 'own'
            from members
            inner join personas using (persona_id)
            where
                clusters.source_table = members.source_table
                and clusters.source_id = members.source_id
                and members.lives
                and members.persona_id <> members.unmerged_persona_id
                and members.tenant_id is not null
                and (
                    members.tenant_id <> personas.tenant_id
                    or (personas.was_shared and not personas.has_shared_row)
                )
            returning clusters.persona_id
        )

        select coalesce(array_agg(persona_id), '{}') into parted from parting;

        if parted <> '{}' then
            perform {{ sync_object('lock_personas') }}(parted);
            ids := ids || parted;
        end if;

        with members as (
            select
                clusters.*,
                records.tenant_id,
                records.created_at,
                bool_or(records.tenant_id is null and clusters.source_deleted_at is null)
                    over (partition by clusters.persona_id) as is_shared
            from {{ clusters }} as clusters
            left join {{ ref('int_persona_records') }} as records using (source_table, source_id)
            where clusters.persona_id = any(ids)
        ),

        showing as (
            select
                *,
                source_deleted_at is null and (tenant_id is null or not is_shared) as shows
            from members
        ),

        settled as (
            select
                source_table,
                source_id,
                shows,
                case when source_deleted_at is null
                    then (count(*) filter (where shows) over (partition by persona_id))::integer else 0 end as how_many,
                case when source_deleted_at is null
                    then (row_number() over (
                        partition by persona_id
                        order by
                            source_deleted_at is not null,
                            persona_id = unmerged_persona_id desc,
                            source_table,
                            created_at,
                            source_id
                    ))::integer else 0 end as place
            from showing
        )

        update {{ clusters }} as clusters
        set contributes = shows, contributors = how_many, precedence = place
        from settled
        where
            clusters.source_table = settled.source_table
            and clusters.source_id = settled.source_id
            and (clusters.contributes, clusters.contributors, clusters.precedence)
            is distinct from (settled.shows, settled.how_many, settled.place);
        return ids;
    end;
{% endmacro %}
