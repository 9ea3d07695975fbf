"""Whether the project on disk is still the one that a build ran, by the checksums that the build recorded.

The counterpart of the macro `project_files`. YAML files have no checksum there: they count as changed when
they were written after a build that ran in this very checkout.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from personas.summary import Artifact

_BLOCK = re.compile(
    r"{%-?\s*(?P<kind>macro|test|materialization)\s(?:.*?){%-?\s*end(?P=kind)\s*-?%}", re.DOTALL
)
_COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
_CODE = ("model-paths", "seed-paths", "snapshot-paths", "test-paths", "function-paths")
_DISABLED = re.compile(r"enabled\s*=\s*false", re.IGNORECASE)


@dataclass(frozen=True)
class Comparison:
    """What differs, one clause each, and what could not be compared."""

    changes: tuple[str, ...] = ()
    blind_spot: str = ""


def compare(root: Path, recorded: Mapping[str, str], began_here: datetime | None) -> Comparison:
    """Compares the project in `root` with the recorded path → checksum.

    `began_here`: when the build began by this machine's clock, None if it did not run in this checkout.
    """
    settings = yaml.safe_load((root / "dbt_project.yml").read_text())
    macro_folders = [root / name for name in settings.get("macro-paths", ["macros"])]
    code_folders = [root / name for key in _CODE for name in settings.get(key, [])]

    now = {path: checksum for folder in macro_folders for path, checksum in _macro_files(root, folder)}
    now |= {path: checksum for folder in code_folders for path, checksum in _code_files(root, folder)}
    changes = [f"{path} was changed" for path in sorted(recorded.keys() & now) if recorded[path] != now[path]]
    changes += [f"{path} is gone" for path in sorted(recorded.keys() - now)]
    changes += [f"{path} is new" for path in sorted(now.keys() - recorded) if not _is_disabled(root / path)]
    if began_here is None:
        return Comparison(tuple(changes), "it did not run in this checkout, so YAML files were not compared")
    changes += [
        f"{file.relative_to(root)} was written"
        for file in sorted(_yaml_files(root, [*macro_folders, *code_folders]))
        if datetime.fromtimestamp(file.stat().st_mtime, began_here.tzinfo) > began_here
    ]
    return Comparison(tuple(changes))


def began_here(run_results: Artifact, invocation_id: str) -> datetime | None:
    """When the run began by this machine's clock, if `run_results` are its own."""
    metadata = run_results.get("metadata", {})
    if metadata.get("invocation_id") != invocation_id:
        return None
    ended = datetime.fromisoformat(metadata["generated_at"].replace("Z", "+00:00"))
    return ended - timedelta(seconds=float(run_results.get("elapsed_time", 0)))


def macro_checksum(text: str) -> str:
    """MD5 of the blocks of a file of macros, sorted."""
    return hashlib.md5("\n".join(sorted(_blocks(text))).encode(), usedforsecurity=False).hexdigest()


def _blocks(text: str) -> Iterator[str]:
    """The macros and generic tests; a comment inside one is part of it, one outside is not."""
    at = 0
    while block := _BLOCK.search(text, at):
        comment = _COMMENT.search(text, at)
        if comment is not None and comment.start() < block.start():
            at = comment.end()
        else:
            yield block.group()
            at = block.end()


def code_checksum(text: str) -> str:
    """dbt's own checksum of a model, seed, function or singular test."""
    return hashlib.sha256(text.strip().encode()).hexdigest()


def _macro_files(root: Path, folder: Path) -> Iterator[tuple[str, str]]:
    for file in folder.rglob("*.sql"):
        text = file.read_text()
        if any(_blocks(text)):
            yield str(file.relative_to(root)), macro_checksum(text)


def _code_files(root: Path, folder: Path) -> Iterator[tuple[str, str]]:
    for pattern in ("*.sql", "*.csv"):
        for file in folder.rglob(pattern):
            yield str(file.relative_to(root)), code_checksum(file.read_text())


def _yaml_files(root: Path, folders: list[Path]) -> set[Path]:
    names = (root / "dbt_project.yml", root / "packages.yml")
    found = {file for folder in folders for file in folder.rglob("*.yml")}
    return {file for file in names if file.is_file()} | found


def _is_disabled(file: Path) -> bool:
    return file.suffix == ".sql" and _DISABLED.search(file.read_text()) is not None
