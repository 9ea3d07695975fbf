{#
  Jobs of a persona that no old row tells of, or one that is left to another persona (`split_links`); the new one points at the first of
  its legacy rows.
#}
{% macro _missing_job_links() %}
    select
        new_rows[i],
        case clusters.source_table when 'org_personas' then clusters.source_id end,
        case clusters.source_table when 'dh_personas' then clusters.source_id end
    from generate_subscripts(new_rows, 1) as i
    cross join lateral (
        select members.source_table, members.source_id from {{ ref('int_persona_clusters') }} as members
        where members.persona_id = (new_rows[i]).persona_id and members.contributes
        order by members.precedence
        limit 1
    ) as clusters
    where
        not exists (
            select from {{ ref('persona_link_source_mapping') }} as links
            where
                links.persona_id = (new_rows[i]).persona_id
                and links.target_id = (new_rows[i]).jtbd_id
                and links.source_table = 'jtbd_org_persona_mapping'
                and links.source_deleted_at is null
                and links.source_id <> all(split_links)
        )
{% endmacro %}


{#
  Rows of the old jobs mapping, which points at either persona table. One that points at a row of another persona, or at a private row in this
  one, is not changed for that: this persona gets a row of its own.
#}
{% macro _write_job_links() %}
    {%- set links = source('legacy', 'jtbd_org_persona_mapping') -%}
    {%- set sources = ref('persona_link_source_mapping') -%}
    {%- set values = synced_mappings().persona_jtbd_mapping['values'] %}
        dh := {{ sync_object('legacy_ids_of') }}('dh_personas', ids);
        org := {{ sync_object('legacy_ids_of') }}('org_personas', ids);
        links := array(
            select links.source_id from {{ sources }} as links
            {{ _of_our_rows() }}
            inner join (
                select (old_rows[i]).persona_id, (old_rows[i]).jtbd_id as target_id from generate_subscripts(old_rows, 1) as i
                except
                select (new_rows[i]).persona_id, (new_rows[i]).jtbd_id from generate_subscripts(new_rows, 1) as i
            ) as removed using (persona_id, target_id)
            where links.source_table = 'jtbd_org_persona_mapping' and links.source_deleted_at is null
        );
        edited_links := array(
            select links.source_id from {{ sources }} as links
            {{ _of_our_rows() }}
            inner join (
                select new_row.persona_id, new_row.jtbd_id as target_id {{ _rows_on_both_sides('jtbd_id', values) }}
            ) as edited using (persona_id, target_id)
            where links.source_table = 'jtbd_org_persona_mapping' and links.source_deleted_at is null
        );
        split_links := array(
            select id from {{ ref('stg_jtbd_org_persona_mapping') }} as old_links
            where
                id = any(edited_links)
                {#- null <> all of no ids is true #}
                and (
                    persona_id is not null and persona_id <> all(org)
                    or persona_dh_id is not null and persona_dh_id <> all(dh)
                )
        );
        {{ begin_own_writes('legacy') }}
        {#- a row that points at another persona as well stays, for that one #}
        delete from {{ links }}
        where
            id operator(pg_catalog.=) any(links)
            and (persona_id is null or persona_id operator(pg_catalog.=) any(org))
            and (persona_dh_id is null or persona_dh_id operator(pg_catalog.=) any(dh));
        update {{ links }}
        set
            persona_id = case when persona_id operator(pg_catalog.=) any(org) then null else persona_id end,
            persona_dh_id = case when persona_dh_id operator(pg_catalog.=) any(dh) then null else persona_dh_id end
        where id operator(pg_catalog.=) any(links operator(pg_catalog.||) split_links);
        update {{ links }} as old_row
        set
            {%- for column in values %}
            {{ column }} = case
                when row(edited.old_{{ column }})::pg_catalog.record operator(pg_catalog.*<>) row(edited.{{ column }})::pg_catalog.record
                    then edited.{{ column }}
                else old_row.{{ column }}
            end{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ sources }} as link_sources, (
            select
                new_row.persona_id,
                {%- for column in values %}
                old_row.{{ column }} as old_{{ column }},
                new_row.{{ column }},
                {%- endfor %}
                new_row.jtbd_id as target_id
            {{ _rows_on_both_sides('jtbd_id', values) }}
        ) as edited
        where
            link_sources.persona_id operator(pg_catalog.=) edited.persona_id
            and link_sources.target_id operator(pg_catalog.=) edited.target_id
            and link_sources.source_table operator(pg_catalog.=) 'jtbd_org_persona_mapping'
            and link_sources.source_deleted_at is null
            and old_row.id operator(pg_catalog.=) link_sources.source_id
            and old_row.id operator(pg_catalog.=) any(edited_links)
            and old_row.id operator(pg_catalog.<>) all(split_links);
        insert into {{ links }} (id, jtbd_id, persona_id, persona_dh_id, {{ values | join(', ') }})
        select
            pg_catalog.gen_random_uuid(), (wanted.mapping).jtbd_id, wanted.org_id, wanted.dh_id,
            {% for column in values %}(wanted.mapping).{{ column }}{{ ', ' if not loop.last }}{% endfor %}
        from {{ sync_object('missing_job_links') }}(new_rows, split_links) as wanted;
        {{ end_own_writes() }}
{% endmacro %}


{# Of all pointers of old rows at some personas (`links`), those at the rows of these that show in them. #}
{% macro _of_our_rows() -%}
    inner join {{ ref('int_job_links') }} as old_links
                on
                    links.source_id = old_links.id
                    and links.pointer = old_links.pointer
                    and old_links.legacy_persona_id = any(case old_links.persona_table when 'dh_personas' then dh else org end)
{%- endmacro %}
