"""The tools that we are compared with: each in an environment of its own, never in ours.

`environment` installs one; a script `<name>_compares.py` runs in it and answers questions (`served.py`).
"""

import subprocess
import sys
from pathlib import Path

ENVIRONMENTS = Path(__file__).parents[2] / ".bench"
REQUIREMENTS = {
    "reladiff": ("reladiff[postgresql]==0.6.0",),
    "table_diff": ("sqlmesh[postgres]==0.236.4",),
    "recordlinkage": ("recordlinkage==0.16", "pandas==2.3.3", "setuptools<81"),
    "datacompy": ("datacompy==1.1.0", "pandas==3.0.6", "psycopg2-binary==2.9.13"),
}


def environment(tool: str) -> Path:
    """The directory of programs of the tool's environment, which is made when it is first wanted."""
    home = ENVIRONMENTS / tool
    wanted = "\n".join(REQUIREMENTS[tool])
    key = home / ".key"
    if not key.is_file() or key.read_text() != wanted:
        print(f"Installing {wanted.replace(chr(10), ', ')} in {home.relative_to(ENVIRONMENTS.parent)}")
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([home / "bin" / "python", *install, *REQUIREMENTS[tool]], check=True)
        key.write_text(wanted)
    return home / "bin"
