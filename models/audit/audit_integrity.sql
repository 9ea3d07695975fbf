{% set keys = {
    'personas': 'id',
    'persona_industry_mapping': 'persona_id, industry_id',
    'persona_role_mapping': 'persona_id, role_id',
    'persona_jtbd_mapping': 'persona_id, jtbd_id',
    'persona_source_mapping': 'source_table, source_id',
    'persona_link_source_mapping': 'source_table, source_id, pointer',
    'persona_overrides': 'persona_id, field',
    'persona_ids': 'source_table, old_id'
} %}
{% set references = [
    ('persona_industry_mapping', 'persona_id', ref('personas'), 'id'),
    ('persona_role_mapping', 'persona_id', ref('personas'), 'id'),
    ('persona_jtbd_mapping', 'persona_id', ref('personas'), 'id'),
    ('persona_source_mapping', 'persona_id', ref('personas'), 'id'),
    ('persona_link_source_mapping', 'persona_id', ref('personas'), 'id'),
    ('persona_ids', 'persona_id', ref('personas'), 'id'),
    ('persona_industry_mapping', 'industry_id', source('legacy', 'industries'), 'id'),
    ('persona_role_mapping', 'role_id', source('legacy', 'org_roles'), 'id')
] %}
{% set read_by_oid = {
    'dh_personas': source('legacy', 'dh_personas'),
    'org_personas': source('legacy', 'org_personas'),
    'personas': ref('personas'),
    'persona_source_mapping': ref('persona_source_mapping'),
    'persona_link_source_mapping': ref('persona_link_source_mapping')
} %}
with doubled as (

    {% for relation, key in keys.items() -%}
    select
        '{{ relation }}' as relation,
        concat_ws(' ', {{ key }}) as key,
        count(*) || ' rows have this key' as problem
    from {{ ref(relation) }}
    group by {{ key }}
    having count(*) > 1 or num_nulls({{ key }}) > 0
    union all
    {% endfor -%}
    select
        'personas' as relation,
        concat_ws(' ', tenant_id, unique_id) as key,
        count(*) || ' living personas have this unique_id' as problem
    from {{ ref('personas') }}
    where deleted_at is null
    group by tenant_id, unique_id
    having count(*) > 1

),

dangling as (

    {% for relation, column, target, target_column in references -%}
    select
        '{{ relation }}' as relation,
        concat_ws(' ', {{ keys[relation] }}) as key,
        '{{ column }} ' || {{ column }} || ' is not in {{ target.identifier }}' as problem
    from {{ ref(relation) }} as pointing
    where not exists (select from {{ target }} as target where target.{{ target_column }} = pointing.{{ column }})
    union all
    {% endfor -%}
    select
        'persona_jtbd_mapping' as relation,
        concat_ws(' ', persona_id, jtbd_id) as key,
        'jtbd_id ' || jtbd_id || ' is not in jtbd_library' as problem
    from {{ ref('persona_jtbd_mapping') }} as pointing
    where
        exists (select from {{ optional_source('jtbd_library') }} as jtbd_library)
        and not exists (
            select from {{ optional_source('jtbd_library') }} as jtbd_library
            where jtbd_library.id = pointing.jtbd_id
        )

),

primary_industries as (

    select
        'persona_industry_mapping' as relation,
        persona_id::text as key,
        count(*) filter (where is_primary) || ' primary industries of ' || count(*) as problem
    from {{ ref('persona_industry_mapping') }}
    group by persona_id
    having count(*) filter (where is_primary) <> 1

),

of_no_legacy_row as (

    {% for relation in ['persona_industry_mapping', 'persona_role_mapping', 'persona_jtbd_mapping'] -%}
    select
        '{{ relation }}' as relation,
        concat_ws(' ', {{ keys[relation] }}) as key,
        'of legacy origin, but its persona has no legacy row' as problem
    from {{ ref(relation) }} as mapping
    where
        mapping.origin = 'legacy'
        and not exists (
            select from {{ ref('persona_source_mapping') }} as sources
            where sources.persona_id = mapping.persona_id
        )
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

old_ids as (

    select
        'persona_ids' as relation,
        coalesce(old_ids.source_table, sources.source_table) || ' '
        || coalesce(old_ids.old_id, sources.source_id) as key,
        case
            when old_ids.old_id is null then 'persona_source_mapping has it, persona_ids does not'
            when sources.source_id is null then 'persona_ids has it, persona_source_mapping does not'
            else 'leads to ' || old_ids.persona_id || ', in persona_source_mapping to ' || sources.persona_id
        end as problem
    from {{ ref('persona_ids') }} as old_ids
    full join {{ ref('persona_source_mapping') }} as sources
        on
            old_ids.source_table = sources.source_table
            and old_ids.old_id = sources.source_id
    where old_ids.persona_id is distinct from sources.persona_id

),

-- That each has its row: audit_row_accounting.
old_links as (

    select
        'persona_role_mapping' as source_table,
        id as source_id,
        'persona_id' as pointer,
        'org_personas' as persona_table,
        persona_id as old_id,
        org_role_id::text as target_id
    from {{ optional_source('persona_role_mapping') }} as links
    {% for pointer, table in [('persona_id', 'org_personas'), ('persona_dh_id', 'dh_personas')] -%}
    union all
    select 'jtbd_org_persona_mapping', id, '{{ pointer }}', '{{ table }}', {{ pointer }}, jtbd_id::text
    from {{ optional_source('jtbd_org_persona_mapping') }} as links
    where {{ pointer }} is not null
    {% endfor %}

),

links_led_astray as (

    select
        'persona_link_source_mapping' as relation,
        concat_ws(' ', links.source_table, links.source_id, links.pointer) as key,
        'leads to ' || links.target_id || ' of ' || links.persona_id || ', not to '
        || old_links.target_id || ' of ' || sources.persona_id as problem
    from old_links
    inner join {{ ref('persona_link_source_mapping') }} as links
        on
            old_links.source_table = links.source_table
            and old_links.source_id = links.source_id
            and old_links.pointer = links.pointer
    inner join {{ ref('persona_source_mapping') }} as sources
        on
            old_links.persona_table = sources.source_table
            and old_links.old_id = sources.source_id
    where old_links.target_id <> links.target_id or sources.persona_id <> links.persona_id

),

-- Law 4: the id is the own id of one of the rows, or the one made from it where two tables share it.
ids_of_nobody as (

    select
        'personas' as relation,
        sources.persona_id::text as key,
        'not the id of any of its legacy rows' as problem
    from {{ ref('persona_source_mapping') }} as sources
    where
        sources.persona_id <> sources.source_id
        and not exists (
            select from {{ ref('persona_source_mapping') }} as owners
            inner join {{ ref('personas') }} as personas on owners.persona_id = personas.id
            where
                owners.persona_id = sources.persona_id
                and (
                    owners.source_id = owners.persona_id
                    or owners.persona_id = {{ second_id('owners.source_table', 'owners.source_id') }}
                    -- Of two tenants' rows with one id: the one that is gone has another key, the third row another id.
                    or owners.source_id = {{ second_id('owners.source_table', 'owners.persona_id') }}
                    or owners.persona_id
                    = {{ second_id('owners.source_table', "owners.source_id || ':' || personas.tenant_id") }}
                )
        )

),

no_objects as (

    {% for relation in ['persona_source_mapping', 'persona_link_source_mapping'] -%}
    select
        '{{ relation }}' as relation,
        concat_ws(' ', {{ keys[relation] }}) as key,
        'the residual is no object' as problem
    from {{ ref(relation) }}
    where jsonb_typeof(residual) <> 'object'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- A view follows a table that is renamed; whoever asks by name then sees another one.
swapped as (

    {% for name, relation in read_by_oid.items() -%}
    {% set text = relation.include(database=false) | string | replace("'", "''") -%}
    select
        '{{ name }}' as relation,
        null as key,
        'another table has its name than the one that is proved' as problem
    where to_regclass('{{ text }}') is distinct from '{{ text }}'::regclass
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from doubled
union all
select * from dangling
union all
select * from primary_industries
union all
select * from of_no_legacy_row
union all
select * from old_ids
union all
select * from links_led_astray
union all
select * from ids_of_nobody
union all
select * from no_objects
union all
select * from swapped
union all
select 'persona_source_mapping' as relation, key, problem from {{ ref('audit_merge_problems') }}
union all
select * from {{ ref('audit_contract_gaps') }}
