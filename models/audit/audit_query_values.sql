-- Queries to which a persona answers with one value: a row's answer is the persona's, or it differs.
with answers as (

    select
        legacy_rows.persona_id,
        each_query.query,
        case when legacy_rows.is_active then each_query.old_parameter end as old_parameter,
        case when personas.deleted_at is null then each_query.new_parameter end as new_parameter
    from {{ ref('audit_legacy_rows') }} as legacy_rows
    left join {{ ref('personas') }} as personas on legacy_rows.persona_id = personas.id
    left join lateral jsonb_to_record(personas.profile) as fields (
        tier jsonb, priority_score jsonb, source text, ai_relationship text, persona_code text, code text, title text
    ) on true
    left join {{ ref('persona_industry_mapping') }} as industries
        on personas.id = industries.persona_id and industries.is_primary
    inner join lateral (
        select
            lower(
                concat_ws(' | ', legacy_rows.name, legacy_rows.title, legacy_rows.persona_code, legacy_rows.code)
            ) as old,
            lower(concat_ws(' | ', personas.name, fields.title, fields.persona_code, fields.code)) as new
        -- once a row, not once a fragment
        limit 1
    ) as texts on true
    cross join lateral (
        values
        ('list by tier', legacy_rows.tier::text, fields.tier::text),
        ('list by source', legacy_rows.source, fields.source),
        (
            'list by industry',
            legacy_rows.industry_id::text,
            -- somebody's choice in the new world answers nothing of the old one
            case industries.origin when 'new' then legacy_rows.industry_id else industries.industry_id end::text
        ),
        (
            'list in order',
            nullif(concat_ws(' / ', legacy_rows.tier, legacy_rows.priority_score), ''),
            nullif(concat_ws(' / ', fields.tier, fields.priority_score), '')
        ),
        ('look up persona_code', legacy_rows.persona_code, fields.persona_code),
        ('look up code', legacy_rows.code, fields.code),
        ('look up unique_id', legacy_rows.unique_id, personas.unique_id),
        ('look up name', legacy_rows.name, personas.name),
        ('look up ai_relationship', legacy_rows.ai_relationship, fields.ai_relationship),
        ('count by tenant', legacy_rows.tenant_id::text, personas.tenant_id::text)
        union all
        select
            'search',
            case when strpos(texts.old, fragments.fragment) > 0 then fragments.fragment end,
            case when strpos(texts.new, fragments.fragment) > 0 then fragments.fragment end
        from unnest((select array_agg(fragment) from {{ ref('audit_query_fragments') }})) as fragments (fragment)
    ) as each_query (query, old_parameter, new_parameter)

),

differences as (

    select * from answers where old_parameter is distinct from new_parameter

),

row_counts as (

    select
        persona_id,
        count(*) as row_count
    from {{ ref('persona_source_mapping') }}
    where source_deleted_at is null
    group by persona_id

)

select distinct
    query,
    old_parameter as parameter,
    persona_id,
    'old' as found_in
from differences
where old_parameter is not null
union all
-- additional where no row of the persona gave this answer
select
    differences.query,
    differences.new_parameter as parameter,
    differences.persona_id,
    'new' as found_in
from differences
inner join row_counts on differences.persona_id = row_counts.persona_id
where differences.new_parameter is not null
group by differences.query, differences.new_parameter, differences.persona_id, row_counts.row_count
having count(*) = row_counts.row_count
