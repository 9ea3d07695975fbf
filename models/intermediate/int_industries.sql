select
    industries.id as industry_id,
    industries.industry_code,
    coalesce(canonical_industries.id, industries.id) as canonical_industry_id
from {{ ref('stg_industries') }} as industries
left join {{ ref('industry_canonical') }} as canonical
    on industries.industry_code = canonical.industry_code
left join {{ ref('stg_industries') }} as canonical_industries
    on canonical.canonical_industry_code = canonical_industries.industry_code
