"""The corruption suite, seen by other tools: `make bench ARGS=comparison`.

Each corruption is done to a built demo of its own and committed; then every tool compares the four legacy
tables with the four rebuilt ones. A tool catches a corruption when it reports a difference. Where it stops
with an error, that is counted apart: nobody would take it for green, but it does not say what is wrong.
"""

import argparse
import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from other_tools import environment

from corruption.corruption import CONTROLS, FAMILIES, Corruption, read_catalog
from corruption.ready import build_for_corruption
from corruption.suite import corrupt, prepared
from dbt_project import Project, Workshop
from personas.proof.places import LINK_TABLES, PERSONA_TABLES, Places
from personas.proof.verdict import Word
from personas.proof.verify import run_checks
from throwaway import throwaway_workshop

SEED = 1
PLACES = Places()
PAIRS = [
    (f"{PLACES.old}.{table}", f"{PLACES.legacy}.legacy_{table}") for table in (*PERSONA_TABLES, *LINK_TABLES)
]
OTHER_TOOLS = ("reladiff", "table_diff", "datacompy")
CAUGHT, ERROR, MISSED = "caught", "error", "missed"
Tool = Callable[[Project], str]
"""Says of a database whether the tool caught something, missed it, or stopped with an error."""


def run(only: str = "") -> None:
    """Prints a line for each corruption, and how many of each family each tool caught."""
    corruptions = [one for one in read_catalog() if only in f"{one.family}: {one.name}"]
    with ExitStack() as stack:
        tools: dict[str, Tool] = {"verify": verified, "counts": counted}
        tools |= {name: stack.enter_context(asked(name)) for name in OTHER_TOOLS}
        workshop = stack.enter_context(throwaway_workshop())
        print(_line("corruption", tools))
        for control in CONTROLS:
            print(_line(control.name, said(workshop, control, tools).values()))
        counts: dict[str, dict[str, Counter[str]]] = {
            family: {name: Counter() for name in tools} for family in FAMILIES
        }
        for corruption in corruptions:
            answers = said(workshop, corruption, tools)
            print(_line(f"{corruption.family}: {corruption.name}", answers.values()), flush=True)
            for name, answer in answers.items():
                counts[corruption.family][name][answer] += 1
    print_counts(counts, list(tools))


def said(workshop: Workshop, corruption: Corruption, tools: Mapping[str, Tool]) -> dict[str, str]:
    """What each tool says of one corruption, done to a database of its own."""
    with workshop.project("corruption", build_for_corruption) as project:
        with project.connect() as connection:
            connection.autocommit = False
            with prepared(connection):
                corrupt(connection, corruption, SEED)
                connection.commit()
        return {name: tool(project) for name, tool in tools.items()}


def verified(project: Project) -> str:
    """`personas verify`."""
    with project.connect() as connection:
        connection.autocommit = False
        word = run_checks([connection], PLACES).word
    return {Word.GO: MISSED, Word.NO_GO: CAUGHT, Word.CANNOT_TELL: ERROR}[word]


def counted(project: Project) -> str:
    """The check of the first attempt, if it compares counts at all."""
    counts = " union all ".join(
        f"select (select count(*) from {old}) = (select count(*) from {new})" for old, new in PAIRS
    )
    try:
        return MISSED if all(equal for (equal,) in project.query(counts)) else CAUGHT
    except psycopg.Error:
        return ERROR


@contextmanager
def asked(name: str) -> Iterator[Tool]:
    """A tool that runs in an environment of its own, and is asked on its standard input."""
    command = [str(environment(name) / "python"), "-m", f"other_tools.{name}_compares"]
    here = Path(__file__).parent
    with subprocess.Popen(
        command, cwd=here, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def ask(project: Project) -> str:
            with project.connect() as connection:
                info = connection.info
                database = {"host": info.host, "port": info.port, "user": info.user, "dbname": info.dbname}
            answer = _ask(process, {"database": database, "pairs": PAIRS})
            if "error" in answer:
                return ERROR
            return CAUGHT if answer["differs"] else MISSED

        yield ask
        assert process.stdin is not None
        process.stdin.close()


def _ask(process: subprocess.Popen[str], question: Mapping[str, Any]) -> dict[str, str]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(question) + "\n")
    process.stdin.flush()
    answer: dict[str, str] = json.loads(process.stdout.readline())
    return answer


def print_counts(counts: Mapping[str, Mapping[str, Counter[str]]], tools: list[str]) -> None:
    """For each family and in all, what each tool caught, and where it stopped with an error."""
    print()
    print(_line("caught (and errors)", tools))
    for family in FAMILIES:
        total = sum(next(iter(counts[family].values())).values())
        if total:
            print(_line(f"{family} ({total})", (_cell(counts[family][tool]) for tool in tools)))
    in_all = {tool: sum((counts[family][tool] for family in FAMILIES), Counter[str]()) for tool in tools}
    total = sum(in_all[tools[0]].values())
    print(_line(f"all ({total})", (_cell(in_all[tool]) for tool in tools)))


def _cell(counts: Counter[str]) -> str:
    return f"{counts[CAUGHT]}" + (f" (+{counts[ERROR]})" if counts[ERROR] else "")


def _line(name: str, cells: Any) -> str:
    return f"{name[:90]:<92}" + "".join(f"{cell:<12}" for cell in cells).rstrip()


def main() -> None:
    """Runs it alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only those with these words in `family: name`")
    run(parser.parse_args().only)


if __name__ == "__main__":
    main()
