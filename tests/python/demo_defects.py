"""The defects of the real database: each a query that finds rows where, and only where, a database has it."""

VIEWS = r"""
create function pg_temp.is_blank(value text) returns boolean language sql immutable
as $$ select translate(value, chr(160) || E' \t\r\n', '') = '' $$;

-- One row per JSON value. Wrapped means: a JSON string whose text is JSON.
create temp view json_values as
select
    'dh' as origin, id, key, value, case jsonb_typeof(value) when 'string' then value #>> '{}' end as inside
from dh_personas, lateral (
    values
    ('responsibilities', responsibilities), ('pain_points', pain_points), ('goals', goals), ('needs', needs),
    ('behaviors', behaviors), ('typical_titles', typical_titles), ('preferred_channels', preferred_channels),
    ('frustrations', frustrations), ('motivations', motivations), ('tags', tags)
) as each (key, value)
union all
select 'org', id, key, value, case jsonb_typeof(value) when 'string' then value #>> '{}' end
from org_personas, lateral (
    values
    ('education', education), ('typical_titles', typical_titles), ('capabilities', capabilities),
    ('key_responsibilities', key_responsibilities), ('metadata', metadata), ('pain_points', pain_points),
    ('goals', goals), ('needs', needs), ('behaviors', behaviors), ('motivations', motivations)
) as each (key, value);

-- One row per persona of either table.
create temp view both_tables as
select
    'dh' as origin, id, name, unique_id, persona_code as code, primary_role_id, industry_id, created_at,
    updated_at, digital_health_id, pharma_id, biotech_id, meddev_id, dx_id
from dh_personas
union all
select
    'org', id, name, unique_id, code, primary_role_id, industry_id, created_at,
    updated_at, digital_health_id, pharma_id, biotech_id, meddev_id, dx_id
from org_personas;

-- One row per code of either table.
create temp view codes as
select origin, id, key, each.code, is_specific
from both_tables, lateral (
    values
    ('own', code, false), ('digital_health_id', digital_health_id, true), ('pharma_id', pharma_id, true),
    ('biotech_id', biotech_id, true), ('meddev_id', meddev_id, true), ('dx_id', dx_id, true)
) as each (key, code, is_specific)
where each.code is not null;

-- What makes two dh_personas one by exact evidence: the same after cleaning and case folding.
create temp view evidence as
select
    id,
    lower(btrim(translate(name, chr(160), ' '))) as name,
    lower(btrim(translate(title, chr(160), ' '))) as title,
    lower(btrim(organization)) as organization,
    industry_id,
    is_active
from dh_personas
where not pg_temp.is_blank(name) and not pg_temp.is_blank(title) and not pg_temp.is_blank(organization)
and industry_id is not null;
"""

_QUERIES = r"""
-- an array wrapped into a JSON string, in both tables
select from json_values where inside ~ '^\[".*"\]$' having count(distinct origin) = 2;

-- wrapped and plain arrays in one row
select from json_values group by origin, id
having bool_or(inside ~ '^\[".*"\]$') and bool_or(jsonb_typeof(value) = 'array' and value <> '[]');

-- an empty array wrapped
select from json_values where inside = '[]';

-- wrapped twice, in both tables
select from json_values where value::text ~ '^"\\"\[' having count(distinct origin) = 2;

-- wrapped three times
select from json_values where value::text ~ '^"\\"\\\\\\"\[';

-- wrapped more than three times
select from json_values where value::text ~ '^"(\\+"){4,}\[';

-- an object wrapped
select from json_values where inside ~ '^\{".*\}$' and key <> 'metadata';

-- metadata wrapped
select from json_values where inside ~ '^\{".*\}$' and key = 'metadata';

-- an empty object wrapped
select from json_values where inside = '{}';

-- wrapped with white space around
select from json_values where inside ~ '^\s+\[.*\]\s+$';

-- a string that begins like an array but is none, in both tables
select from json_values where inside = '[not json' having count(distinct origin) = 2;

-- a string that begins with an array and goes on
select from json_values where inside = '[1, 2] and more';

-- an object in single quotes
select from json_values where inside ~ $$^\{'.*\}$$;

-- an array with a comma too many
select from json_values where inside ~ ', \]$';

-- JSON that jsonb does not take: a null character
select from json_values where inside ~ '\\u0000';

-- JSON that jsonb does not take: half of a surrogate pair
select from json_values where inside ~ '\\ud800';

-- a plain text as JSON
select from json_values where inside = 'see notes';

-- a number as text
select from json_values where inside = '42';

-- the word null as text
select from json_values where inside = 'null';

-- an empty JSON string
select from json_values where inside = '';

-- JSON null and SQL null, in both tables
select from json_values where value = 'null' or value is null
having count(distinct (origin, value is null)) = 4;

-- an object where an array is expected
select from json_values where origin = 'dh' and jsonb_typeof(value) = 'object';

-- a boolean and a number where an array is expected
select from json_values
having bool_or(jsonb_typeof(value) = 'boolean') and bool_or(jsonb_typeof(value) = 'number');

-- blank and null elements
select from json_values where value @> '[null, ""]';

-- a wrapped element in a plain array
select from json_values where jsonb_typeof(value) = 'array' and value ->> 0 ~ '^\["';

-- a wrapped object that names a key twice
select from json_values where inside ~ '"a": 1, "a": 2';

-- numbers that a float would not keep
select from json_values where value::text ~ '1\.0\M';

-- a non-breaking space inside a name, in both tables
select from both_tables where name like '%_' || chr(160) || '_%' having count(distinct origin) = 2;

-- a non-breaking space inside a unique_id, in both tables
select from both_tables where unique_id like '%_' || chr(160) || '_%' having count(distinct origin) = 2;

-- a name with an honorific, and the same without
select from dh_personas as bare
join dh_personas as titled on translate(titled.name, chr(160), ' ') = 'Dr. ' || bare.name;

-- a name that is a role, repeated as the title
select from dh_personas where name = title and persona_code ~ '^P\d{3}$';

-- a name that is a person
select from dh_personas where name ~ '^(Dr\. )?\S+ ([A-Z]\. )?\S+$' and title ~ '\m(Director|Manager|Lead)\M';

-- a role that both tables have
select from dh_personas join org_personas using (name) where name = 'Medical Writer';

-- three of one name at one tenant
select from org_personas where name = 'Medical Writer' group by tenant_id having count(*) = 3;

-- a name that is only the code
select from org_personas where name = code;

-- an empty name with a title
select from dh_personas where name = '' and not pg_temp.is_blank(title);

-- a name and a title of white space
select from dh_personas
where pg_temp.is_blank(name) and pg_temp.is_blank(title) and name <> '' and title <> ''
and not pg_temp.is_blank(persona_code);

-- blank name, title and code
select from dh_personas
where pg_temp.is_blank(name) and pg_temp.is_blank(title) and pg_temp.is_blank(persona_code);

-- blank name and code at a tenant
select from org_personas where pg_temp.is_blank(name) and pg_temp.is_blank(code);

-- a blank title with a name
select from dh_personas where pg_temp.is_blank(title) and not pg_temp.is_blank(name);

-- white space around a name, in both tables
select from both_tables where name <> btrim(name, chr(160) || E' \t\n') and not pg_temp.is_blank(name)
having count(distinct origin) = 2;

-- an apostrophe, in both tables
select from both_tables where name like '%''%' having count(distinct origin) = 2;

-- an emoji, in both tables
select from both_tables where name ~ '[🌀-🫿]' having count(distinct origin) = 2;

-- an emoji joined from several
select from both_tables where name like '%' || chr(8205) || '%';

-- combining characters, in both tables
select from both_tables where name <> normalize(name, nfc) having count(distinct origin) = 2;

-- one name composed and decomposed
select from dh_personas as a join dh_personas as b on a.name = normalize(b.name, nfc) and a.name <> b.name;

-- other scripts
select from dh_personas where name ~ '[\u0600-\u06ff]' and title ~ '[\u4e00-\u9fff]';

-- unicode in a unique_id, in both tables
select from both_tables where replace(unique_id, chr(160), '') ~ '[^\u0001-\u007f]'
having count(distinct origin) = 2;

-- a name over 255 characters, in both tables
select from both_tables where length(name) > 255 having count(distinct origin) = 2;

-- a title over 255 characters
select from dh_personas where length(title) > 255;

-- a code over 255 characters, in both tables
select from both_tables where length(code) > 255 having count(distinct origin) = 2;

-- a code over 50 characters that would fit into 255
select from both_tables where length(code) between 51 and 255;

-- a unique_id over 50 characters
select from both_tables where length(unique_id) > 50;

-- an industry's code that fills its 50 characters, in both tables
select from codes where is_specific and length(code) = 50 having count(distinct origin) = 2;

-- one code from several books, in both tables
select from codes where code = 'P001'
having count(distinct id) >= 5 and count(distinct (origin, key)) >= 6;

-- one pharma_id given to two personas
select from dh_personas where pharma_id = 'P002' group by pharma_id having count(distinct name) = 2;

-- an industry's code that is somebody else's own
select from dh_personas as a join dh_personas as b on a.persona_code in (b.digital_health_id, b.pharma_id)
where a.id <> b.id and a.name <> b.name;

-- each of the five columns of codes, in both tables
select from codes where is_specific having count(distinct (origin, key)) = 10;

-- two codes in one row, in both tables
select from (
    select origin from codes where is_specific and code <> '' group by origin, id having count(*) = 2
) as rows_with_two having count(distinct origin) = 2;

-- five codes in one row
select from codes where is_specific group by origin, id having count(*) = 5;

-- a code of another industry than the row's
select from dh_personas join industries on industries.id = industry_id
where industry_code = 'digital_health' and pharma_id is not null and digital_health_id is null;

-- a code in a row without an industry, in both tables
select from both_tables
where industry_id is null and coalesce(digital_health_id, pharma_id, biotech_id, meddev_id, dx_id) <> ''
having count(distinct origin) = 2;

-- an industry without a code
select from both_tables
where industry_id is not null
and coalesce(digital_health_id, pharma_id, biotech_id, meddev_id, dx_id) is null;

-- blank codes
select from codes where is_specific and pg_temp.is_blank(code) having count(distinct code) > 1;

-- white space around a code
select from codes where is_specific and code <> btrim(code) and not pg_temp.is_blank(code);

-- personas on both rows for pharma
select from dh_personas join industries on industries.id = industry_id
where industry_code in ('pharmaceuticals', 'PHARMA') having count(distinct industry_code) = 2;

-- a tenant's persona on the second row for pharma
select from org_personas join industries on industries.id = industry_id where industry_code = 'PHARMA';

-- one persona three times by exact evidence, not all active
select from evidence group by name, title, organization, industry_id
having count(*) >= 3 and bool_or(is_active) and not bool_and(is_active);

-- the same in case and white space that differ
select from evidence join dh_personas as original using (id)
group by evidence.name, evidence.title, evidence.organization, evidence.industry_id
having count(distinct original.name) > 1 and count(distinct original.title) > 1;

-- one name and title twice, without other evidence
select from dh_personas where organization is null and industry_id is null and not pg_temp.is_blank(name)
group by name, title having count(*) > 1;

-- one persona on both rows for pharma
select from dh_personas as a
join dh_personas as b using (name, title, organization)
join industries as a_industry on a_industry.id = a.industry_id
join industries as b_industry on b_industry.id = b.industry_id
where a_industry.industry_code = 'pharmaceuticals' and b_industry.industry_code = 'PHARMA';

-- one persona with a slip of the pen
select from dh_personas as a join dh_personas as b using (title, organization, industry_id)
where a.name = 'Tobias Lindqvist' and b.name = 'Tobias Lindquist';

-- one id for two personas, once
select from dh_personas join org_personas using (id) where dh_personas.name <> org_personas.name
having count(*) = 1;

-- links to both personas of that id
select from jtbd_org_persona_mapping as by_org
join jtbd_org_persona_mapping as by_dh on by_org.persona_id = by_dh.persona_dh_id;

-- one unique_id in both tables
select from dh_personas join org_personas using (unique_id);

-- one unique_id at two tenants
select from org_personas group by unique_id having count(distinct tenant_id) = 2;

-- one code at two tenants
select from org_personas group by code having count(distinct tenant_id) = 2;

-- a tenant without personas
select from tenants where id not in (select tenant_id from org_personas);

-- personas with and without a role, in both tables
select from both_tables having count(distinct (origin, primary_role_id is null)) = 4;

-- old role mappings that say primary, not primary, or nothing
select from persona_role_mapping
having bool_or(is_primary_role) and not bool_and(is_primary_role) and bool_or(is_primary_role is null);

-- two primary roles of one persona
select from persona_role_mapping where is_primary_role group by persona_id having count(*) > 1;

-- a primary role mapping that is not the persona's primary role
select from persona_role_mapping join org_personas on org_personas.id = persona_id
where is_primary_role and org_role_id <> primary_role_id;

-- a primary role without a mapping
select from org_personas
left join persona_role_mapping on persona_id = org_personas.id and org_role_id = primary_role_id
where primary_role_id is not null and persona_id is null;

-- links by the one pointer, by the other, by both
select from jtbd_org_persona_mapping
having count(distinct (persona_id is null, persona_dh_id is null)) = 3;

-- one job of one dh persona twice
select from jtbd_org_persona_mapping where persona_dh_id is not null
group by jtbd_id, persona_dh_id having count(*) > 1;

-- wrapped barriers
select from jtbd_org_persona_mapping where jsonb_typeof(adoption_barriers) = 'string';

-- relevance at both ends and unknown
select from jtbd_org_persona_mapping
having min(relevance_score) = 1 and max(relevance_score) = 10 and bool_or(relevance_score is null);

-- budget words as decision authority
select from dh_personas where decision_authority ~ '\$\d';

-- a job title as decision authority
select from dh_personas where decision_authority = 'VP Medical Affairs';

-- decision authority nearly in the words of the enumeration
select from dh_personas where decision_authority <> 'HIGH' and upper(btrim(decision_authority)) = 'HIGH';

-- a blank decision authority
select from dh_personas where pg_temp.is_blank(decision_authority);

-- decision authority mostly null
select from dh_personas having count(decision_authority) between 1 and count(*) * 0.3;

-- decision authority of tenants' personas by enumeration, and null
select from org_personas
having count(distinct decision_authority) >= 4 and bool_or(decision_authority is null);

-- all scores at the lower end
select from dh_personas where priority_score = 1.00;

-- all scores at the upper end
select from dh_personas where priority_score = 10.00;

-- one score that is null, and with it the generated one
select from dh_personas where priority_score is null and value_score is not null;

-- all scores null
select from dh_personas
where coalesce(value_score, pain_score, adoption_score, ease_score, strategic_score, network_score) is null;

-- tiers at both ends and null
select from dh_personas having min(tier) = 1 and max(tier) = 5 and bool_or(tier is null);

-- inactive, and not known whether active
select from dh_personas having bool_or(not is_active) and bool_or(is_active is null);

-- updated a microsecond before created, in both tables
select from both_tables where updated_at = created_at - interval '1 microsecond'
having count(distinct origin) = 2;

-- times of microseconds, in both tables
select from both_tables where created_at <> date_trunc('milliseconds', created_at)
and created_at <> updated_at having count(distinct origin) = 2;

-- empty texts
select from dh_personas where background = '' and budget = '' and notes = '';

-- texts of white space, also of a non-breaking space
select from dh_personas where pg_temp.is_blank(background) and background <> '' and budget = chr(160);

-- empty and null side by side at a tenant
select from org_personas having bool_or(reports_to = '') and bool_or(reports_to is null);

-- a trailing space
select from dh_personas where organization like '% ' or sector like '% ';

-- lines within a text
select from dh_personas
where background ~ '\S\n\S' and background like '%' || chr(13) || chr(10) || chr(9) || '%';

-- backslashes, quotes, templates
select from dh_personas
where notes like '%\\N%' and notes like '%{{%' and notes like '%''%' and notes like '%"%';

-- what COPY and CSV take for null, as texts
select from dh_personas where key_need = '\N' and focus = 'null';

-- a long text
select from dh_personas where length(background) > 5000;
"""


def _named(queries: str) -> dict[str, str]:
    """Each query by the comment above it."""
    named = {}
    for block in queries.strip().split("\n\n"):
        name, query = block.split("\n", 1)
        named[name.removeprefix("-- ")] = query
    return named


DEFECTS = _named(_QUERIES)
"""In words → the query."""
