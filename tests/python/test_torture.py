"""The torture of dual-write, for two minutes: nothing is lost. `make torture` runs it as long as you like."""

from torture.__main__ import torture


def test_nothing_is_lost_while_everything_breaks() -> None:
    outcome = torture(seconds=120, seed=20251126)
    assert outcome.faults == []
    assert outcome.losses == []
    assert outcome.ledger.counts["operations"] > 0
    assert outcome.ledger.counts["checks"] > 0
