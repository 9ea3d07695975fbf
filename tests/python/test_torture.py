"""The torture of dual-write, for two minutes: nothing is lost. `make torture` runs it as long as you like."""

from pathlib import Path

import pytest

from torture.__main__ import torture
from torture.breakages import BREAKAGES


def test_nothing_is_lost_while_everything_breaks() -> None:
    outcome = torture(seconds=105, seed=20251126)
    assert outcome.faults == []
    assert outcome.losses == []
    assert outcome.ledger.counts["operations"] > 0
    assert outcome.ledger.counts["checks"] > 0
    assert outcome.ledger.counts["verdicts"] > 0


@pytest.mark.parametrize("name", BREAKAGES)
def test_what_is_broken_on_purpose_is_still_there(name: str, project_root: Path) -> None:
    """`make torture ARGS=--broken` does it, and looks whether it is caught."""
    file, text, _ = BREAKAGES[name]
    assert (project_root / file).read_text().count(text) == 1
