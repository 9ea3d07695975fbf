select
    {{ image_as_found('org_personas', 'org_personas') }} as as_found,
    {%- for column in declared_source_columns('org_personas') %}
    org_personas.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ source('legacy', 'org_personas') }} as org_personas
