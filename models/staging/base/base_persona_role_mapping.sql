select
    {{ image_as_found('persona_role_mapping', 'persona_role_mapping') }} as as_found,
    {%- for column in declared_source_columns('persona_role_mapping') %}
    persona_role_mapping.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ optional_source('persona_role_mapping') }} as persona_role_mapping
