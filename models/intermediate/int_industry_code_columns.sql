select
    columns.column_name,
    columns.position,
    industries.canonical_industry_id as industry_id
from {{ ref('industry_id_columns') }} as columns
inner join {{ ref('int_industries') }} as industries
    on columns.industry_code = industries.industry_code
