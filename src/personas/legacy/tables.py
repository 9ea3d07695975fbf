"""Names of the legacy tables."""

LEGACY_TABLES = (
    "tenants",
    "industries",
    "org_functions",
    "org_departments",
    "org_roles",
    "org_personas",
    "persona_role_mapping",
    "dh_personas",
    "jtbd_library",
    "jtbd_org_persona_mapping",
)
"""In load order: every foreign key points to the left."""

PERSONA_TABLES = ("org_personas", "dh_personas")
