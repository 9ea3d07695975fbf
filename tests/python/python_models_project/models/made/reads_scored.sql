select count(*) as people from {{ ref('scored') }}
