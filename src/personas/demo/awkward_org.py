"""The awkward rows of org_personas, one after the other: what a generated row is overlaid with."""

from personas.demo.values import Row

# One row of org_personas has the id of a row of dh_personas that is somebody else.
SHARED_ID_ROW = 3
SHARED_ID_DH_ROW = 5

AWKWARD: tuple[Row, ...] = ()
TENANTS: tuple[int, ...] = ()
"""The tenant of each."""
