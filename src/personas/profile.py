"""profiles.yml: written from the example, so that plain `dbt build` finds the database as well."""

import re
from pathlib import Path

from personas.errors import PersonasError

_MARK = "# the embedded server's, written by make build"
_HOST_LINE = re.compile(rf"^(\s*host:\s*)(.*?)(\s*{re.escape(_MARK)}.*)$", re.MULTILINE)


def write_profile(root: Path, socket_directory: Path) -> Path:
    """Writes `root`/profiles.yml if absent; else only its line with the embedded server's socket.

    Raises PersonasError if the example has no such line. A profile of the user's own need not have one.
    """
    profile, example = root / "profiles.yml", root / "profiles.yml.example"
    before = profile.read_text() if profile.exists() else None
    template = before if before is not None else example.read_text()
    after, replaced = _HOST_LINE.subn(rf'\g<1>"{socket_directory}"\g<3>', template)
    if before is None and not replaced:
        raise PersonasError(f"{example} has no line `host: … {_MARK}`; restore it from git")
    if after != before:
        profile.write_text(after)
    return profile
