"""`make sabotage`: puts every fault into the forward SQL, builds, and prints what the proof says of it."""

import argparse
import sys

from sabotage.catalog import SABOTAGES, Sabotage
from sabotage.suite import Outcome, load_only, try_out
from throwaway import throwaway_workshop

_CONTROL = Sabotage("nothing", ())


def main() -> int:
    """Prints one line a fault, and how many were caught; 0 when all were, and the control was green."""
    parser = argparse.ArgumentParser(prog="make sabotage ARGS=…", description=__doc__)
    parser.add_argument("--only", default="", help="only those with these words in the name")
    only = parser.parse_args().only
    chosen = [one for one in SABOTAGES if only in one.name]
    width = max(len(one.name) for one in SABOTAGES)
    outcomes = []
    print(f"{'sabotage'.ljust(width)}  {'must be red'.ljust(40)}  is red", flush=True)
    with throwaway_workshop() as workshop:
        for one in (_CONTROL, *chosen):
            with workshop.project("sabotage", load_only) as project:
                outcomes.append(try_out(project, one))
            print(_line(outcomes[-1], width), flush=True)
    control, *others = outcomes
    caught = sum(not outcome.fault for outcome in others)
    print(f"control {'red' if control.fault else 'green'}")
    print(f"caught {caught}/{len(others)}")
    return 0 if caught == len(others) and not control.fault else 1


def _line(outcome: Outcome, width: int) -> str:
    wanted = ", ".join(outcome.sabotage.red) or ("the build stops" if outcome.sabotage.stops else "nothing")
    verdict = f"  NOT CAUGHT: {outcome.fault}" if outcome.fault else ""
    red = ", ".join(outcome.red) or "nothing"
    return f"{outcome.sabotage.name.ljust(width)}  {wanted.ljust(40)}  {red}{verdict}"


if __name__ == "__main__":
    sys.exit(main())
