"""No corruption of a built database stays green: the check whose law it breaks is red (`make corruption`)."""

from collections import Counter
from collections.abc import Iterator

import pytest

from corruption.corruption import CONTROLS, FAMILIES, Corruption, read_catalog
from corruption.ready import build_for_corruption
from corruption.suite import Connection, prepared, try_out
from dbt_project import Workshop

SEED = 1
CORRUPTIONS = read_catalog()


@pytest.fixture(scope="module")
def built(workshop_18: Workshop) -> Iterator[Connection]:
    """A connection to the database that is corrupted, built once."""
    with workshop_18.project("corruption", build_for_corruption) as project, project.connect() as connection:
        connection.autocommit = False
        with prepared(connection):
            yield connection


# Every third of each family; the long suite and `make corruption` try all of them.
@pytest.mark.parametrize(
    "corruption",
    [
        *CONTROLS,
        *(
            pytest.param(one, marks=pytest.mark.long if number % 3 else ())
            for family in FAMILIES
            for number, one in enumerate(one for one in CORRUPTIONS if one.family == family)
        ),
    ],
    ids=lambda one: one.name,
)
def test_the_right_check_is_red(built: Connection, corruption: Corruption) -> None:
    outcome = try_out(built, corruption, SEED)
    assert not outcome.fault, f"{outcome.fault}; red: {', '.join(outcome.red) or 'nothing'}"


def test_the_catalog_has_every_family_and_no_name_twice() -> None:
    assert {one.family for one in CORRUPTIONS} == set(FAMILIES)
    assert [name for name, count in Counter(one.name for one in CORRUPTIONS).items() if count > 1] == []
    assert all(one.red for one in CORRUPTIONS)
    assert len(CORRUPTIONS) >= 60
