"""A fault in the forward SQL turns the proof red, by name: a sample, and in the long suite each of them."""

import pytest

from dbt_project import Workshop
from sabotage.catalog import SABOTAGES
from sabotage.suite import load_only, try_out

SAMPLE = (
    "the crosswalk is joined by another column",
    "JSON is not unwrapped",
    "only the first pointer's jobs are shown",
)


@pytest.mark.parametrize(
    "name",
    [pytest.param(one.name, marks=() if one.name in SAMPLE else pytest.mark.long) for one in SABOTAGES],
)
def test_a_sabotaged_mapping_is_red(workshop_18: Workshop, name: str) -> None:
    (sabotage,) = (one for one in SABOTAGES if one.name == name)
    with workshop_18.project("sabotage", load_only) as project:
        outcome = try_out(project, sabotage)
    assert not outcome.fault, f"{outcome.fault}; red: {', '.join(outcome.red) or 'nothing'}"
