"""Rows of org_personas."""

from collections.abc import Callable, Iterator
from random import Random

from personas.demo import words
from personas.demo.awkward_dh import SHARED_ID_ROW as SHARED_ID_DH_ROW
from personas.demo.awkward_org import AWKWARD, SHARED_ID_ROW, TENANTS
from personas.demo.columns import history, json_lists, mixture, specific_ids, text_pool
from personas.demo.dh_personas import dh_id
from personas.demo.neighbours import role_count, role_id, tenant_count, tenant_id
from personas.demo.people import INDUSTRIES, person, role_title
from personas.demo.values import Draw, Row, Value, as_json, uuid_of, wrapped

_ALSO_IN_DH_PERCENT = 6


def org_id(seed: int, number: int) -> str:
    """The id of row `number`; one row has the id of somebody else in dh_personas."""
    return dh_id(seed, SHARED_ID_DH_ROW) if number == SHARED_ID_ROW else uuid_of(seed, "org_personas", number)


def org_primary_role(seed: int, number: int) -> int | None:
    """The number of the role of row `number`, if it has one."""
    draw = Draw(seed, "role of org", number)
    return draw.below(role_count()) if draw.below(100) < 85 else None


def org_personas(seed: int, rows: int, dh_rows: int) -> Iterator[Row]:
    """`rows` rows; the first ones are the awkward ones, as far as they fit."""
    rng = Random(f"{seed}/org_personas")
    pools = _pools(rng)
    sizes = {column: len(pool) for column, pool in pools.items()}
    luck = rng.random
    tenants = [tenant_id(seed, number) for number in range(tenant_count(dh_rows))]
    shared: tuple[str, str] | None = None
    for number in range(rows):
        row: Row = {column: pool[int(luck() * sizes[column])] for column, pool in pools.items()}
        draw = Draw(seed, "org persona", number)
        short = draw.one_of(words.ROLES)[1]
        code = f"P{number % 18 + 1:02}_{short}{number + 1}"
        role = org_primary_role(seed, number)
        tenant = tenants[_tenant(luck, len(tenants))]
        unique_id = f"dh_org_persona_{code.replace('_', '').lower()}"
        # Now and then two tenants in turn use the same unique_id; never three rows, never one tenant twice.
        reused = shared is not None and shared[0] != tenant and luck() < 0.05
        row |= {
            "id": org_id(seed, number),
            "tenant_id": tenant,
            "code": code,
            "name": _name(seed, draw, dh_rows),
            "unique_id": shared[1] if reused and shared else unique_id,
            "primary_role_id": None if role is None else role_id(seed, role),
        }
        shared = None if reused else (tenant, unique_id)
        industry, column = draw.one_of(INDUSTRIES)
        row["industry_id"] = industry if luck() < 0.6 else None
        specific_ids(row, column if luck() < 0.5 else None, code, number, luck)
        history(row, luck)
        if number < len(AWKWARD):
            row |= AWKWARD[number]
            row["tenant_id"] = tenants[TENANTS[number]]
            shared = None
        yield row


def _tenant(luck: Callable[[], float], count: int) -> int:
    """The first tenants have most of the rows; the last has none while there are few."""
    return int(luck() ** 4 * (count - 1))


def _name(seed: int, draw: Draw, dh_rows: int) -> str:
    if dh_rows and draw.below(100) < _ALSO_IN_DH_PERCENT:
        return person(seed, draw.below(dh_rows)).name
    return role_title(draw)


def _pools(rng: Random) -> dict[str, tuple[Value, ...]]:
    """Column → the values to draw it from; columns in their order in the table."""
    nothing: tuple[Value, ...] = (None,)
    departments = sorted({role[2] for role in words.ROLES})
    degrees = ("MD", "PhD", "PharmD", "MBA", "MSc", "RN")

    def text(share: int, *choices: str) -> tuple[Value, ...]:
        return text_pool(rng, share, choices)

    def array(*phrases: str) -> tuple[Value, ...]:
        return json_lists(rng, phrases)

    def rare_array(*phrases: str) -> tuple[Value, ...]:
        return mixture(rng, 300, (70, [None]), (30, json_lists(rng, phrases)))

    stages = [{"review_stage": stage, "scope": scope} for stage in ("FINAL", "PEER") for scope in "AB"]
    return {
        "id": nothing,
        "tenant_id": nothing,
        "code": nothing,
        "name": nothing,
        "unique_id": nothing,
        "expertise_level": mixture(
            rng, 100, (45, ["EXPERT"]), (35, ["ADVANCED"]), (12, ["INTERMEDIATE", "BEGINNER"]), (8, [None])
        ),
        "years_experience": text(90, "10-15", "5+", "8-15", "15+ years"),
        "education": array(*degrees),
        "typical_titles": array(*(role[0] for role in words.ROLES)),
        "decision_authority": mixture(
            rng,
            100,
            (40, ["HIGH"]),
            (28, ["MEDIUM"]),
            (20, ["VERY_HIGH"]),
            (6, ["LOW", "ADVISORY"]),
            (6, [None]),
        ),
        "capabilities": array(*words.ACTIVITIES),
        "key_responsibilities": array(*words.ACTIVITIES[::-1]),
        "department": text(90, *departments),
        "reports_to": text(15, "CEO", "Chief Medical Officer", "VP Clinical Development"),
        "category_code": text(50, *(department.upper().replace(" ", "_") for department in departments)),
        "typical_availability_hours": mixture(rng, 100, (50, [None]), (50, [0, 5, 20, 25, 40, 168])),
        "response_time_sla_hours": mixture(rng, 100, (50, [None]), (50, [1, 24, 48, 72, 120])),
        "description": text(85, *(f"Responsible for {activity.lower()}" for activity in words.ACTIVITIES)),
        "metadata": mixture(
            rng,
            100,
            (45, ["{}"]),
            (40, map(as_json, stages)),
            (6, map(wrapped, stages)),
            (3, ["null"]),
            (6, [None]),
        ),
        "created_at": nothing,
        "updated_at": nothing,
        "primary_role_id": nothing,
        "pain_points": rare_array(*words.TROUBLES),
        "goals": rare_array(*words.ACTIVITIES[1::2]),
        "needs": rare_array(*words.ACTIVITIES[::2]),
        "behaviors": rare_array("Reads on the train", "Asks peers first"),
        "ai_relationship": text(20, "champion", "Pragmatist", "sceptic"),
        "tech_proficiency": text(20, "high", "medium", "Low"),
        "preferred_channels": rare_array(*words.CHANNELS),
        "frustrations": rare_array(*words.TROUBLES[::-1]),
        "motivations": rare_array("Patient outcomes", "Recognition", "Career"),
        **dict.fromkeys(words.SPECIFIC_COLUMNS, nothing),
        "industry_id": nothing,
    }
