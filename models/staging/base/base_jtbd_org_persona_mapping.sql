select
    {{ image_as_found('jtbd_org_persona_mapping', 'jtbd_org_persona_mapping') }} as as_found,
    {%- for column in declared_source_columns('jtbd_org_persona_mapping') %}
    jtbd_org_persona_mapping.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ optional_source('jtbd_org_persona_mapping') }} as jtbd_org_persona_mapping
