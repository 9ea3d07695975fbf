"""The torture of dual-write: nothing is lost. `make torture` runs it as long as you like."""

import pytest

from torture.__main__ import Outcome, torture
from torture.breakages import BREAKAGES


def check(outcome: Outcome) -> None:
    """Nothing is lost, and there was something to lose."""
    assert outcome.faults == []
    assert outcome.losses == []
    assert outcome.ledger.counts["operations"] > 0
    assert outcome.ledger.counts["checks"] > 0
    assert outcome.ledger.counts["verdicts"] > 0


@pytest.mark.timeout(30 * 60)  # seconds of writing, and minutes of builds on a machine that is busy otherwise
def test_nothing_is_lost_while_everything_breaks(test_seed: int) -> None:
    check(torture(seconds=30, seed=test_seed))


@pytest.mark.long
@pytest.mark.parametrize("number", range(2))
def test_nothing_is_lost_in_a_long_time(test_seed: int, number: int) -> None:
    check(torture(seconds=20 * 60, seed=test_seed + number))


@pytest.mark.long
@pytest.mark.parametrize("name", BREAKAGES)
def test_what_is_broken_on_purpose_is_caught(name: str, test_seed: int) -> None:
    """As soon as something is lost, this ends."""
    assert torture(seconds=180, seed=test_seed, calm=True, broken=name).losses != []
