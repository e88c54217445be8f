"""A broken rule: where, and why it matters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.policy import Policy

Path = tuple[str | int, ...]
"""Where in a policy: keys, and positions in lists counted from 0."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A rule broken at a place, and why it matters, in plain English."""

    path: Path
    detail: str


Mistakes = Iterator[Mistake]
Rule = Callable[[Policy], Mistakes]
"""One rule: it yields every place where a policy breaks it, and its docstring is the rule."""
