"""`make torture`: both sides are written at once while everything happens; prints what was lost: nothing."""

import argparse
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from dbt_project import Project
from personas.demo.load import load_demo
from throwaway import throwaway_project
from torture.agreement import disagreements, is_open, missing_marks
from torture.breakages import BREAKAGES, break_it
from torture.disturbances import Disturbance, Operator, crash, end_a_session, pairs_to_decide
from torture.ledger import Ledger
from torture.proof import final_verdict, objections
from torture.writers import HOT_ROWS, Connection, Writer, hot_id
from verified import WHOLE

WRITERS = 8


@dataclass
class Outcome:
    """What a run came to."""

    ledger: Ledger
    losses: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """Figures in one line."""
        counts = self.ledger.counts
        conflicts = counts["conflicts"] + sum(n for what, n in counts.items() if what.startswith("refused"))
        crashes = counts["crashes"] + counts["ended sessions"] + counts["killed builds"]
        return (
            f"{counts['operations']:,} operations, {conflicts:,} conflicts, {crashes} crashes, "
            f"{counts['checks']} checks, {counts['verdicts']} verdicts, {counts['builds']} builds,"
            f" {len(self.losses)} losses"
        )


def main() -> int:
    """Prints what happened; 0 when nothing was lost (with --broken: when every breakage was caught)."""
    parser = argparse.ArgumentParser(prog="make torture ARGS=…", description=__doc__)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--calm", action="store_true", help="no crashes, no switching: writers and builds only"
    )
    parser.add_argument(
        "--broken", nargs="?", const="", help="break it on purpose: all ways, or those with these words"
    )
    given = parser.parse_args()
    if given.broken is None:
        outcome = torture(given.seconds, given.seed, calm=given.calm)
        _show(outcome)
        return 1 if outcome.losses or outcome.faults else 0
    missed = 0
    for name in (name for name in BREAKAGES if given.broken in name):
        outcome = torture(given.seconds, given.seed, calm=True, broken=name)
        caught = bool(outcome.losses)
        missed += not caught
        print(f"{'caught' if caught else 'NOT CAUGHT'}  {name}: {outcome.summary()}", flush=True)
        for line in [*outcome.losses[:1], *outcome.faults[:1]]:
            print(f"    {line[:300]}", flush=True)
    return 1 if missed else 0


def _show(outcome: Outcome) -> None:
    for what, number in sorted(outcome.ledger.counts.items()):
        print(f"{number:>8,}  {what}")
    for line in [*outcome.losses[:10], *outcome.faults[:10]]:
        print(line[:2000])
    print(outcome.summary())


def torture(seconds: int, seed: int, calm: bool = False, broken: str | None = None) -> Outcome:
    """One run on a server of its own."""
    with throwaway_project("torture", prepare) as project:
        if broken:
            break_it(project.root, broken)
        return run(project, seconds, seed, calm, bool(broken))


def prepare(project: Project) -> None:
    """The demo, rows that all write, an application's triggers. Nothing is built: the switch comes first."""
    with project.connect() as connection:
        load_demo(connection)
        connection.execute((Path(__file__).parent / "application.sql").read_text())
        for number in range(HOT_ROWS):
            row = hot_id("dh", number)
            connection.execute(
                "insert into dh_personas (id, unique_id, persona_code, name, title, notes)"
                " values (%s, %s, %s, %s, 'Lead', 'hot')",
                [row, row, row, f"Hot library {number}"],
            )
            row = hot_id("org", number)
            connection.execute(
                "insert into org_personas (id, tenant_id, code, name, unique_id, department)"
                " select %s, min(id::text)::uuid, %s, %s, %s, 'hot' from tenants",
                [row, row, f"Hot organisation {number}", row],
            )


def run(project: Project, seconds: int, seed: int, calm: bool, broken: bool = False) -> Outcome:
    """Switches dual-write on, lets everybody loose, and checks at random moments and at the end."""
    outcome = Outcome(Ledger())
    operator = Operator(project, seed, outcome.ledger)
    for command in (
        ("build", "--empty", "--exclude-resource-type", "test", "unit_test"),
        ("run-operation", "dual_write_on"),
    ):
        code, said = operator.dbt(*command)
        if code != 0:
            raise AssertionError(said[-4000:])
    with project.connect() as connection:
        operator.pairs = pairs_to_decide(connection)

    stop = threading.Event()
    chance = random.Random(f"{seed}/chance")

    def connect() -> Connection:
        connection = project.connect(application_name="writer")
        connection.autocommit = False
        connection.execute("set deadlock_timeout = '100ms'")
        connection.commit()
        return connection

    def check(deed: Callable[[Project, Ledger], list[str]]) -> None:
        try:
            found = deed(project, outcome.ledger)
        except psycopg.OperationalError:
            return
        outcome.losses += [f"{time.monotonic() - began:.0f} s: {line}" for line in found]
        if found:
            stop.set()

    began = time.monotonic()
    writers = [Writer(number, seed, connect, outcome.ledger, stop) for number in range(WRITERS)]
    others = [
        Disturbance("builds", operator.build, 0.5, stop),
        Disturbance("checks", lambda: check(check_once), 0.7, stop),
        Disturbance("verdicts", lambda: check(verify_once), 8, stop),
    ]
    if not calm:
        others += [
            Disturbance("switch", operator.switch, 15, stop),
            Disturbance("ended sessions", lambda: end_a_session(project, chance, outcome.ledger), 2, stop),
            Disturbance("crashes", lambda: crash(project, outcome.ledger), max(20, seconds / 4), stop),
        ]
    for thread in (*writers, *others):
        thread.start()
    stop.wait(seconds)
    stop.set()
    for thread in (*writers, *others):
        thread.join()
    faults = [(thread.name, thread.fault) for thread in writers] + [
        (thread.name, thread.fault) for thread in others
    ]
    outcome.faults += [f"{name}: {fault!r}" for name, fault in faults if fault]
    at_the_end = check_once(project, outcome.ledger) + verify_once(project, outcome.ledger)
    if not broken:
        code, said = operator.dbt(*WHOLE)
        outcome.faults += [said[-4000:]] if code != 0 else []
        at_the_end += final_verdict(project)
    outcome.losses += [f"at the end: {line}" for line in at_the_end]
    return outcome


def check_once(project: Project, ledger: Ledger) -> list[str]:
    """What is lost or disagrees, in one snapshot; nothing while one side is closed."""
    before = ledger.demanded()
    with project.connect() as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            if not is_open(connection):
                return []
            found = disagreements(connection)
            missing = missing_marks(connection, before)
    still_demanded = ledger.demanded()
    ledger.count("checks")
    return found + [f"lost: {row}: {what}" for row, what in missing.items() if row in still_demanded]


def verify_once(project: Project, ledger: Ledger) -> list[str]:
    """What the proof objects to, in one snapshot; nothing while one side is closed."""
    with project.connect() as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            if not is_open(connection):
                return []
            said = objections(connection)
    ledger.count("verdicts")
    for reason in said.waiting:
        ledger.count(f"verdicts that wait for a build: {reason}")
    return said.found


if __name__ == "__main__":
    sys.exit(main())
