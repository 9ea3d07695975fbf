"""The application's reads, new against old, query by query: `make bench ARGS=reads`, or alone on a database.

The statements are those of `docs/query_patterns.md`. Each is asked for many parameters, prepared by
the server (but for searches, which are planned each time), old and new in turn, warm; timed at the client,
with all rows fetched.
"""

import itertools
import re
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

DOCUMENT = Path(__file__).parents[1] / "docs" / "query_patterns.md"
SEARCH_PATHS = {"old": "public", "new": "personas, public"}
LIMITS = {"By key": 1.1, "By page": 1.1, "By substring": 1.5}
LIMIT_WITH_TRIGRAMS = 0.2
PLANNED_EACH_TIME = "By substring"  # as the document advises
SECONDS = 4.0
FEWEST, MOST = 30, 2_000

# What is asked for: each gives the parameters of the queries that have just these. A value that
# was cleaned is asked for as it is now, so that neither side finds nothing.
PARAMETERS = {
    "dh_id": "select id as dh_id from dh_personas",
    "org_id": "select id as org_id from org_personas",
    "persona_id": "select id as persona_id from dh_personas where id in (select id from personas.personas)",
    "linked_id": "select coalesce(persona_dh_id, persona_id) as linked_id from jtbd_org_persona_mapping",
    "unique_id": "select unique_id from dh_personas",
    "name": "select name from dh_personas where name in (select name from personas.personas)",
    "persona_code": "select persona_code from dh_personas",
    "code": "select tenant_id, code from org_personas",
    "industry_code": "select pharma_id as industry_code from dh_personas where pharma_id is not null",
    "pain_point": "select value as pain_point from dh_personas, jsonb_array_elements_text("
    "case jsonb_typeof(pain_points) when 'array' then pain_points else '[]' end)",
    "ai_relationship": "select ai_relationship from dh_personas where ai_relationship ~ '^[A-Za-z]+$'",
    "offset": 'select "offset" from generate_series(0, 450, 50) as pages ("offset")',
    "source": "select source, 0 as \"offset\" from dh_personas where source > ''",
    "industry": 'select industry_id, 0 as "offset" from dh_personas'
    " where industry_id in (select industry_id from personas.persona_industry_mapping)",
    "tier": 'select tier, 0 as "offset" from dh_personas where tier is not null',
    "source, industry and tier": 'select source, industry_id, tier, 0 as "offset" from dh_personas'
    " where source > '' and tier is not null"
    " and industry_id in (select industry_id from personas.persona_industry_mapping)",
    "tenant": 'select tenant_id, 0 as "offset" from org_personas',
    "rare": "select '%' || substr(name, 3, 9) || '%' as part from dh_personas where length(name) > 12",
    "common": "select '%' || part || '%' as part from unnest(array['director', 'med', 'P0', 'an']) as part",
    "nowhere": "select '%' || md5(id::text) || '%' as part from dh_personas",
}
MOST_PARAMETERS = 50


@dataclass(frozen=True)
class Pattern:
    """One read: the heading of its section, its own name, its statement on the old and on the new tables."""

    section: str
    name: str
    old: str
    new: str

    def parameter_names(self) -> set[str]:
        """The names of its parameters."""
        return set(_PARAMETER.findall(self.old)) | set(_PARAMETER.findall(self.new))


@dataclass(frozen=True)
class Timing:
    """Median milliseconds of one pattern on the old and on the new tables, the median of the pairs' ratios
    (new over old, each pair measured in the same moment), and the number of pairs."""

    name: str
    limit: float
    old: float
    new: float
    ratio: float
    pairs: int


_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")


def patterns(document: str) -> Iterator[Pattern]:
    """The patterns of the document, a list with filters once for each filter."""
    for section in re.split(r"^## ", document, flags=re.MULTILINE)[1:]:
        heading = section.partition("\n")[0]
        for part in re.split(r"^### ", section, flags=re.MULTILINE)[1:]:
            name = part.partition("\n")[0]
            old, new = re.findall(r"^```sql\n(.*?)^```", part, flags=re.MULTILINE | re.DOTALL)
            if "<filter>" not in old:
                yield Pattern(heading, name, old, new)
                continue
            filters = re.findall(r"^\| ([^|]+) \| `([^|]+)` \| `([^|]+)` \|$", part, flags=re.MULTILINE)
            filters.append(tuple(" and ".join(cells) for cells in zip(*filters[1:], strict=True)))
            for label, old_filter, new_filter in filters:
                pair = old.replace("<filter>", old_filter), new.replace("<filter>", new_filter)
                yield Pattern(heading, f"{name}: {label}", *pair)


def parameters(connection: psycopg.Connection[Any], pattern: Pattern) -> dict[str, list[dict[str, Any]]]:
    """For each set of parameters that fits the pattern: its name, and up to `MOST_PARAMETERS` of them."""
    if not pattern.parameter_names():
        return {"": [{}]}
    found = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for label, query in PARAMETERS.items():
            cursor.execute(f"select * from ({query}) as asked limit 0")
            if {column.name for column in cursor.description or ()} == pattern.parameter_names():
                numbered = f"select *, row_number() over (order by asked) as number from ({query}) as asked"
                cursor.execute(
                    f"select * from ({numbered}) as asked order by md5(number::text) limit {MOST_PARAMETERS}"
                )
                found[label] = [{k: v for k, v in row.items() if k != "number"} for row in cursor]
    return found


def executable(statement: str) -> str:
    """The statement with psycopg's placeholders for `:name`."""
    return _PARAMETER.sub(r"%(\1)s", statement.replace("%", "%%"))


def compare(
    old: psycopg.Connection[Any],
    new: psycopg.Connection[Any],
    pattern: Pattern,
    asked: list[dict[str, Any]],
    limit: float,
    label: str,
) -> Timing:
    """Asks both sides in turn, after a round to warm up."""
    sides = ((old, executable(pattern.old)), (new, executable(pattern.new)))
    prepared = pattern.section != PLANNED_EACH_TIME
    for _ in range(6):  # PostgreSQL settles on a plan after five
        for given, (connection, statement) in itertools.product(asked[:2], sides):
            seconds(connection, statement, given, prepared)
    took: tuple[list[float], list[float]] = ([], [])
    began = time.monotonic()
    for given in itertools.islice(itertools.cycle(asked), MOST):
        if len(took[0]) >= FEWEST and time.monotonic() - began > SECONDS:
            break
        for times, (connection, statement) in zip(took, sides, strict=True):
            times.append(seconds(connection, statement, given, prepared))
    medians = [statistics.median(times) * 1_000 for times in took]
    ratio = statistics.median(new_took / old_took for old_took, new_took in zip(*took, strict=True))
    return Timing(label, limit, medians[0], medians[1], ratio, len(took[0]))


def seconds(
    connection: psycopg.Connection[Any], statement: str, given: Mapping[str, Any], prepared: bool
) -> float:
    """Seconds of one execution, rows fetched."""
    began = time.perf_counter()
    connection.execute(statement, given, prepare=prepared).fetchall()
    return time.perf_counter() - began


def with_trigrams(connection: psycopg.Connection[Any]) -> bool:
    """Whether the database has the extension pg_trgm."""
    return bool(connection.execute("select from pg_extension where extname = 'pg_trgm'").fetchall())


def run(old: psycopg.Connection[Any], new: psycopg.Connection[Any], only: str = "") -> list[Timing]:
    """Times every pattern whose name contains `only` on two connections to one database; prints the table."""
    for connection, side in ((old, "old"), (new, "new")):
        connection.execute(f"set search_path = {SEARCH_PATHS[side]}")
        # The work is compared, not how many cores happen to be idle.
        connection.execute("set max_parallel_workers_per_gather = 0")
    limits = {**LIMITS, "By substring": LIMIT_WITH_TRIGRAMS if with_trigrams(new) else LIMITS["By substring"]}
    timings = []
    print(f"{'':<62}{'old ms':>9}{'new ms':>9}{'ratio':>7}{'limit':>7}{'pairs':>7}")
    for pattern in patterns(DOCUMENT.read_text()):
        if only not in pattern.name:
            continue
        sets = parameters(old, pattern)
        if not sets:
            raise RuntimeError(f"nothing to ask for in {pattern.name}: {sorted(pattern.parameter_names())}")
        for kind, asked in sets.items():
            label = pattern.name + (f" ({kind})" if len(sets) > 1 else "")
            timing = compare(old, new, pattern, asked, limits[pattern.section], label)
            timings.append(timing)
            print(
                f"{label:<62}{timing.old:>9.2f}{timing.new:>9.2f}{timing.ratio:>7.2f}"
                f"{timing.limit:>7.1f}{timing.pairs:>7}{'  OVER' if timing.ratio > timing.limit else ''}"
            )
    return timings


if __name__ == "__main__":
    # The database of the PG* variables as it stands, built and vacuumed; the patterns whose name has a part.
    with psycopg.connect(autocommit=True) as first, psycopg.connect(autocommit=True) as second:
        run(first, second, *sys.argv[1:2])
