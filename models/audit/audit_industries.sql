-- Written apart from int_industries.
select
    industries.id,
    {{ without_blank_ends('industries.industry_code') }} as industry_code,
    coalesce(canonical.id, industries.id) as canonical_id
from {{ source('legacy', 'industries') }} as industries
left join {{ ref('industry_canonical') }} as aliases
    on {{ without_blank_ends('industries.industry_code') }} = aliases.industry_code
left join {{ source('legacy', 'industries') }} as canonical
    on aliases.canonical_industry_code = {{ without_blank_ends('canonical.industry_code') }}
