"""Runs dbt commands, each in a process of its own, forked from one that has dbt already imported.

Standard input: a first line {"warm_up": {…}}, then one request a line; standard output: one exit code a line.
A request is {"arguments": […], "directory": …, "environment": {…}, "output": file for stdout and stderr}.
"""

import json
import os
import sys
from typing import Any, NoReturn

from dbt.cli.main import cli, dbtRunner

import personas.linking  # noqa: F401 - a second that each build of int_persona_matches would spend


def main() -> None:
    """Serves until standard input ends."""
    _warm_up(json.loads(sys.stdin.readline())["warm_up"])
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _become_dbt(request)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _warm_up(request: dict[str, Any]) -> None:
    """Parses a project once: dbt makes most of its classes' code at first use, which takes a second."""
    before = dict(os.environ)
    os.environ.update(request["environment"])
    answers = os.dup(1)
    _write_to(request["output"])
    dbtRunner().invoke(["parse", "--project-dir", request["directory"], *request["arguments"]])
    os.dup2(answers, 1)
    os.environ.clear()
    os.environ.update(before)


def _become_dbt(request: dict[str, Any]) -> NoReturn:
    _write_to(request["output"])
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["dbt", *request["arguments"]]
    sys.exit(cli())


def _write_to(path: str) -> None:
    sys.stdout.flush()
    output = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)


if __name__ == "__main__":
    main()
