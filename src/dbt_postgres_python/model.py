"""Running a model's own code, and telling what went wrong there."""

import linecache
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from dbt_postgres_python.errors import ModelError

_HERE = str(Path(__file__).parent)


def locate(root: Path, original_file_path: str) -> Path:
    """Where a model's file is: in the project, or in a package of it."""
    return root / original_file_path


@contextmanager
def loaded(code: str, file: Path, name: str) -> Iterator[Callable[[Any, Any], Any]]:
    """The function `model` of a model's code, as if the file had been imported."""
    module = ModuleType(name)
    module.__file__ = str(file)
    # dbt strips the file; blank lines in its place keep the line numbers.
    source = _blank_lines_before(file) + code
    linecache.cache[str(file)] = (len(source), None, source.splitlines(keepends=True), str(file))
    # Data classes and pickle look for their module there.
    sys.modules[name] = module
    try:
        exec(compile(source, str(file), "exec"), module.__dict__)  # noqa: S102, the model is the project's own code
        yield module.model
    finally:
        sys.modules.pop(name, None)


def _blank_lines_before(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return "\n" * text[: len(text) - len(text.lstrip())].count("\n")


def explained(error: BaseException, file: Path, root: Path) -> ModelError:
    """An exception in the words of the model: what, and the lines of the project on the way there."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [number for number, frame in enumerate(frames) if frame.filename == str(file)]
    shown = [
        frame
        for frame in (frames[inside[0] :] if inside else [])
        if frame.filename == str(file) or _is_of_project(frame.filename, root)
    ]
    what = "".join(traceback.format_exception_only(type(error), error)).strip()
    if isinstance(error, ModelError):
        what = str(error.msg)
    lines = [what]
    for frame in reversed(shown):
        lines.append(f"  {_shortened(frame.filename, root)}, line {frame.lineno}, in {frame.name}")
        if frame.line:
            lines.append(f"    {frame.line}")
    if not shown and not isinstance(error, ModelError):
        lines += [line.rstrip() for line in traceback.format_tb(error.__traceback__)[-3:]]
    return ModelError("\n".join(lines))


def _is_of_project(filename: str, root: Path) -> bool:
    return (
        filename.startswith(str(root) + "/")
        and "site-packages" not in filename
        and not filename.startswith(_HERE)
    )


def _shortened(filename: str, root: Path) -> str:
    return filename.removeprefix(str(root) + "/")
