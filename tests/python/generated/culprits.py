"""From a batch that is red to the smallest family that is: found, shrunk, and kept as a regression."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from generated.database import Problem, Trial
from generated.families import DATA_TYPES, NOT_NULL, TABLES, Family, Row, as_json, from_json
from generated.world import World

REGRESSIONS = Path(__file__).parent / "regressions"

# Trials for one example; each takes a quarter of a second.
MOST_TRIALS = 500


@dataclass(frozen=True)
class Culprit:
    """The smallest families found with which the checks are red, nearly always one."""

    families: list[Family]
    problems: list[Problem]


def culprit_of(trial: Trial, batch: Sequence[Family], found: Sequence[Problem]) -> Culprit | None:
    """The families of a batch that make it red by themselves, as small as can be.

    None when the batch built in one transaction is green: then the fault is in what only dbt does.
    """
    checks = {problem.check for problem in found}

    def fails(families: Sequence[Family]) -> bool:
        return bool(checks & {problem.check for problem in trial.problems(families)})

    # The evidence names ids, so the families with these are tried first.
    evidence = " ".join(problem.evidence for problem in found)
    suspects = [family for family in batch if any(key in evidence for key in _ids(family))]
    guilty = next(([family] for family in suspects[:20] if fails([family])), None)
    if guilty is None:
        if not fails(batch):
            return None
        guilty = fewest(list(batch), fails)
    small = shrunk(guilty, fails)
    return Culprit(small, trial.problems(small))


def fewest(families: list[Family], fails: Callable[[Sequence[Family]], bool]) -> list[Family]:
    """The few of many families that suffice to fail: by halves, then by smaller parts (delta debugging)."""
    parts = 2
    while len(families) > 1:
        size = -(-len(families) // parts)
        chunks = [families[start : start + size] for start in range(0, len(families), size)]
        rests = [[one for chunk in chunks if chunk is not left_out for one in chunk] for left_out in chunks]
        smaller = next((some for some in (chunks if parts == 2 else rests) if fails(some)), None)
        if smaller is not None:
            families, parts = smaller, max(parts - 1, 2)
        elif size == 1:
            break
        else:
            parts = min(parts * 2, len(families))
    return families


# --- shrinking --------------------------------------------------------------------------------------------


def shrunk(families: list[Family], fails: Callable[[Sequence[Family]], bool]) -> list[Family]:
    """The families with everything left out, and every value made simpler, that the failure does not need."""
    budget = MOST_TRIALS
    changed = True
    while changed:
        changed = False
        for place in range(len(families)):
            # Each step that succeeds is the base of the next; what fails is not tried again in this pass.
            steps = _simpler_families(families[place])
            while budget and (candidate := next(steps, None)) is not None:
                smaller = [*families[:place], candidate, *families[place + 1 :]]
                budget -= 1
                if fails(smaller):
                    families, changed = smaller, True
                    steps = _simpler_families(candidate)
    return families


def _simpler_families(family: Family) -> Iterator[Family]:
    """Families with a little less, the greatest steps first."""
    if family.decisions and family.edits:
        yield replace(family, decisions=[], edits=[])
    for name in ("decisions", "edits"):
        members = getattr(family, name)
        for place in range(len(members)):
            yield replace(family, **{name: members[:place] + members[place + 1 :]})
    for table in reversed(TABLES):
        for row in family.rows.get(table, []):
            yield _without(family, table, str(row["id"]))
    for table, members in family.rows.items():
        for place, row in enumerate(members):
            for simpler in _simpler_rows(table, row):
                rows = [*members[:place], simpler, *members[place + 1 :]]
                yield replace(family, rows=family.rows | {table: rows})
    for place, (table, key, values) in enumerate(family.edits):
        for simpler in _simpler_rows(table, values or {}):
            edits = [*family.edits[:place], (table, key, simpler), *family.edits[place + 1 :]]
            yield replace(family, edits=edits)


def _without(family: Family, table: str, key: str) -> Family:
    """A family without a row and what points at it."""
    pointer = {"dh_personas": "persona_dh_id", "org_personas": "persona_id"}.get(table, "")
    return Family(
        {
            name: [
                row
                for row in members
                if not (name == table and row["id"] == key) and not (pointer and row.get(pointer) == key)
            ]
            for name, members in family.rows.items()
        },
        [decision for decision in family.decisions if (table, key) not in _pair(decision)],
        [edit for edit in family.edits if edit[:2] != (table, key)],
    )


def _pair(decision: list[str]) -> list[tuple[str, str]]:
    return [(decision[0], decision[1]), (decision[2], decision[3])]


def _simpler_rows(table: str, row: Row) -> Iterator[Row]:
    optional = [name for name in row if name not in NOT_NULL[table] and row[name] is not None]
    # half of them at once, while there are many
    for some in (optional[: len(optional) // 2], optional[len(optional) // 2 :]):
        if len(some) > 1:
            yield {name: value for name, value in row.items() if name not in some}
    for name in optional:
        yield {other: value for other, value in row.items() if other != name}
    for name, value in row.items():
        data_type = DATA_TYPES[table][name]
        if value is not None and data_type != "uuid":
            yield from (row | {name: simpler} for simpler in _simpler_values(value, data_type))


def _simpler_values(value: str, data_type: str) -> Iterator[str]:
    if data_type == "timestamp with time zone":
        simplest = "2024-01-01 00:00:00+00"
        yield from [simplest] if value != simplest else []
    elif data_type == "jsonb":
        yield from (simpler for simpler in _simpler_json(value) if len(simpler) < len(value))
    elif data_type.startswith(("text", "character")):
        yield from _simpler_texts(value)


def _simpler_texts(text: str) -> Iterator[str]:
    if text:
        yield ""
    if len(text) > 1:
        yield "a"
    half = len(text) // 2
    while half > 4:
        yield text[:half]
        yield text[half:]
        yield text[:-half]
        half //= 2
    if len(text) <= 40:
        yield from (text[:place] + text[place + 1 :] for place in range(len(text)))
        yield from (
            text[:place] + "a" + text[place + 1 :] for place, character in enumerate(text) if character != "a"
        )


class _Number(str):
    """A JSON number as it is written."""


def _simpler_json(value: str) -> Iterator[str]:
    yield from ("[]", "1", '"a"', "[1]")
    try:
        tree = json.loads(value, parse_int=_Number, parse_float=_Number)
    except (ValueError, RecursionError):
        return
    if isinstance(tree, str) and not isinstance(tree, _Number):
        yield from (_written(text) for text in _simpler_texts(tree))
        yield from (_written(text) for text in _simpler_json(tree))
    items = list(tree.values()) if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    yield from map(_written, items)
    for place in range(len(items)):
        rest: Any = items[:place] + items[place + 1 :]
        keys = [*tree][:place] + [*tree][place + 1 :] if isinstance(tree, dict) else []
        yield _written(dict(zip(keys, rest, strict=True)) if isinstance(tree, dict) else rest)
    for place, item in enumerate(items):
        for simpler in _simpler_json(_written(item)):
            if len(simpler) < len(_written(item)):
                inner = [*map(_written, items)]
                inner[place] = simpler
                if isinstance(tree, dict):
                    inner = [f"{_written(key)}: {text}" for key, text in zip(tree, inner, strict=True)]
                yield ("{%s}" if isinstance(tree, dict) else "[%s]") % ", ".join(inner)


def _written(tree: Any) -> str:
    if isinstance(tree, _Number):
        return str(tree)
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{_written(key)}: {_written(item)}" for key, item in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(_written, tree)) + "]"
    return json.dumps(tree, ensure_ascii=False)


# --- regressions ------------------------------------------------------------------------------------------


def keep(culprit: Culprit, note: str, folder: Path = REGRESSIONS) -> Path:
    """Writes a culprit to a file, which later runs load among their rows."""
    content = {
        "found": note,
        "problem": str(culprit.problems[0]) if culprit.problems else "only by chance",
        "families": [as_json(family) for family in culprit.families],
    }
    text = json.dumps(content, indent=2) + "\n"
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    path.write_text(text, encoding="ascii")
    return path


def regressions(world: World, folder: Path = REGRESSIONS) -> list[Family]:
    """The families of all files whose industries this world has."""
    kept = [json.loads(path.read_text(encoding="ascii")) for path in sorted(folder.glob("*.json"))]
    found = [from_json(family) for content in kept for family in content["families"]]
    return [family for family in found if _industries(family) <= world.industries.keys()]


def _industries(family: Family) -> set[str]:
    rows = [row for members in family.rows.values() for row in members]
    rows += [values for _, _, values in family.edits if values]
    return {row["industry_id"] or "" for row in rows if row.get("industry_id")}


def _ids(family: Family) -> list[str]:
    return [str(row["id"]) for members in family.rows.values() for row in members]
