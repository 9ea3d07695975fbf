-- Which industry each of the five industry-specific id columns stands for in this database.
select
    columns.column_name,
    coalesce(canonical.id, industries.id) as industry_id
from {{ ref('industry_id_columns') }} as columns
inner join {{ ref('stg_industries') }} as industries on columns.industry_code = industries.industry_code
left join {{ ref('industry_canonical') }} as aliases on industries.industry_code = aliases.industry_code
left join {{ ref('stg_industries') }} as canonical on aliases.canonical_industry_code = canonical.industry_code
