"""How long a child may have been gone when somebody is told to call the police: the number beside every policy."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from domain.calendar import instant
from domain.check_plan import LONGEST_WAIT
from domain.names import Anchor
from domain.policy import CheckPlanRow, Policy


@dataclass(frozen=True, slots=True)
class WorstCase:
    """How long a child may have been gone when somebody is told to call the police, by a row of the check plan."""

    row: int
    days: tuple[int, int] | None
    waking: timedelta
    sleeping: timedelta
    waking_wait: timedelta
    """The part of `waking` until the next check is due; the rest is the ladder's."""
    sleeping_wait: timedelta

    @property
    def longest(self) -> timedelta:
        """The longer of waking and sleeping hours."""
        return max(self.waking, self.sleeping)


def worst_cases(policy: Policy, *, from_day: date | None = None) -> tuple[WorstCase, ...]:
    """From leaving, just after being seen, to "call the police": the longest interval plus the police rung's offset.

    Leases are included, because no lease and no sum of leases delays the police rung. Set times count by their longest
    wait, the night of 25 hours included. The policy is a linted one.

    Args:
        policy: a policy without mistakes.
        from_day: the day from which set times are held against clock changes; None is today (UTC).

    Raises:
        ValueError: there is no police rung on `due`, so there is no worst case to speak of.
    """
    offset = min((rung.after for _, rung in policy.rungs(Anchor.DUE) if rung.is_police), default=None)
    if offset is None:
        raise ValueError("no police rung on due: the worst case is without end")
    cases = []
    for number, row in enumerate(policy.check_plan):
        waking, sleeping = _longest_waits(policy, row, from_day or datetime.now(UTC).date())
        cases.append(WorstCase(number, row.days, waking + offset, sleeping + offset, waking, sleeping))
    return tuple(cases)


def worst_case(policy: Policy, day: int | None = None, *, from_day: date | None = None) -> timedelta:
    """The longest worst case of one day of the placement, or of all days; see `worst_cases`."""
    cases = worst_cases(policy, from_day=from_day)
    if day is None:
        return max(case.longest for case in cases)
    return cases[policy.check_plan.index(policy.plan_for(day))].longest


def _longest_waits(policy: Policy, row: CheckPlanRow, from_day: date) -> tuple[timedelta, timedelta]:
    """The longest waits of a row that begin in waking and in sleeping hours."""
    if not row.times:
        waking, sleeping = row.waking or row.sleeping, row.sleeping or row.waking
        return waking or LONGEST_WAIT, sleeping or LONGEST_WAIT
    zone = ZoneInfo(policy.timezone)
    days = (from_day + timedelta(days=ahead) for ahead in range(366))
    checks = sorted(instant(day, at, zone) for day in days for at in row.times)
    longest = min(max((later - earlier for earlier, later in pairwise(checks)), default=LONGEST_WAIT), LONGEST_WAIT)
    return longest, longest
