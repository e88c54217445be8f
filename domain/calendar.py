"""Local times as UTC instants.

A clock change, or a new time-zone database, must not alter a replay: so what is local (when waking hours begin, a check
at bed time) is resolved here, outside the workflow, and enters its state as UTC. A workflow never asks a time zone.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict

from domain.policy import Policy

HORIZON = timedelta(days=14)
"""How far ahead a calendar is resolved; it is renewed when less than half is left."""


LOOK_BACK = timedelta(days=1)
"""How far before its start a calendar knows set times: a sighting may be reported after the calendar was renewed, and
the check that was due in between must not be lost."""


@lru_cache(maxsize=4096)
def _shared(at: datetime) -> datetime:
    return at if at.tzinfo is None else at.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_shared)]
"""An instant in UTC. A thousand placements wake on the same mornings, and each morning is in memory once."""


class Calendar(BaseModel):
    """The local part of a policy, resolved to UTC from `start` until `until`."""

    model_config = ConfigDict(frozen=True)

    start: datetime
    until: datetime
    wakes: tuple[Instant, ...]
    """When waking hours begin."""
    sleeps: tuple[Instant, ...]
    """When sleeping hours begin."""
    times: tuple[tuple[int, Instant], ...] = ()
    """Set check times: the check plan's row and the instant, earliest first, from a day before `start` on."""

    def is_waking(self, at: datetime) -> bool | None:
        """Whether it is waking hours at this instant; None where the calendar does not reach."""
        if not self.start <= at < self.until:
            return None
        woke = max((wake for wake in self.wakes if wake <= at), default=None)
        slept = max((sleep for sleep in self.sleeps if sleep <= at), default=None)
        if woke is None or slept is None:
            return None if woke is slept else woke is not None
        return woke >= slept


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time: the first if it happens twice, as if clocks had not moved if it is skipped."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def resolve(policy: Policy, start: datetime, horizon: timedelta = HORIZON) -> Calendar:
    """Resolve a policy's local times, from `LOOK_BACK` before `start` (UTC) until `horizon` after it.

    Raises:
        ZoneInfoNotFoundError: the policy's time zone is unknown; a linted policy's never is.
    """
    zone = ZoneInfo(policy.timezone)
    first = (start - LOOK_BACK).astimezone(zone).date() - timedelta(days=1)
    days = [first + timedelta(days=offset) for offset in range(horizon.days + 4)]
    times = sorted(
        (instant(day, at, zone), row) for row, plan in enumerate(policy.check_plan) for at in plan.times for day in days
    )
    return Calendar(
        start=start,
        until=start + horizon,
        wakes=tuple(instant(day, policy.day.waking_from, zone) for day in days),
        sleeps=tuple(instant(day, policy.day.sleeping_from, zone) for day in days),
        times=tuple((row, at) for at, row in times if at > start - LOOK_BACK),
    )
