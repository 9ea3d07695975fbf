"""Rows of dh_personas."""

from collections.abc import Iterator
from random import Random

from personas.demo import words
from personas.demo.awkward_dh import AWKWARD
from personas.demo.columns import history, json_lists, mixture, specific_ids, text_pool
from personas.demo.neighbours import role_count, role_id
from personas.demo.people import Person, person
from personas.demo.values import Row, Value, uuid_of

# What a persona of the digital health world writes where the org table has an enumeration.
FREE_AUTHORITY = (
    "$10M - $50M",
    "Budget up to $500K",
    "Final approval",
    "high",
    "Recommends",
    "VP Medical Affairs",
)


def dh_id(seed: int, number: int) -> str:
    """The id of row `number`."""
    return uuid_of(seed, "dh_personas", number)


def dh_personas(seed: int, rows: int) -> Iterator[Row]:
    """`rows` rows; the first ones are the awkward ones, as far as they fit."""
    rng = Random(f"{seed}/dh_personas")
    pools = _pools(seed, rng)
    sizes = {column: len(pool) for column, pool in pools.items()}
    luck = rng.random
    for number in range(rows):
        row: Row = {column: pool[int(luck() * sizes[column])] for column, pool in pools.items()}
        about = person(seed, number)
        row["id"] = dh_id(seed, number)
        row["name"], row["title"], row["organization"] = about.name, about.title, about.organization
        row["industry_id"] = about.industry_id
        code = _code(about, number)
        row["persona_code"] = code
        row["unique_id"] = _unique_id(about, code, number)
        specific_ids(row, about.specific_column, code, number, luck)
        history(row, luck)
        if number < len(AWKWARD):
            row |= AWKWARD[number]
        yield row


def _code(about: Person, number: int) -> str:
    return f"P{about.family[:3].upper() if about.family else ''}{number + 1:03}"


def _unique_id(about: Person, code: str, number: int) -> str:
    if about.family is None or number % 2:
        return f"dh_persona_{code.lower()}"
    organization = (about.organization or "none")[:10].strip().replace(" ", "_").lower()
    return f"dh_{organization}_{about.name.replace(' ', '_').lower()[:20]}_{number + 1}"


def _pools(seed: int, rng: Random) -> dict[str, tuple[Value, ...]]:
    """Column → the values to draw it from; columns in their order in the table."""

    def text(share: int, *choices: str) -> tuple[Value, ...]:
        return text_pool(rng, share, choices)

    def score() -> tuple[Value, ...]:
        return mixture(rng, 200, (60, [5]), (35, range(1, 11)), (2, [1]), (2, [10]), (1, [None]))

    def array(*phrases: str) -> tuple[Value, ...]:
        return json_lists(rng, phrases)

    roles = mixture(rng, 500, (60, [None]), (40, [role_id(seed, number) for number in range(role_count())]))
    departments = sorted({role[2] for role in words.ROLES})
    nothing: tuple[Value, ...] = (None,)
    return {
        "id": nothing,
        "unique_id": nothing,
        "persona_code": nothing,
        "name": nothing,
        "title": nothing,
        "organization": nothing,
        "background": text(
            60, *(f"{years}+ years in {department}" for years in (3, 8, 15, 20) for department in departments)
        ),
        "sector": text(70, "Pharma", "Pharmaceutical & Life Sciences", "Digital Health", "Provider", "Payer"),
        "tier": mixture(rng, 100, (60, [3]), (37, range(1, 6)), (3, [None])),
        "function": text(60, *(f"{department} - Leadership" for department in departments), *departments),
        "role_category": text(20, "Leadership", "Individual contributor", "Clinical"),
        "org_type": text(40, "Large Pharma / Biotech", "Startup", "CRO", "Hospital"),
        "org_size": text(40, "1-50", "200-20,000+ employees | $200M-$20B+ revenue", "5,000+ employees"),
        "budget_authority": text(40, "$10M - $100M+", "$100K - $500K", "none"),
        "team_size": text(40, "0 (Individual Contributor)", "2-8", "50-300 MSLs"),
        "value_score": score(),
        "pain_score": score(),
        "adoption_score": score(),
        "ease_score": score(),
        "strategic_score": score(),
        "network_score": score(),
        "key_need": text(45, *(f"Help to {activity.lower()}" for activity in words.ACTIVITIES)),
        "decision_cycle": text(40, "3-6 months", "6-12 months (strategic platform decisions)", "ad hoc"),
        "therapeutic_areas": text(10, "Multiple chronic diseases", "Oncology; rare diseases"),
        "programs_managed": text(8, "50+ patient support programs", "3 pilots"),
        "budget": text(8, "$100M annual", "€2,5 Mio."),
        "team": text(8, "75+ patient specialists", "4 nurses & 2 pharmacists"),
        "focus": text(8, "Adherence", "Real-world evidence"),
        "projects": text(8, "Companion app; registry"),
        "specialization": text(8, "Health literacy", "Signal detection"),
        "certifications": text(8, "PMP, GCP", "CIPP/E"),
        "experience": text(12, "8-15 years", "20+ years"),
        "responsibilities": array(*words.ACTIVITIES),
        "pain_points": array(*words.TROUBLES),
        "goals": array(*words.ACTIVITIES[::-1]),
        "needs": array(*words.ACTIVITIES[1::2]),
        "behaviors": array("Reads on the train", "Asks peers first", "Avoids e-mail", "Plans by quarter"),
        "typical_titles": array(*(role[0] for role in words.ROLES)),
        "preferred_channels": array(*words.CHANNELS),
        "frustrations": array(*words.TROUBLES[::-1]),
        "motivations": array("Patient outcomes", "Recognition", "Career", "Science", "Fewer meetings"),
        "expertise_level": text(25, "EXPERT", "Expert", "intermediate", "Advanced"),
        "decision_authority": text(10, *FREE_AUTHORITY),
        "ai_relationship": text(25, "champion", "Pragmatist", "sceptic"),
        "tech_proficiency": text(25, "high", "medium", "Low"),
        "primary_role_id": roles,
        "industry_id": nothing,
        "is_active": mixture(rng, 100, (93, [True]), (4, [False]), (3, [None])),
        "source": mixture(
            rng,
            100,
            (60, ["Digital Health JTBD Library"]),
            (10, ["Medical Affairs JTBD Library"]),
            (30, [None]),
        ),
        "created_at": nothing,
        "updated_at": nothing,
        "notes": text(
            8, "Department: field_medical | Primary JTBDs: 4", "Check with 'Legal'; C:\\new\\temp", "100% \\N"
        ),
        "tags": array(*words.STAKEHOLDERS),
        **dict.fromkeys(words.SPECIFIC_COLUMNS, nothing),
    }
