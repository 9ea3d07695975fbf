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


{#
  A row that returns is its persona's again, but only with the tenant that it left with; returns whether one did. One of another tenant is
  another row (as in `int_persona_clusters`): what is known of the first is kept under a key of its own.
#}
{% macro _cluster_new_rows() %}
    {%- set clusters = ref('int_persona_clusters') -%}
    {%- set sources = ref('persona_source_mapping') -%}
    declare
        known boolean;
    begin
        with leaving as (
            select stored.source_id, {{ kept_source_id('stored') }} as kept_id
            from {{ clusters }} as stored
            inner join {{ ref('int_persona_records') }} as records using (source_table, source_id)
            where
                stored.source_table = of_table
                and stored.source_id = any(keys)
                and stored.tenant_id is distinct from records.tenant_id
        ),

        left_clusters as (
            update {{ clusters }} as clusters set source_id = leaving.kept_id
            from leaving
            where clusters.source_table = of_table and clusters.source_id = leaving.source_id
        )

        update {{ sources }} as sources
        set source_id = leaving.kept_id, residual = sources.residual || jsonb_build_object('id', sources.source_id)
        from leaving
        where sources.source_table = of_table and sources.source_id = leaving.source_id;

        with returning_rows as (
            select kept.source_id as kept_id, records.source_id
            from {{ clusters }} as first_one
            inner join {{ ref('int_persona_records') }} as records
                on records.source_table = of_table and first_one.unmerged_persona_id = records.source_id
            cross join lateral (values {{ possible_persona_ids('records') }}) as possible (persona_id, place)
            inner join {{ clusters }} as kept on possible.persona_id = kept.unmerged_persona_id
            where
                first_one.unmerged_persona_id = any(keys)
                and kept.source_table = of_table
                and kept.source_deleted_at is not null
                and kept.tenant_id is not distinct from records.tenant_id
                and kept.source_id = {{ kept_source_id('kept') }}
        ),

        returned_clusters as (
            update {{ clusters }} as clusters set source_id = returning_rows.source_id
            from returning_rows
            where clusters.source_table = of_table and clusters.source_id = returning_rows.kept_id
        )

        update {{ sources }} as sources
        set source_id = returning_rows.source_id, residual = sources.residual - 'id'
        from returning_rows
        where sources.source_table = of_table and sources.source_id = returning_rows.kept_id;

        known := exists (select from {{ clusters }} where source_table = of_table and source_id = any(keys));
        insert into {{ clusters }} as clusters (
            source_table, source_id, tenant_id, persona_id, unmerged_persona_id, match_rule,
            contributes, contributors, precedence, first_seen_at
        )
        select of_table, new_rows.source_id, records.tenant_id, ids.id, ids.id, 'own', true, 1, 1, now()
        from (select of_table as source_table, source_id from unnest(keys) as source_id) as new_rows
        left join {{ ref('int_persona_records') }} as records
            on records.source_table = of_table and new_rows.source_id = records.source_id
        cross join lateral (
            select possible.persona_id as id
            from (values {{ possible_persona_ids('records') }}) as possible (persona_id, place)
            where
                not exists (
                    select from {{ clusters }} as earlier
                    where
                        earlier.unmerged_persona_id = possible.persona_id
                        and (earlier.source_table, earlier.source_id) <> (of_table, new_rows.source_id)
                )
            order by possible.place
            limit 1
        ) as ids
        on conflict (source_table, source_id) do update set source_deleted_at = null;
        return known;
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
  personas after one of their rows came, went, or was made active or inactive. A private row whose shared persona has no shared row
  left, or is deleted, parts at once.
  Returns all the personas that are concerned: `ids`, and those of rows that parted.
#}
{% macro _settle_clusters() %}
    {%- set clusters = ref('int_persona_clusters') -%}
    declare
        parted uuid[];
    begin
        with members as (
            select clusters.*, records.deleted_at is not null as is_inactive
            from {{ clusters }} as clusters
            inner join {{ ref('int_persona_records') }} as records using (source_table, source_id)
            where
                clusters.persona_id = any(ids)
                and clusters.source_deleted_at is null
        ),

        shared_no_longer as (
            select members.persona_id
            from members
            group by members.persona_id
            having
                not bool_or(members.tenant_id is null and not members.is_inactive)
                and exists (
                    select from {{ clusters }} as first_one
                    where first_one.unmerged_persona_id = members.persona_id and first_one.tenant_id is null
                )
        ),

        parting as (
            update {{ clusters }} as clusters
            set persona_id = clusters.unmerged_persona_id, match_rule = 'own'
            from members
            inner join shared_no_longer using (persona_id)
            where
                clusters.source_table = members.source_table
                and clusters.source_id = members.source_id
                and members.persona_id <> members.unmerged_persona_id
                and members.tenant_id is not null
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
                records.created_at,
                bool_or(clusters.tenant_id is null and clusters.source_deleted_at is null)
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
