"""The dbt package `dbt_expectations`: the real one where it can be had, else the closed-network edition."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import requests

from personas.errors import PersonasError

PACKAGE = "dbt_expectations"
DEPENDENCY_NAMES = ("dbt_date", "dbt-date")
CLOSED_EDITION = Path("closed_network") / PACKAGE
HUB_SECONDS = 3.0


def hub_is_reachable() -> bool:
    """Whether the dbt hub answers for the package within three seconds."""
    answers: list[bool] = []
    # In a thread because looking up a name has no time limit of its own.
    asking = Thread(target=lambda: answers.append(_hub_answers()), daemon=True)
    asking.start()
    asking.join(HUB_SECONDS)
    return answers == [True]


def _hub_answers() -> bool:
    hub = (os.environ.get("DBT_PACKAGE_HUB_URL") or "https://hub.getdbt.com").rstrip("/")
    try:
        answer = requests.get(f"{hub}/api/v1/metaplane/{PACKAGE}.json", timeout=HUB_SECONDS)
        return answer.ok and isinstance(answer.json(), dict)
    except (requests.RequestException, ValueError):
        return False


def install(root: Path, dbt_deps: Callable[[], bool], hub: Callable[[], bool] = hub_is_reachable) -> str:
    """Makes `root`/dbt_packages hold the package; returns one line that says which edition it is.

    Directories are linked, not copied: nothing in them is touched and none goes stale. `dbt_deps` runs
    `dbt deps` and tells whether it worked. Raises PersonasError when DBT_EXPECTATIONS_DIR is of no use.
    """
    checkout = os.environ.get("DBT_EXPECTATIONS_DIR")
    if checkout:
        given = Path(checkout).expanduser().resolve()
        _link(root, {PACKAGE: _project(given), "dbt_date": _dependency_beside(given)})
        return f"dbt_expectations: the checkout {given} (DBT_EXPECTATIONS_DIR)"
    if _is_from_hub(root):
        return "dbt_expectations: from the dbt hub, already installed"
    if hub():
        _clear(root)
        if dbt_deps():
            return "dbt_expectations: installed from the dbt hub"
        why = "`dbt deps` failed"
    else:
        why = "the dbt hub cannot be reached"
    _link(root, {PACKAGE: root / CLOSED_EDITION})
    return f"dbt_expectations: {why}, so the closed-network edition in {CLOSED_EDITION} is used"


def _is_from_hub(root: Path) -> bool:
    """`dbt deps` has run since packages.yml was last changed."""
    package, lock = root / "dbt_packages" / PACKAGE, root / "package-lock.yml"
    complete = (package / "dbt_project.yml").is_file() and not package.is_symlink() and lock.is_file()
    return complete and lock.stat().st_mtime >= (root / "packages.yml").stat().st_mtime


def _project(directory: Path) -> Path:
    if not (directory / "dbt_project.yml").is_file():
        raise PersonasError(f"DBT_EXPECTATIONS_DIR={directory} is no dbt package (it has no dbt_project.yml)")
    return directory


def _dependency_beside(checkout: Path) -> Path:
    for name in DEPENDENCY_NAMES:
        if (checkout.parent / name / "dbt_project.yml").is_file():
            return checkout.parent / name
    raise PersonasError(
        f"beside DBT_EXPECTATIONS_DIR={checkout} there is no dbt_date, which it needs; "
        f"put a checkout of it at {checkout.parent / DEPENDENCY_NAMES[0]}"
    )


def _clear(root: Path) -> None:
    shutil.rmtree(root / "dbt_packages", ignore_errors=True)
    (root / "package-lock.yml").unlink(missing_ok=True)


def _link(root: Path, packages: dict[str, Path]) -> None:
    folder = root / "dbt_packages"
    present = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    wanted = {name: target.resolve() for name, target in packages.items()}
    if present.keys() == wanted.keys() and all(
        path.is_symlink() and path.resolve() == wanted[name] for name, path in present.items()
    ):
        return
    _clear(root)
    folder.mkdir()
    for name, target in wanted.items():
        # Relative inside the project, so that a checkout that is moved stays whole.
        inside = target.is_relative_to(root.resolve())
        (folder / name).symlink_to(Path(os.path.relpath(target, folder.resolve())) if inside else target)
