/*
What is this?        Each row is an entry of `seeds/industry_canonical.csv` that leads to a code which is itself led
                     on to another one.
When does it matter? Aliases are followed for one step only: personas would be mapped to an industry that does not
                     count.
How to resolve?      Lead every code straight to the industry that counts.
*/
select aliases.*
from {{ ref('industry_canonical') }} as aliases
inner join {{ ref('industry_canonical') }} as further
    on aliases.canonical_industry_code = further.industry_code
