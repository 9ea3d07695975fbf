select
    source_table,
    source_id,
    persona_id,
    column_name,
    legacy_value #>> '{}' as old_value,
    shown_value #>> '{}' as shown_value,
    reason
from {{ ref('audit_fidelity') }}
where reason <> 'redundant'
