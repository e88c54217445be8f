"""One guard: what a golden history is kept for, and how to see on it that it really walked there."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.replay.walked import Walked


@dataclass(frozen=True)
class Guard:
    """One branch, in words, and what a run that walked it has behind it."""

    what: str
    """The branch, as a reader of a failing test needs it."""
    steps: tuple[str, ...] = ()
    """What stands in the history, in this order, whatever else stands between."""
    facts: tuple[str, ...] = ()
    """The facts made on the way, in this order: `stage_changed` is any of them, `stage_changed: missing` that one."""
    never: tuple[str, ...] = ()
    """Steps and facts that must not be there."""
    workflow: str = "PlacementWorkflow"
    counts: tuple[tuple[str, int], ...] = ()
    """How often exactly a step or a fact stands there."""


class NotWalked(AssertionError):  # noqa: N818 - it says what is wrong
    """A history does not walk the branch that it is to guard."""


def hold(stem: str, guard: Guard | None, walked: Walked) -> None:
    """Hold a history against its guard.

    Raises:
        NotWalked: it has none, or did not walk there; says what is missing.
    """
    if guard is None:
        raise NotWalked(f"{stem}: no guard. Say in tests/replay/guards.py what this history is kept for.")
    everything = (*walked.steps, *walked.facts)
    wrong = [
        *([f"it is a {walked.workflow}"] if walked.workflow != guard.workflow else []),
        *([f"{walked.broken_tasks} of its tasks failed"] if walked.broken_tasks else []),
        *_missing("steps", guard.steps, walked.steps),
        *_missing("facts", guard.facts, walked.facts),
        *(f"{one!r} is in it" for one in guard.never if any(_fits(one, found) for found in everything)),
        *_miscounted(guard.counts, everything),
    ]
    if wrong:
        raise NotWalked(f"{stem} is to guard: {guard.what}\nIt does not: " + "; ".join(wrong))


def _missing(what: str, wanted: Iterable[str], walked: Iterable[str]) -> list[str]:
    """Which of the wanted does not follow on those before it; none if all stand there in order."""
    left = list(walked)
    for one in wanted:
        at = next((index for index, found in enumerate(left) if _fits(one, found)), None)
        if at is None:
            return [f"among its {what} there is no {one!r} (in this place); after the last that fits come {left}"]
        left = left[at + 1 :]
    return []


def _miscounted(counts: Iterable[tuple[str, int]], walked: tuple[str, ...]) -> list[str]:
    found = [(one, wanted, sum(_fits(one, step) for step in walked)) for one, wanted in counts]
    return [f"{one!r} is in it {have} times, not {wanted}" for one, wanted, have in found if have != wanted]


def _fits(wanted: str, found: str) -> bool:
    return found == wanted or found.startswith(f"{wanted}: ")
