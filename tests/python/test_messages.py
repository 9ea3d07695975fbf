"""What a command of dual-write says when it cannot: what happened and why, in one line."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from personas.build import reason_in_one_line
from verified import Console, reader


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            "Encountered an error while running operation: Database Error\n"
            "  permission denied for schema personas_sync\n  LINE 3:     select 1 from x\n"
            "                            ^",
            "permission denied for schema personas_sync",
        ),
        (
            "Encountered an error while running operation: Database Error\n  keys wait\n  DETAIL:  two\n"
            '  HINT:  Mend the cause.\n  CONTEXT:  PL/pgSQL function f line 1 at RAISE\n  SQL statement "x"',
            "keys wait (detail: two) (hint: Mend the cause.)",
        ),
        (
            "Encountered an error while running operation: Compilation Error in macro m (macros/m.sql)\n"
            "  dual-write is off already.\n  \n  > in macro m (macros/m.sql)\n"
            "  > called by macro n (macros/m.sql)",
            "dual-write is off already.",
        ),
        ("Encountered an error:\nRuntime Error\n  Could not find profile", "Could not find profile"),
    ],
)
def test_a_reason_is_one_line(told: str, expected: str) -> None:
    assert reason_in_one_line(told) == expected


def test_off_that_is_off_already_ends_in_one_line(console: Console) -> None:
    off = console.run("dual-write", "off")
    assert off.exit_code == 1
    assert off.stderr.startswith("Error: dual-write is off already")
    assert off.stderr.count("\n") == 1


# Each starts dbt as a user does, which parses the project.
@pytest.mark.long
@pytest.mark.parametrize("command", [("dual-write", "off"), ("sync", "drain"), ("dual-write", "on")])
def test_each_command_that_cannot_ends_in_one_line(console: Console, command: tuple[str, ...]) -> None:
    assert console.run("dual-write", "on").exit_code == 0
    with reader(console.project) as console.user:
        done = console.run(*command)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: permission denied for "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


def test_ctrl_c_while_dbt_starts_is_one_line(console: Console) -> None:
    console.run("review", "list")  # sets the user
    started = subprocess.Popen(
        [sys.executable, "-c", "from personas.cli import main; main()", "dual-write", "on"],
        cwd=console.project.root,
        env=dict(os.environ),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests may ignore the signal.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with started as process:
        patience = time.monotonic() + 60
        while not psutil.Process(process.pid).children() and time.monotonic() < patience:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "Interrupted: run it again, it goes on from there\n"
