"""Real, awkward legacy rows beside the persona that a person who read them expects."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dbt_project import Workshop, build_field

TENANT = "b8026534-02a7-4d24-bf4c-344591964e02"


DESCRIPTIONS = {
    "dh_persona_p001": "MD or PharmD with 15-25+ years pharma experience, prior Medical Director/VP roles",
    "dh_persona_p014": "MLS or equivalent with pharma experience, scientific background helpful",
    "dh_persona_p091": None,
    "dh_org_persona_p03ceo": "Chief executive responsible for overall company strategy and major decisions",
    "dh_org_persona_p11medical": None,
}
# Every key of the profile: what the legacy row says and what has no column of its own.
PROFILES: dict[str, dict[str, Any]] = {
    "dh_org_persona_p09dmgr": {"code": "P09_DMGR"},
    "dh_org_persona_p11medical": {
        "code": "P11_MEDICAL",
        "expertise_level": "ADVANCED",
        "years_experience": "5-10",
        "department": "Medical Affairs",
        "typical_titles": ["Medical Writer", "Senior Medical Writer", "Medical Communications Manager"],
    },
    "dh_top_10_pha_dr\u00a0rachel_thomp": {
        "persona_code": "PTHO92",
        "title": "VP Patient Advocacy & Engagement",
        "organization": "Top 10 Pharma",
        "sector": "Pharma",
        "budget": "$30M for patient initiatives",
        "source": "Digital Health JTBD Library",
        "tier": 3,
        "value_score": 5,
        "pain_score": 5,
        "adoption_score": 5,
        "ease_score": 5,
        "strategic_score": 5,
        "network_score": 5,
        "priority_score": 5.0,
        # encoded twice: "[]" in the legacy row
        "needs": [],
        "behaviors": [],
        # plain arrays, in the same row
        "typical_titles": [],
        "preferred_channels": [],
        "frustrations": [],
        "motivations": [],
        "tags": [],
    },
}
RESPONSIBILITIES = [
    "Patient organization partnerships",
    "Voice of patient programs",
    "Advocacy strategy",
    "Patient education",
    "Community building",
    "Policy influence",
]


# One legacy row a line. Where a role is known its seniority counts, not that of the name (Engineering Lead).
GOLDEN = list(csv.DictReader((Path(__file__).parent / "field_golden.csv").read_text().splitlines()))


@pytest.fixture(scope="module")
def personas(workshop_18: Workshop, shared_legacy: Path) -> Iterator[dict[str, dict[str, Any]]]:
    """unique_id → the persona's columns."""
    with workshop_18.project("field", lambda project: build_field(project, shared_legacy)) as project:
        yield dict(project.query("select unique_id, to_jsonb(personas) from personas.personas"))


@pytest.mark.parametrize("golden", GOLDEN, ids=[row["unique_id"].split("_")[-1] for row in GOLDEN])
def test_a_row_becomes_the_persona_that_a_person_expects(
    personas: dict[str, dict[str, Any]], golden: dict[str, str]
) -> None:
    persona = personas[golden["unique_id"]]
    for column in ("name", "persona_type", "seniority_level", "decision_authority"):
        assert persona[column] == (golden[column] or None), column
    assert persona["profile"].get("title") == (golden["title"] or None)
    assert persona["tenant_id"] == (TENANT if golden["tenancy"] == "private" else None)
    assert persona["is_public"] is (golden["tenancy"] == "shared")
    assert persona["created_by"] is None
    assert persona["deleted_at"] is None


@pytest.mark.parametrize("unique_id", DESCRIPTIONS)
def test_the_description_is_the_background_or_the_description(
    personas: dict[str, dict[str, Any]], unique_id: str
) -> None:
    assert personas[unique_id]["description"] == DESCRIPTIONS[unique_id]


@pytest.mark.parametrize("unique_id", PROFILES)
def test_the_profile_holds_the_rest_and_nothing_else(
    personas: dict[str, dict[str, Any]], unique_id: str
) -> None:
    assert personas[unique_id]["profile"] == PROFILES[unique_id]


def test_responsibilities_encoded_twice_are_a_list(personas: dict[str, dict[str, Any]]) -> None:
    assert personas["dh_top_10_pha_dr\u00a0rachel_thomp"]["responsibilities"] == RESPONSIBILITIES
