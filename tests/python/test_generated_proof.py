"""The proof on arbitrary valid legacy rows: Hypothesis makes them, dbt builds them, the audit views judge.

PERSONAS_GENERATED_ROWS (default 10,000) says how many legacy rows to try at least, PERSONAS_GENERATED_SEED
(default 1) which ones: the same seed gives the same rows. What fails is shrunk and kept in
generated/regressions/, which every run tries as well.
"""

import os
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from dbt_project import DECISIONS, Project, Run, Workshop
from generated import culprits
from generated.database import Problem, Trial, build, edit, load, prepare, problems, write_decisions
from generated.families import Family, Names, columns_of, families
from generated.world import WORLDS, World

ROWS = int(os.environ.get("PERSONAS_GENERATED_ROWS", "10000"))
SEED = int(os.environ.get("PERSONAS_GENERATED_SEED", "1"))

# Rows of one database; more than that make another batch.
MOST_AT_ONCE = 12_000


def batch_of(world: World, rows: int, number: int) -> list[Family]:
    """Families with at least so many rows between them, and all that ever failed."""
    names = Names(number)
    batch = [names.keep(family) for family in culprits.regressions(world)]
    wanted = rows + sum(family.count() for family in batch)
    strategy = families(columns_of(world))

    def collect(family: Family) -> None:
        batch.append(names.named(family))

    round_number = 0
    while (missing := wanted - sum(family.count() for family in batch)) > 0:
        # A family has four rows and a half on average.
        drawn = settings(
            max_examples=missing // 4 + 5,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(given(strategy)(collect))
        seed(f"{SEED} {number} {round_number}")(drawn)()
        round_number += 1
    return batch


def batches() -> list[tuple[int, World, int]]:
    """Number, world and rows of each batch."""
    count = max(len(WORLDS), -(-ROWS // MOST_AT_ONCE))
    return [(number, WORLDS[number % len(WORLDS)], -(-ROWS // count)) for number in range(count)]


def found_in(project: Project, run: Run) -> list[Problem]:
    """What is wrong after a build."""
    if run.exit_code:
        return [Problem("build", run.output[run.output.rfind("Completed with") :])]
    with project.connect() as connection:
        return problems(connection)


def explain(workshop: Workshop, world: World, batch: Sequence[Family], found: Sequence[Problem]) -> str:
    """Finds, shrinks and keeps what is behind the problems of a batch, check by check."""
    said = [f"seed {SEED}, {len(found)} problems or more"]
    with workshop.project("generated", prepare) as project:
        with project.connect() as connection:
            world.load(connection)
        trial = Trial(project, world)
        try:
            for check in dict.fromkeys(problem.check for problem in found):
                of_check = [problem for problem in found if problem.check == check]
                said += ["", *(str(problem) for problem in of_check[:3])]
                culprit = culprits.culprit_of(trial, batch, of_check)
                if culprit is None:
                    said.append("The same rows are fine in one transaction: look at what dbt does around it.")
                    continue
                path = culprits.keep(culprit, world, f"seed {SEED}")
                said += [f"The smallest example, kept in {path.name}:", path.read_text()]
        finally:
            trial.close()
    return "\n".join(said)


@pytest.mark.parametrize(
    ("number", "world", "rows"), batches(), ids=lambda value: str(value) if isinstance(value, int) else ""
)
def test_arbitrary_legacy_rows_are_proved(
    workshop_18: Workshop, number: int, world: World, rows: int
) -> None:
    """Built, built again, and built once more after edits and deletions."""
    prove(workshop_18, number, world, rows)


def prove(workshop: Workshop, number: int, world: World, rows: int) -> None:
    """One batch in one database."""
    batch = batch_of(world, rows, number)
    print(f"seed {SEED}, batch {number}: {len(batch)} families, {sum(map(Family.count, batch))} legacy rows")
    with workshop.project("generated", prepare) as project:
        with project.connect() as connection:
            world.load(connection)
            load(connection, batch)
        write_decisions(project, batch)
        found = found_in(project, build(project, DECISIONS))
        if not found:
            versions = project.row_versions()
            build(project).succeeded()
            assert project.row_versions() == versions, "a build without a change has written"
            with project.connect() as connection:
                edit(connection, batch)
            found = found_in(project, build(project))
    if found:
        pytest.fail(explain(workshop, world, batch, found))
