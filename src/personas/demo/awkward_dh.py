"""The awkward rows of dh_personas, one after the other: what a generated row is overlaid with.

tests/python/test_demo.py says in SQL what each of them is for.
"""

import unicodedata

from personas.demo import words
from personas.demo.values import NBSP, Row, as_json, wrapped

PHARMA = words.INDUSTRIES["pharmaceuticals"][0]
PHARMA_TOO = words.INDUSTRIES["PHARMA"][0]
DIGITAL_HEALTH = words.INDUSTRIES["digital_health"][0]
BIOTECH = words.INDUSTRIES["biotechnology"][0]
DEVICES = words.INDUSTRIES["medical_devices"][0]

SHARED_ID_ROW = 5
"""Its id is also the id of somebody else in org_personas."""
SHARED_UNIQUE_ID = "persona_medical_librarian"
"""One row of each table has it: the one in the shared library, the other at a tenant."""

NO_CODES: Row = dict.fromkeys(words.SPECIFIC_COLUMNS)
JSON_COLUMNS = (
    "responsibilities",
    "pain_points",
    "goals",
    "needs",
    "behaviors",
    "typical_titles",
    "preferred_channels",
    "frustrations",
    "motivations",
    "tags",
)
SCORES = ("value_score", "pain_score", "adoption_score", "ease_score", "strategic_score", "network_score")
NULLABLE_TEXTS = (
    *("organization", "background", "sector", "function", "role_category", "org_type", "org_size"),
    *("budget_authority", "team_size", "key_need", "decision_cycle", "therapeutic_areas", "programs_managed"),
    *("budget", "team", "focus", "projects", "specialization", "certifications", "experience"),
    *("expertise_level", "decision_authority", "ai_relationship", "tech_proficiency", "source", "notes"),
)

_PLAIN_ARRAYS: Row = dict.fromkeys(JSON_COLUMNS, '["Plain"]')
_BOOK: Row = {"organization": words.BOOK_ORGANIZATION, "industry_id": PHARMA, **NO_CODES}
_SAME: Row = {
    **NO_CODES,
    "name": "Tobias Lindqvist",
    "title": "Head of Platform Operations",
    "organization": "Fathombridge Digital Health",
    "industry_id": DIGITAL_HEALTH,
    "is_active": True,
}
_DECOMPOSED = unicodedata.normalize("NFD", "José Öztürk")

AWKWARD: tuple[Row, ...] = (
    # --- code books that all begin with P001 ---
    {
        **_BOOK,
        "unique_id": "dh_persona_p001",
        "persona_code": "P001",
        "pharma_id": "P001",
        "name": "VP Medical Strategy",
        "title": "VP Medical Strategy",
    },
    {
        **_BOOK,
        "unique_id": "dh_persona_p002",
        "persona_code": "P002",
        "pharma_id": "P002",
        "name": "Medical Director (Therapeutic Area Lead)",
        "title": "Medical Director / Therapeutic Area Lead",
    },
    {
        **NO_CODES,
        **_PLAIN_ARRAYS,
        **{column: wrapped(["Strategy", 'The "why"', "Reach 50 %"]) for column in JSON_COLUMNS[:4]},
        "behaviors": '"[]"',
        "unique_id": f"dh_top_10_pha_dr{NBSP}helena_mars",
        "persona_code": "PMAR03",
        "name": f"Dr.{NBSP}Helena Marsh",
        "title": "Digital Medicine Lead",
        "organization": "Top 10 Pharma",
        "industry_id": DIGITAL_HEALTH,
        "digital_health_id": "P001",
    },
    {
        **NO_CODES,
        "persona_code": "PMAR04",
        "name": "Helena Marsh",
        "title": "Digital Medicine Lead",
        "organization": "Top 10 Pharma",
        "industry_id": BIOTECH,
        "biotech_id": "P001",
    },
    {
        **_BOOK,
        "name": "Key Opinion Leader Manager",
        "title": "Key Opinion Leader Manager",
        "pharma_id": "P002",
    },
    # --- one uuid, two personas ---
    {"name": "Tamsin Urquhart", "title": "Clinic Manager", "organization": "Cedarwell Clinics"},
    # --- JSON ---
    {
        **_PLAIN_ARRAYS,
        "responsibilities": wrapped(["Twice"], 2),
        "pain_points": wrapped(["Three times"], 3),
        "goals": wrapped(["Five times", None, 1.0], 5),
        "needs": wrapped({"first": "an object", "then": [1, 2]}),
        "behaviors": wrapped([wrapped(["inside"])]),
        "frustrations": wrapped({}),
        "tags": as_json('\n [ "white space around" ]\t'),
    },
    {
        "responsibilities": as_json("[not json"),
        "pain_points": as_json("[1, 2] and more"),
        "goals": as_json("{'single': 'quotes'}"),
        "needs": as_json('["trailing comma", ]'),
        "behaviors": as_json('["\\u0000"]'),
        "typical_titles": as_json(""),
        "preferred_channels": as_json("null"),
        "frustrations": as_json("42"),
        "motivations": as_json("see notes"),
        "tags": as_json('["\\ud800 half a pair"]'),
    },
    dict.fromkeys(JSON_COLUMNS, "null"),
    {
        **dict.fromkeys((*JSON_COLUMNS, *NULLABLE_TEXTS, *SCORES, *words.SPECIFIC_COLUMNS)),
        **dict.fromkeys(("tier", "industry_id", "primary_role_id", "is_active")),
        "name": "Nobody Known",
        "title": "Unspecified",
    },
    {
        "responsibilities": '{"an": "object"}',
        "pain_points": '[["nested"], {"deep": [1.0, 1e3, -0.0]}]',
        "goals": "true",
        "needs": "3.10",
        "behaviors": '["", " ", null]',
        "typical_titles": as_json('{"a": 1, "a": 2}'),
        "preferred_channels": wrapped([]),
        "frustrations": '["same", "same"]',
        "motivations": as_json(["É", unicodedata.normalize("NFD", "É"), "🧬"]),
        "tags": '["[\\"looks wrapped, is an element\\"]"]',
    },
    # --- the same persona more than once ---
    {**_SAME, "background": "First account", "value_score": 9, "tags": '["first"]'},
    {**_SAME, "background": "Second account", "value_score": 3, "title": "HEAD OF PLATFORM OPERATIONS"},
    {**_SAME, "name": f"tobias{NBSP}Lindqvist ", "background": None, "is_active": False},
    {
        **NO_CODES,
        "name": "Thea Walsh",
        "title": "IT Operations Lead",
        "organization": None,
        "industry_id": None,
    },
    {
        **NO_CODES,
        "name": "Thea Walsh",
        "title": "IT Operations Lead",
        "organization": None,
        "industry_id": None,
    },
    {**_BOOK, "name": "Ravi Joshi", "title": "Patient Access Lead", "industry_id": PHARMA},
    {**_BOOK, "name": "Ravi Joshi", "title": "Patient Access Lead", "industry_id": PHARMA_TOO},
    {**_SAME, "name": "Tobias Lindquist"},
    {**_BOOK, "name": "Medical Writer", "title": "Medical Writer"},
    {**_BOOK, "name": "Clinical Data Manager", "title": "Clinical Data Manager", "industry_id": PHARMA_TOO},
    # --- blank names, titles and codes ---
    {"name": "", "title": "Nameless Title"},
    {"name": f" {NBSP}", "title": NBSP, "persona_code": "PNAMELESS23"},
    {"name": "\n", "title": "", "persona_code": f" {NBSP} "},
    {"name": "Salma Haddad", "title": "\t"},
    {"name": f"{NBSP}Nadia Rao ", "title": "Trial Nurse\n", "organization": " Heronfield Labs"},
    # --- too long for the tables of the first attempt ---
    {
        "name": "Programme Lead for " + "Very " * 60 + "Long Names",
        "title": "Director of " + "Everything and " * 30 + "Nothing",
        "persona_code": "P-LONG-" + "0123456789" * 29,
        "organization": "Association of " + "Regional " * 40 + "Hospitals",
        "background": "Wrote it all down. " * 400,
    },
    {**NO_CODES, "persona_code": "P-OVER-FIFTY-" + "X" * 50, "pharma_id": "PH-" + "9" * 47},
    # --- decision authority in free words ---
    {"decision_authority": "$10M - $50M annually"},
    {"decision_authority": "VP Medical Affairs"},
    {"decision_authority": "high "},
    {"decision_authority": f" {NBSP}"},
    # --- codes of industries ---
    {**NO_CODES, "industry_id": DEVICES, "meddev_id": "MD-017", "dx_id": "DX-017"},
    {**NO_CODES, "industry_id": words.INDUSTRIES["diagnostics"][0], "dx_id": "DX-018"},
    {**NO_CODES, "industry_id": DIGITAL_HEALTH, "pharma_id": "P104"},
    {**NO_CODES, "industry_id": None, "pharma_id": "P105"},
    {**NO_CODES, "industry_id": PHARMA_TOO, "pharma_id": " P106 "},
    {**dict.fromkeys(words.SPECIFIC_COLUMNS, "P107"), "industry_id": BIOTECH},
    {**NO_CODES, "industry_id": PHARMA, "pharma_id": "", "biotech_id": " "},
    # --- flags and times ---
    {"is_active": False},
    {"is_active": None},
    {"created_at": "2025-11-08 18:56:29.838462+00", "updated_at": "2025-11-08 18:56:29.838461+00"},
    {
        "is_active": False,
        "created_at": "2025-03-30 01:59:59.999999+00",
        "updated_at": "2025-10-26 00:30:00.1+00",
    },
    # --- writing ---
    {"name": "Zoë 👩🏽‍⚕️ Fontaine", "title": "Nurse Educator 🧬", "notes": "ok 👍🏿"},
    {"name": _DECOMPOSED, "unique_id": f"dh_{_DECOMPOSED.replace(' ', '_').lower()}"},
    {"name": unicodedata.normalize("NFC", _DECOMPOSED), "unique_id": "dh_josé_öztürk"},
    {**NO_CODES, "name": "Aoife O'Dowd-D'Angelo", "persona_code": "PO'D47", "digital_health_id": "PO'D47"},
    {"name": "ليلى حداد", "title": "李明 / 临床总监", "organization": "Ω-Κλινική"},
    # --- scores at the ends ---
    {**dict.fromkeys(SCORES, 1), "tier": 5},
    {**dict.fromkeys(SCORES, 10), "tier": 1},
    {**dict.fromkeys(SCORES, 7), "pain_score": None},
    # --- texts ---
    {
        "background": "First line\nSecond line\r\n\tThird, indented",
        "notes": "C:\\new\\table \\N \\. {{ ref('x') }} %s '; -- \"quoted\"",
        "key_need": "\\N",
        "focus": "null",
    },
    dict.fromkeys(NULLABLE_TEXTS, ""),
    {column: (" ", NBSP, "\n", "\t \n")[place % 4] for place, column in enumerate(NULLABLE_TEXTS)},
    {"unique_id": SHARED_UNIQUE_ID, "name": "Medical Librarian", "title": "Medical Librarian"},
)
