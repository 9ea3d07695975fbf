-- The residuals that a build would write over marts that are as they are: the round trip is exact again.
update personas.persona_source_mapping as sources
set residual = residuals.residual
from personas_intermediate.int_persona_residuals as residuals
where
    sources.source_table = residuals.source_table
    and sources.source_id = residuals.source_id
    and sources.residual::text <> residuals.residual::text;
update personas.persona_link_source_mapping as sources
set residual = residuals.residual
from personas_intermediate.int_persona_link_residuals as residuals
where
    sources.source_table = residuals.source_table
    and sources.source_id = residuals.source_id
    and sources.pointer = residuals.pointer
    and sources.residual::text <> residuals.residual::text;
