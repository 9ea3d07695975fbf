{# Roles of a persona with a row of `org_personas` that its primary role does not say already. #}
{% macro _missing_role_links() %}
    select clusters.source_id, mappings.role_id, mappings.is_primary, mappings.responsibilities ->> 0
    from (select (new_rows[i]).* from generate_subscripts(new_rows, 1) as i) as mappings
    cross join lateral (
        select members.source_id from {{ ref('int_persona_clusters') }} as members
        where members.persona_id = mappings.persona_id and members.source_table = 'org_personas' and members.contributes
        order by members.precedence
        limit 1
    ) as clusters
    where
        not (mappings.is_primary and mappings.responsibilities = '[]')
        and (mappings.responsibilities = '[]' or jsonb_typeof(mappings.responsibilities -> 0) = 'string')
        and not exists (
            select from {{ ref('persona_link_source_mapping') }} as links
            where
                links.persona_id = mappings.persona_id
                and links.target_id = mappings.role_id::text
                and links.source_table = 'persona_role_mapping'
                and links.source_deleted_at is null
        )
{% endmacro %}


{# Rows of the old role mapping, which knows `org_personas` only. #}
{% macro _write_role_links() %}
    {%- set links = source('legacy', 'persona_role_mapping') -%}
    {%- set sources = ref('persona_link_source_mapping') -%}
        org := {{ sync_object('legacy_ids_of') }}('org_personas', ids);
        links := array(
            select links.source_id from {{ sources }} as links
            inner join (
                select (old_rows[i]).persona_id, (old_rows[i]).role_id::text as target_id from generate_subscripts(old_rows, 1) as i
                except
                select (new_rows[i]).persona_id, (new_rows[i]).role_id::text from generate_subscripts(new_rows, 1) as i
            ) as removed using (persona_id, target_id)
            inner join {{ ref('stg_persona_role_mapping') }} as old_links on links.source_id = old_links.id
            where
                links.source_table = 'persona_role_mapping'
                and links.source_deleted_at is null
                and old_links.persona_id = any(org)
        );
        {{ begin_own_writes('legacy') }}
        delete from {{ links }} where id operator(pg_catalog.=) any(links);
        update {{ links }} as old_row
        set
            is_primary_role = case
                when edited.old_primary operator(pg_catalog.<>) edited.is_primary then edited.is_primary
                else old_row.is_primary_role
            end,
            role_context = case
                when edited.old_responsibilities operator(pg_catalog.<>) edited.responsibilities then edited.role_context
                else old_row.role_context
            end
        from {{ sources }} as link_sources, (
            select
                new_row.persona_id,
                new_row.role_id::pg_catalog.text as target_id,
                new_row.is_primary,
                new_row.responsibilities,
                case
                    when pg_catalog.jsonb_array_length(new_row.responsibilities) operator(pg_catalog.=) 1
                        then new_row.responsibilities operator(pg_catalog.->>) 0
                end as role_context,
                old_row.is_primary as old_primary,
                old_row.responsibilities as old_responsibilities
            {{ _rows_on_both_sides('role_id', ['is_primary', 'responsibilities']) }}
        ) as edited
        where
            link_sources.persona_id operator(pg_catalog.=) edited.persona_id
            and link_sources.target_id operator(pg_catalog.=) edited.target_id
            and link_sources.source_table operator(pg_catalog.=) 'persona_role_mapping'
            and link_sources.source_deleted_at is null
            and old_row.id operator(pg_catalog.=) link_sources.source_id
            and old_row.persona_id operator(pg_catalog.=) any(org);
        insert into {{ links }} (
            id, persona_id, org_role_id, match_type, match_confidence, is_primary_role, role_context
        )
        select
            pg_catalog.gen_random_uuid(), wanted.source_id, wanted.role_id, 'dual-write', 'high', wanted.is_primary, wanted.role_context
        from {{ sync_object('missing_role_links') }}(new_rows) as wanted;
        {{ end_own_writes() }}
        perform {{ sync_object('keep_gone_links') }}('persona_role_mapping', links, now());
{% endmacro %}
