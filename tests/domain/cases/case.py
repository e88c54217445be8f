"""A line of the index of cases."""

from typing import NamedTuple


class Case(NamedTuple):
    """A situation with our rule for it, and the tests that show it."""

    told: str
    tests: tuple[str, ...]


def case(told: str, *tests: str) -> Case:
    """A case as a line of this index."""
    return Case(told, tests)
