"""What goes on beside the writers: builds, decisions, the switch, and everything that can break."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from dbt_project import Project
from torture.ledger import Ledger

HEADER = "left_table,left_id,right_table,right_id,verdict,decided_by,decided_at,reason\n"


class Disturbance(threading.Thread):
    """Does one thing again and again, with pauses, until it is told to stop."""

    def __init__(self, name: str, deed: Callable[[], None], pause: float, stop: threading.Event) -> None:
        super().__init__(name=name)
        self.deed = deed
        self.pause = pause
        self.stop = stop
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stop.wait(self.pause):
                self.deed()
        except BaseException as error:
            self.fault = error


class Operator:
    """Whoever runs dbt on the database: one command at a time, as a child that can be killed."""

    def __init__(self, project: Project, seed: int, ledger: Ledger) -> None:
        self.project = project
        self.random = random.Random(f"{seed}/operator")
        self.ledger = ledger
        self.pairs: list[str] = []
        self._busy = threading.Lock()

    def dbt(self, *arguments: str, may_be_killed: bool = False) -> tuple[int, str]:
        """Runs a command to its end, or kills it on the way; what it said."""
        environment = {**self.project.environment, "PERSONAS_SCHEMA": self.project.schema}
        command = [sys.executable, "-W", "ignore", "-m", "dbt.cli.main", *arguments]
        with (
            self._busy,
            subprocess.Popen(
                command,
                cwd=self.project.root,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as child,
        ):
            if may_be_killed and self.random.random() < 0.3:
                try:
                    said, _ = child.communicate(timeout=self.random.uniform(3, 8))
                except subprocess.TimeoutExpired:
                    child.send_signal(signal.SIGKILL)
                    self.ledger.count("killed builds")
                    return -1, ""
            else:
                said, _ = child.communicate()
        return child.returncode, said

    def build(self) -> None:
        """Decides anew who is who, and builds."""
        chosen = self.random.sample(self.pairs, k=min(len(self.pairs), self.random.randrange(4)))
        lines = "".join(f"{pair},same,tester,2025-01-01,because\n" for pair in chosen)
        (self.project.root / "seeds" / "match_decisions.csv").write_text(HEADER + lines)
        code, said = self.dbt("build", "--exclude-resource-type", "test", "unit_test", may_be_killed=True)
        if code == 0:
            self.ledger.count("builds")
        elif code > 0:
            self._accept(said)

    def switch(self) -> None:
        """Off and on again; while it is off the new side refuses."""
        for operation in ("dual_write_off", "dual_write_on"):
            code, said = self.dbt("run-operation", operation)
            while code != 0 and operation == "dual_write_on":
                self._accept(said)
                time.sleep(1)
                code, said = self.dbt("run-operation", operation)
            if code != 0:
                self._accept(said)
                return
            time.sleep(1.5)
        self.ledger.count("switched off and on")

    def _accept(self, said: str) -> None:
        """A command may fail because the server went, or because of a deadlock. For nothing else."""
        excuses = (
            "server closed the connection",
            "terminating connection",
            "could not connect",
            "connection to server",
            "deadlock detected",
            "the database system is",
            "locked by others for too long",
            "connection already closed",
            "cursor already closed",
            "could not serialize",
            "SSL SYSCALL",
            "server process was terminated",
            "no connection to the server",
        )
        found = next((excuse for excuse in excuses if excuse in said), None)
        if found is None:
            raise AssertionError(said[-4000:])
        self.ledger.count(f"failed commands: {found}")


def end_a_session(project: Project, chance: random.Random, ledger: Ledger) -> None:
    """Terminates the backend of some writer, in whatever it does."""
    try:
        with project.connect() as connection:
            pids = connection.execute(
                "select pid from pg_stat_activity where application_name = 'writer' and state <> 'idle'"
            ).fetchall()
            if pids:
                connection.execute("select pg_terminate_backend(%s)", chance.choice(pids))
                ledger.count("ended sessions")
    except psycopg.OperationalError:
        return


def crash(project: Project, ledger: Ledger) -> None:
    """Stops the server at once, as a power cut would, and lets it recover."""
    data = project.server.data
    pid = int((Path(data) / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    while Path(f"/proc/{pid}").exists() and (Path(data) / "postmaster.pid").exists():
        time.sleep(0.05)
    project.server.start()
    ledger.count("crashes")


def pairs_to_decide(connection: psycopg.Connection[Any]) -> list[str]:
    """Pairs of rows that a person could say are one: two of the library, or two of one tenant."""
    rows = connection.execute(
        """
        (
            select 'dh_personas', min(id::text), 'dh_personas', max(id::text)
            from (
                select id, row_number() over (order by id) / 2 as pair
                from dh_personas where notes is null or notes not like 'hot%'
            ) as rows
            group by pair having count(*) = 2 limit 6
        )
        union all
        (
            select 'org_personas', min(id::text), 'org_personas', max(id::text)
            from (
                select id, tenant_id, row_number() over (partition by tenant_id order by id) / 2 as pair
                from org_personas where department is null or department not like 'hot%'
            ) as rows
            group by tenant_id, pair having count(*) = 2 limit 4
        )
        """
    ).fetchall()
    return [",".join(row) for row in rows]
