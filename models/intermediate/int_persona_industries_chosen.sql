{{ config(pre_hook='{{ make_stored("persona_industry_mapping") }}') }}

select
    industries.persona_id,
    industries.industry_id,
    industries.is_primary
    and not exists (
        select from {{ stored('persona_industry_mapping') }} as chosen
        where
            chosen.persona_id = industries.persona_id
            and chosen.industry_id <> industries.industry_id
            and chosen.origin = 'new'
            and chosen.is_primary
    ) as is_primary,
    industries.industry_specific_id,
    industries.industry_metadata,
    industries.origin
from {{ ref('int_persona_industries') }} as industries
