"""The awkward rows of org_personas, one after the other: what a generated row is overlaid with.

tests/python/test_demo.py says in SQL what each of them is for.
"""

import unicodedata

from personas.demo import words
from personas.demo.awkward_dh import DIGITAL_HEALTH, NO_CODES, PHARMA_TOO, SHARED_UNIQUE_ID
from personas.demo.values import NBSP, Row, as_json, wrapped

SHARED_ID_ROW = 3
"""Its id is also the id of somebody else in dh_personas."""

_NULLABLE = (
    *(
        "expertise_level",
        "years_experience",
        "education",
        "typical_titles",
        "decision_authority",
        "capabilities",
    ),
    *("key_responsibilities", "department", "reports_to", "category_code", "typical_availability_hours"),
    *(
        "response_time_sla_hours",
        "description",
        "metadata",
        "primary_role_id",
        "pain_points",
        "goals",
        "needs",
    ),
    *(
        "behaviors",
        "ai_relationship",
        "tech_proficiency",
        "preferred_channels",
        "frustrations",
        "motivations",
    ),
    *(*words.SPECIFIC_COLUMNS, "industry_id"),
)

_ROWS: tuple[tuple[int, Row], ...] = (
    # --- one name, three personas of one tenant; also a role of dh_personas ---
    (0, {"name": "Medical Writer", "description": "Writes protocols", "education": wrapped(["MSc", "PhD"])}),
    (0, {"name": "Medical Writer", "description": "Writes for patients", "capabilities": '["Plain"]'}),
    (0, {"name": "Medical Writer", "description": None}),
    # --- one uuid, two personas ---
    (0, {"name": "Quality Assurance Director"}),
    (0, {"name": "Clinical Data Manager"}),
    # --- next to nothing is known ---
    (0, {**dict.fromkeys(_NULLABLE), "name": "P09_DMGR", "code": "P09_DMGR"}),
    (0, {"name": "", "code": " "}),
    (0, {"name": f"Chief{NBSP}Nursing Officer", "unique_id": f"dh_org_persona{NBSP}p07cno"}),
    # --- the same code, and at two tenants the same unique_id ---
    (0, {**NO_CODES, "code": "P001", "unique_id": "dh_org_persona_p001", "pharma_id": "P001"}),
    (1, {**NO_CODES, "code": "P001", "unique_id": "dh_org_persona_p001", "digital_health_id": "P001"}),
    # --- JSON ---
    (
        0,
        {
            "education": wrapped(["Twice"], 2),
            "typical_titles": as_json("[not json"),
            "capabilities": wrapped({"an": "object"}),
            "key_responsibilities": '["Plain"]',
            "metadata": wrapped({"review_stage": "FINAL"}),
            "pain_points": "null",
            "goals": wrapped(["Three times"], 3),
            "needs": as_json("see description"),
            "motivations": None,
        },
    ),
    # --- too long for the tables of the first attempt ---
    (
        0,
        {
            "name": "Head of " + "Cross-" * 50 + "Functional Teams",
            "code": "P11_" + "LONG_" * 60,
            "unique_id": "dh_org_persona_" + "long" * 20,
        },
    ),
    # --- codes of industries ---
    (0, {**NO_CODES, "meddev_id": "MD-201", "dx_id": "DX-201", "industry_id": None}),
    (0, {**NO_CODES, "digital_health_id": "DH-202", "biotech_id": "B" * 50, "industry_id": PHARMA_TOO}),
    (0, {**NO_CODES, "industry_id": DIGITAL_HEALTH, "digital_health_id": ""}),
    # --- times, writing, ends of the enumerations ---
    (0, {"created_at": "2025-11-02 08:00:00.000001+00", "updated_at": "2025-11-02 08:00:00+00"}),
    (1, {"name": unicodedata.normalize("NFD", "Zoé 🧪 Núñez"), "unique_id": "dh_org_persona_zoé_ñ"}),
    (1, {"decision_authority": "LOW", "expertise_level": "BEGINNER", "name": "Aoife O'Leary "}),
    (0, {"decision_authority": None, "expertise_level": None, "description": " \n", "reports_to": ""}),
    (0, {"unique_id": SHARED_UNIQUE_ID, "name": "Medical Librarian", "department": f"{NBSP}Library "}),
)
TENANTS = tuple(tenant for tenant, _ in _ROWS)
"""The number of each row's tenant."""
AWKWARD = tuple(row for _, row in _ROWS)
