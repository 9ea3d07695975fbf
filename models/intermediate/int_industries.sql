with industries as (

    select * from {{ ref('stg_industries') }}

),

canonical as (

    select * from {{ ref('industry_canonical') }}

)

select
    industries.id as industry_id,
    industries.industry_code,
    coalesce(canonical_industries.id, industries.id) as canonical_industry_id
from industries
left join canonical on industries.industry_code = canonical.industry_code
left join industries as canonical_industries
    on canonical.canonical_industry_code = canonical_industries.industry_code
