select id, name, score from {{ source('src', 'people') }}
