"""What the scripts have in common: a line with a database comes in, the tool's answer goes out."""

import json
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any

Compare = Callable[[dict[str, Any], list[tuple[str, str]]], str]
"""From the PG settings (`host`, `port`, `user`, `dbname`) and the pairs of relations, each as
`schema.name`, to what differs in the first pair that does; empty where nothing does."""


def serve(compare: Compare) -> None:
    """Answers until there is nothing more to read. What the tool prints goes to nobody."""
    warnings.simplefilter("ignore")
    answers = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = {"differs": compare(question["database"], question["pairs"])}
        except Exception as error:  # whatever a tool raises is its answer
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
