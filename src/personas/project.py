"""Where the checkout lies that a command works on."""

from pathlib import Path

from personas.errors import PersonasError


def _is_project(directory: Path) -> bool:
    # dbt_project.yml alone would also be found in every folder of dbt_packages.
    return (directory / "pyproject.toml").is_file() and (directory / "src" / "personas").is_dir()


def project_root(start: Path | None = None) -> Path:
    """The project directory at or above `start` (default: the working directory).

    Called from elsewhere, it is the checkout that this package is installed from.
    """
    here = (start or Path.cwd()).resolve()
    installed = Path(__file__).resolve().parents[2]
    for directory in (here, *here.parents, installed):
        if _is_project(directory):
            return directory
    raise PersonasError(f"no personas project at or above {here}; change into the checkout first")
