"""When the child is next to be seen."""

from datetime import datetime, timedelta
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from domain.calendar import Calendar
from domain.policy import CheckPlanRow, Policy

LONGEST_WAIT = timedelta(hours=24)
"""Whatever a plan says, the child is expected within a day, never "never"."""


class Expectation(BaseModel):
    """One planned check-in. All instants are UTC."""

    model_config = ConfigDict(frozen=True)

    due_at: datetime
    overdue_at: datetime
    """Due, plus grace."""
    remind_at: datetime
    """From here on the home's own screen prompts; no message is sent."""


def day_of_placement(at: datetime, arrived_at: datetime) -> int:
    """Which day of the placement it is: 24-hour days counted from arrival, 0 first."""
    return max(0, int((at - arrived_at) / timedelta(days=1)))


def interval(row: CheckPlanRow, *, waking: bool | None) -> timedelta | None:
    """The row's interval by day part; where the day part is not known, the shorter one. None: the row has set times."""
    if waking is None:
        return min((one for one in (row.waking, row.sleeping) if one is not None), default=None)
    chosen = row.waking if waking else row.sleeping
    return chosen if chosen is not None else (row.waking or row.sleeping)


def next_due(policy: Policy, calendar: Calendar, arrived_at: datetime, base: datetime) -> datetime:
    """When the next check is due, counted from `base`, the instant the child was last known to be there.

    At intervals: base + interval. At set times: the first one after base, or, where the calendar does not reach, after
    the shortest wait between two of them. Absolute durations: the nights of 25 and 23 hours keep their intervals.
    """
    number, row = _row(policy, day_of_placement(base, arrived_at))
    every = interval(row, waking=calendar.is_waking(base))
    if every is not None:
        return base + every
    set_times = (at for of_row, at in calendar.times if of_row == number and at > base)
    return min(next(set_times, base + min(waits(row), default=LONGEST_WAIT)), base + LONGEST_WAIT)


def waits(row: CheckPlanRow) -> list[timedelta]:
    """How long one check is from the next by this row's plan, clock changes left out."""
    if not row.times:
        return [every for every in (row.waking, row.sleeping) if every is not None]
    since_midnight = sorted({timedelta(hours=at.hour, minutes=at.minute, seconds=at.second) for at in row.times})
    return [later - earlier for earlier, later in pairwise([*since_midnight, since_midnight[0] + timedelta(days=1)])]


def expectation(policy: Policy, calendar: Calendar, arrived_at: datetime, base: datetime) -> Expectation:
    """The next planned check-in after `base`."""
    return expected_at(policy, arrived_at, next_due(policy, calendar, arrived_at, base))


def expected_at(policy: Policy, arrived_at: datetime, due_at: datetime) -> Expectation:
    """A planned check-in at a given instant, with the grace and reminder of that day's plan."""
    _, row = _row(policy, day_of_placement(due_at, arrived_at))
    return Expectation(due_at=due_at, overdue_at=due_at + row.grace, remind_at=due_at - row.remind_before)


def _row(policy: Policy, day: int) -> tuple[int, CheckPlanRow]:
    row = policy.plan_for(day)
    return policy.check_plan.index(row), row
