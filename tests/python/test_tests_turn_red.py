"""No data test of the marts is green whatever happens: each fails on marts that are broken for it."""

import re
from pathlib import Path

from dbt_project import Project

BROKEN = Path(__file__).with_name("broken_marts.sql")
TESTS = (
    *(f"test_type:data,path:models/{folder}" for folder in ("intermediate", "marts")),
    *("path:tests/integrity", "path:tests/value"),
    *("match_decisions_have_no_problems", "contracts_stand_in_the_database"),
)


def test_every_test_of_the_marts_turns_red(project: Project) -> None:
    before = project.dbt("test", "--select", *TESTS)
    assert before.exit_code == 0, before.output
    with project.connect() as connection:
        connection.execute(BROKEN.read_text())
    after = project.dbt("test", "--select", *TESTS)
    verdicts = dict(re.findall(r"(\w+) \.+ \[(PASS|FAIL|ERROR|SKIP)", after.output))
    assert len(verdicts) > 50, after.output
    not_red = {test: verdict for test, verdict in verdicts.items() if verdict != "FAIL"}
    assert not not_red, "these cannot turn red, or the marts are not broken for them"
