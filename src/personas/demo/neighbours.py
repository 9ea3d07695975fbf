"""Rows of the tables around the personas: tenants, industries, functions, departments, roles, jobs, links."""

from collections.abc import Iterator

from personas.demo import words
from personas.demo.values import Row, as_json, moment, uuid_of

SECTORS = ("PHARMA", "DTX", "IND", "CONSULT")
JOB_AREAS = ("MA", "COM", "HR", "IT", "REG", "CLN")
JOBS_AN_AREA = 15
_TENANT_TYPES = (
    "Biotechnology",
    "Digital Health",
    "Pharmaceuticals",
    "Medical Devices",
    "Payers",
    "Consulting",
)


def tenant_count(rows: int) -> int:
    """Number of tenants for that many dh_personas."""
    return 4 + rows // 10_000


def tenant_id(seed: int, number: int) -> str:
    return uuid_of(seed, "tenants", number)


def role_id(seed: int, number: int) -> str:
    return uuid_of(seed, "org_roles", number)


def role_count() -> int:
    return len(SECTORS) * len(words.ROLES)


def job_ids() -> tuple[str, ...]:
    return tuple(f"{area}{number:03}" for area in JOB_AREAS for number in range(1, JOBS_AN_AREA + 1))


def tenants(seed: int, rows: int) -> Iterator[Row]:
    for number in range(tenant_count(rows)):
        kind = _TENANT_TYPES[number % len(_TENANT_TYPES)]
        yield {
            "id": tenant_id(seed, number),
            "name": f"{kind} Company {number + 1}",
            "slug": f"{kind.lower().replace(' ', '-')}-{number + 1}",
            "type": "client",
            "industry": kind,
            "metadata": as_json({"description": f"{kind} company", "since": 2020 + number % 5}),
        }


def industries() -> Iterator[Row]:
    for code, (identity, unique_id, name, sector) in words.INDUSTRIES.items():
        second_pharma = code == "PHARMA"
        yield {
            "id": identity,
            "unique_id": unique_id,
            "industry_code": code,
            "industry_name": name,
            "naics_codes": None if second_pharma else "{325412,621999}",
            "gics_sector": sector,
            "description": None if second_pharma else f"Organisations of the field {name}",
            "sub_categories": None if second_pharma else as_json([f"{code}_large", f"{code}_small"]),
            "example_agents": None,
            "created_at": moment(0),
            "updated_at": None if second_pharma else moment(0),
        }


def functions(seed: int) -> Iterator[Row]:
    for number, name in enumerate(words.FUNCTIONS):
        yield {
            "id": uuid_of(seed, "org_functions", number),
            "unique_id": f"FN-{number + 1:02}",
            "org_function": name,
            "description": f"Everything that is {name.lower()}",
            "created_at": moment(0),
            "updated_at": moment(0),
        }


def departments(seed: int) -> Iterator[Row]:
    function_of = {
        department: uuid_of(seed, "org_functions", number)
        for number, departments_of in enumerate(words.FUNCTIONS.values())
        for department in departments_of
    }
    for number, (department, function_id) in enumerate(function_of.items()):
        yield {
            "id": _department_id(seed, department),
            "unique_id": f"DEPT-{number + 1:02}",
            "department_id": f"D{number + 1:02}",
            "org_department": department,
            "department_type": None,
            "description": f"The department of {department}",
            "compliance_requirements": "{GxP,GDPR}" if number % 3 == 0 else None,
            "function_id": function_id if number % 5 else None,
            "metadata": "{}",
            "created_at": moment(0),
            "updated_at": moment(0),
        }


def roles(seed: int) -> Iterator[Row]:
    for number in range(role_count()):
        title, short, department, seniority = words.ROLES[number % len(words.ROLES)]
        sector = SECTORS[number // len(words.ROLES)]
        yield {
            "id": role_id(seed, number),
            "unique_id": f"ROLE-{sector}-{short}",
            "org_role": title,
            "role_title": title if number % 3 else None,
            "description": f"{title} in {department}",
            "seniority_level": seniority if number % 4 else None,
            "reports_to_role_id": role_id(seed, number - number % len(words.ROLES))
            if number % 6 == 1
            else None,
            "department_name": department,
            "required_skills": "{Writing,Statistics}" if number % 5 == 0 else None,
            "years_experience_min": number % 12,
            "years_experience_max": None,
            "is_active": number % 40 != 39,
            "department_id": _department_id(seed, department) if number % 2 else None,
            "metadata": "{}",
            "created_at": moment(0),
            "updated_at": moment(0),
        }


def jobs() -> Iterator[Row]:
    for number, identity in enumerate(job_ids()):
        activity = words.ACTIVITIES[number % len(words.ACTIVITIES)]
        recorded = number % 9 != 0
        yield {
            "id": identity,
            "title": activity,
            "unique_id": f"job_{identity.lower()}",
            "jtbd_code": f"JTBD-{identity}",
            "original_id": f"JTBD-{identity}" if recorded else None,
            "statement": f"When under pressure, I want to {activity.lower()}, so that work goes on",
            "importance": 5 + number % 6 if recorded else None,
            "satisfaction": 2 + number % 5 if recorded else None,
            "opportunity_score": 8 + number % 10 if recorded else None,
            "source": "Digital Health JTBD Library v1.0" if recorded else None,
            "persona_context": None,
        }


def _department_id(seed: int, department: str) -> str:
    return uuid_of(seed, f"department {department}", 0)
