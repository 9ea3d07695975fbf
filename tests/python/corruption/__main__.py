"""`make corruption`: does every corruption, and prints what the proof says of it."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from corruption.corruption import CONTROLS, read_catalog
from corruption.ready import build_for_corruption
from corruption.suite import Connection, Outcome, prepared, try_out
from personas.connection import connect
from throwaway import throwaway_project


def main() -> int:
    """Prints one line a corruption, and how many were caught; 0 when all were and the controls are green."""
    options = _options()
    corruptions = [one for one in read_catalog() if options.only in f"{one.family}: {one.name}"]
    widths = (max(len(one.name) for one in corruptions), 13, 40)
    print(_line(("corruption", "family", "must be red", "is red"), widths))
    with _database(options.here) as connection, prepared(connection):
        controls = [try_out(connection, control, options.seed) for control in CONTROLS]
        outcomes = []
        for corruption in corruptions:
            outcomes.append(try_out(connection, corruption, options.seed))
            _print(outcomes[-1], widths)
    for control in controls:
        _print(control, widths)
    caught = sum(not outcome.fault for outcome in outcomes)
    green = sum(not control.fault for control in controls)
    print(f"controls green {green}/{len(controls)}, seed {options.seed}")
    print(f"caught {caught}/{len(outcomes)}")
    return 0 if caught == len(outcomes) and green == len(controls) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make corruption ARGS=…", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="chooses the rows that are hit (default: 1)")
    parser.add_argument("--only", default="", help="only those with these words in `family: name`")
    parser.add_argument(
        "--here",
        action="store_true",
        help="on the database of the PG* variables as it is, instead of on a demo",
    )
    return parser.parse_args()


@contextmanager
def _database(here: bool) -> Iterator[Connection]:
    if here:
        with connect() as connection:
            yield connection
        return
    print("Building the demo …", file=sys.stderr)
    with throwaway_project("corruption", build_for_corruption) as project, project.connect() as connection:
        connection.autocommit = False
        yield connection


def _print(outcome: Outcome, widths: tuple[int, ...]) -> None:
    one = outcome.corruption
    verdict = f"  NOT CAUGHT: {outcome.fault}" if outcome.fault else ""
    cells = (one.name, one.family, ", ".join(one.red) or "nothing", ", ".join(outcome.red) or "nothing")
    print(_line(cells, widths) + verdict, flush=True)


def _line(cells: tuple[str, ...], widths: tuple[int, ...]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, (*widths, 0), strict=True)]
    return "  ".join(padded).rstrip()


if __name__ == "__main__":
    sys.exit(main())
