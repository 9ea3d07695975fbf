"""The awkward rows of dh_personas, one after the other: what a generated row is overlaid with."""

from personas.demo.values import Row

AWKWARD: tuple[Row, ...] = ()
