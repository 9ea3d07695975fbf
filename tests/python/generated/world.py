"""What the generated rows point at: tenants, industries, roles and jobs."""

from dataclasses import dataclass

import psycopg

from generated.values import noise


def _key(kind: int, number: int) -> str:
    return f"{kind:08d}-0000-4000-8000-{number:012d}"


TENANTS = (
    _key(1, 1),
    _key(1, 2),
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
)
CODES = (
    *("digital_health", "pharmaceuticals", "PHARMA", "biotechnology", "medical_devices"),
    # found by its cleaned code, of no code book, without a code
    *("\u00a0diagnostics ", "payers", None),
)
INDUSTRIES = tuple(_key(2, number) for number in range(len(CODES)))
SENIORITIES = (None, "Director", "\u00a0director ", "C-SUITE", "of no kind", "")
ROLES = tuple(_key(3, number) for number in range(len(SENIORITIES)))
JOBS = (
    "J1",
    "j1",
    " J1",
    "",
    "1.0",
    "null",
    "\u00e9" * 20,
    "e\u0301",
    "\U0001f469\u200d\U0001f52c",
    '"',
    noise(20),
)


@dataclass(frozen=True)
class World:
    """Which industries a database has; rows point only at these."""

    absent: frozenset[str | None]

    @property
    def industries(self) -> dict[str, str | None]:
        """Id → code."""
        return {key: code for key, code in zip(INDUSTRIES, CODES, strict=True) if code not in self.absent}

    def load(self, connection: psycopg.Connection[object]) -> None:
        """Inserts all that persona rows can point at."""
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into tenants (id, name, slug, type) values (%s, '', '', '')",
                [(key,) for key in TENANTS],
            )
            cursor.executemany(
                "insert into industries (id, industry_code) values (%s, %s)", list(self.industries.items())
            )
            cursor.executemany(
                "insert into org_roles (id, unique_id, org_role, seniority_level) values (%s, %s, '', %s)",
                [(key, key, seniority) for key, seniority in zip(ROLES, SENIORITIES, strict=True)],
            )
            cursor.executemany(
                "insert into jtbd_library (id, title) values (%s, '')", [(key,) for key in JOBS]
            )


WORLDS = (
    World(frozenset({"medical_devices"})),
    # an alias without the industry that it stands for
    World(frozenset({"pharmaceuticals", "digital_health"})),
    World(frozenset()),
)
