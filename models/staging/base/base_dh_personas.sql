select
    {{ image_as_found('dh_personas', 'dh_personas') }} as as_found,
    {%- for column in declared_source_columns('dh_personas') %}
    dh_personas.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ source('legacy', 'dh_personas') }} as dh_personas
