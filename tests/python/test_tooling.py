"""The tools: a lock file without addresses, hooks without network, nothing tied to one machine."""

import re
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pathspec
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)(\[[a-z0-9,._-]+\])?==(?P<version>\S+)$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")
# Addresses of package registries and absolute paths of machines. Spelled so that this file does not match.
REGISTRIES = re.compile(r"pypi[.]org|python" r"hosted|registry[.]npm" r"js|deb[.]debian[.]org")
MACHINE_PATHS = re.compile(r"(?<![\w.~$}/-])/(?:work|farm|root|home/\w+|Users/\w+)(?:/|\b(?![-\w]))")
TEXT = (
    ".py",
    ".sql",
    ".yml",
    ".yaml",
    ".md",
    ".toml",
    ".sh",
    ".lock",
    ".in",
    ".csv",
    ".example",
    "",
)


def _requirements(lock: str) -> list[tuple[str, list[str]]]:
    """Each pin of the lock file with its hashes."""
    lines = [line for line in lock.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(words[0], words[1:]) for words in (line.split() for line in joined.splitlines())]


@pytest.fixture(scope="module")
def lock(project_root: Path) -> str:
    """The text of requirements.lock."""
    return (project_root / "requirements.lock").read_text()


@pytest.fixture(scope="module")
def pins(lock: str) -> dict[str, str]:
    """Name → version of all that is pinned."""
    found = [PIN.match(pin) for pin, _ in _requirements(lock)]
    return {canonicalize_name(pin["name"]): pin["version"] for pin in found if pin}


def test_every_line_of_the_lock_is_a_pin_with_hashes(lock: str) -> None:
    requirements = _requirements(lock)
    assert len(requirements) > 50
    for pin, hashes in requirements:
        assert PIN.match(pin), pin
        assert hashes, f"{pin} has no hash"
        assert all(HASH.match(word) for word in hashes), pin


def test_the_lock_has_no_addresses_and_no_options(lock: str) -> None:
    assert "://" not in lock
    assert "/" not in lock
    assert {word for word in lock.split() if word.startswith("-")} == {
        word for word in lock.split() if HASH.match(word)
    }


def test_the_lock_satisfies_all_that_is_asked_for(project_root: Path, pins: dict[str, str]) -> None:
    asked = tomllib.loads((project_root / "pyproject.toml").read_text())["project"]["dependencies"]
    lines = (project_root / "requirements.in").read_text().splitlines()
    asked += [line for line in lines if line and not line.startswith("#")]
    for requirement in map(Requirement, asked):
        pinned = pins.get(canonicalize_name(requirement.name))
        assert pinned, f"{requirement} is not pinned; run `make lock`"
        assert requirement.specifier.contains(pinned), f"{requirement} is pinned to {pinned}"


def test_hooks_are_local_and_run_what_the_lock_pins(project_root: Path) -> None:
    config = yaml.safe_load((project_root / ".pre-commit-config.yaml").read_text())
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    for hook in config["repos"][0]["hooks"]:
        assert hook["language"] == "system", hook["id"]
        assert hook["entry"].startswith(".venv/bin/"), hook["id"]


@pytest.mark.parametrize(
    ("text", "rule"), [("select a,b from {{ ref('x') }} as x\n", "LT01"), ("SELECT 1 as a\n", "CP01")]
)
def test_a_fault_in_a_model_turns_the_linter_red(project_root: Path, text: str, rule: str) -> None:
    command = [".venv/bin/python", ".ci/lint_sql.py", "lint", "--stdin-filename", "models/marts/x.sql", "-"]
    done = subprocess.run(command, cwd=project_root, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert rule in done.stdout


def test_every_query_is_linted_or_ignored_by_name(project_root: Path) -> None:
    """The hook chooses files by itself, because sqlfluff would complain of each that it ignores."""
    config = yaml.safe_load((project_root / ".pre-commit-config.yaml").read_text())
    (hook,) = (hook for hook in config["repos"][0]["hooks"] if hook["id"] == "sqlfluff")
    ignored = pathspec.GitIgnoreSpec.from_lines((project_root / ".sqlfluffignore").read_text().splitlines())
    names = [path.relative_to(project_root).as_posix() for path in _tracked(project_root, "*.sql")]
    linted = {
        name for name in names if re.search(hook["files"], name) and not re.search(hook["exclude"], name)
    }
    assert len(linted) > 80
    assert linted == {name for name in names if not ignored.match_file(name)}


def _tracked(root: Path, *arguments: str) -> Sequence[Path]:
    try:
        command = ["git", "ls-files", "-z", *arguments]
        found = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no git checkout: {error}")
    return [root / name for name in found.split("\0") if name and (root / name).is_file()]


def _strangers(text: str) -> list[str]:
    return [
        line.strip()
        for line in text.splitlines()
        if not line.startswith("#!") and (REGISTRIES.search(line) or MACHINE_PATHS.search(line))
    ]


def test_no_file_names_a_machines_path_or_a_registry(project_root: Path) -> None:
    found = {
        str(path.relative_to(project_root)): lines
        for path in _tracked(project_root)
        if path.suffix in TEXT and (lines := _strangers(path.read_text(errors="replace")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("cd {}root/project", True),
        ("path = '{}work/main'", True),
        ("see {}home/ann/notes", True),
        ("index = https:{}{}pypi" + ".org/simple", True),
        ("tests{}root{}a.py, $HOME{}work{}x and https:{}{}example.com{}work", False),
        ("the roles of root and work", False),
    ],
)
def test_what_counts_as_a_machines_path(line: str, is_found: bool) -> None:
    # Slashes come in only now, so that this file does not name such paths.
    assert bool(_strangers(line.replace("{}", "/"))) is is_found


def test_what_a_build_makes_is_not_committed(project_root: Path) -> None:
    made = [".venv/x", ".postgres/data/x", "profiles.yml", "target/x", "logs/dbt.log", "dbt_packages/x"]
    _tracked(project_root)
    command = ["git", "check-ignore", "--no-index", *made]
    ignored = subprocess.run(command, cwd=project_root, capture_output=True, text=True, check=False).stdout
    assert ignored.split() == made
