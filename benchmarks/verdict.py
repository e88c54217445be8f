"""What a measurement comes to: a ratio to the bare floor of the same run, held against its bar.

A ratio says the same on a slow machine as on a quick one; seconds do not. Nothing in here measures anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

MISSED = 1
"""The exit code of a run that misses a bar, or that could not measure something it was asked to."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table."""

    name: str
    """What is measured, in words."""
    unit: str
    """Of `value` and `floor`: `ms`, `s`, `KB`, `/s`, or empty for a count."""
    value: float
    """Ours."""
    bar: float
    """How much is allowed: of `value / floor`, or of `value` where there is no floor."""
    floor: float | None = None
    """The same by a bare workflow in the same run; None: the bar is a number of its own."""
    sense: Literal["at most", "at least"] = "at most"
    spread: tuple[float, float] | None = None
    """The smallest and the largest `value` among the rounds."""
    floor_spread: tuple[float, float] | None = None
    beside: float | None = None
    """What a bare workflow comes to where the bar is a number of its own: shown, not judged by."""

    @property
    def ratio(self) -> float:
        """What is held against the bar."""
        return self.value if self.floor is None else self.value / self.floor

    @property
    def met(self) -> bool:
        """Whether the bar is met; what is no number meets nothing."""
        return self.ratio <= self.bar if self.sense == "at most" else self.ratio >= self.bar

    @property
    def used(self) -> float:
        """How much of what is allowed is used up: 1 is exactly the bar, more is a miss."""
        if self.sense == "at most":
            return self.ratio / self.bar if self.bar else 1 + self.ratio
        return self.bar / self.ratio if self.ratio else float("inf")

    @property
    def verdict(self) -> str:
        """In one word."""
        return "met" if self.met else "MISSED"


def of_rounds(
    name: str,
    unit: str,
    values: Sequence[float],
    bar: float,
    floors: Sequence[float] = (),
    sense: Literal["at most", "at least"] = "at most",
) -> Measure:
    """The measure of several rounds: medians, so that one disturbed round decides nothing, and how far they lie apart.

    Raises:
        ValueError: there was no round.
    """
    if not values:
        raise ValueError(f"{name}: nothing was measured")
    return Measure(
        name,
        unit,
        median(values),
        bar,
        floor=median(floors) if floors else None,
        spread=(min(values), max(values)),
        floor_spread=(min(floors), max(floors)) if floors else None,
        sense=sense,
    )


def exit_code(measures: Iterable[Measure], failures: Iterable[str] = ()) -> int:
    """0 only if something was measured, everything that was asked for could be, and every bar is met."""
    measured = list(measures)
    return 0 if measured and all(one.met for one in measured) and not list(failures) else MISSED


def as_json(measures: Iterable[Measure]) -> list[dict[str, Any]]:
    """The table for machines."""
    return [asdict(one) | {"ratio": one.ratio, "met": one.met} for one in measures]
