"""Local times become UTC instants outside the workflow, and clock changes are dealt with there."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import HORIZON, Calendar, instant, resolve
from domain.names import Anchor, Channel, Role, Stage, Template
from domain.policy import CheckPlanRow, Day, Policy, Rung

LONDON = ZoneInfo("Europe/London")
SPRING = date(2026, 3, 29)
"""The clocks go forward at 01:00: a night of one hour less."""
AUTUMN = date(2026, 10, 25)
"""The clocks go back at 02:00: a night of one hour more."""

RUNG = Rung(
    anchor=Anchor.DUE,
    after=timedelta(minutes=30),
    stage=Stage.OVERDUE,
    roles=(Role.SHIFT_LEAD,),
    channels=(Channel.SMS,),
    template=Template.CHECK_NOT_RECORDED,
)


def policy(*rows: CheckPlanRow, timezone: str = "Europe/London", day: Day | None = None) -> Policy:
    """A policy with these rows of a check plan."""
    grace = timedelta(minutes=5)
    plan = rows or (CheckPlanRow(waking=timedelta(minutes=30), sleeping=timedelta(minutes=60), grace=grace),)
    return Policy(
        id="some-policy", title="Some policy", timezone=timezone, check_plan=plan, day=day or Day(), rung=(RUNG,)
    )


def at_times(*times: time) -> CheckPlanRow:
    """A row of set times."""
    return CheckPlanRow(times=times, grace=timedelta(minutes=5))


def utc(day: date, hour: int, minute: int = 0) -> datetime:
    """An instant of a day, in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2026, 1, 10), time(22), utc(date(2026, 1, 10), 22)),
        (date(2026, 7, 10), time(22), utc(date(2026, 7, 10), 21)),
        (SPRING, time(0, 59), utc(SPRING, 0, 59)),
        (SPRING, time(2), utc(SPRING, 1)),
        (AUTUMN, time(2), utc(AUTUMN, 2)),
    ],
    ids=["winter", "summer", "just before the change", "just after it", "after the doubled hour"],
)
def test_a_local_time_is_one_instant(day: date, at: time, expected: datetime) -> None:
    """Bed time is 22:00 on the wall, whatever the clocks have done."""
    assert instant(day, at, LONDON) == expected


def test_a_skipped_time_is_as_if_the_clocks_had_not_moved() -> None:
    """01:30 does not exist in that night: it is half an hour after 01:00, when the wall already says 02:30."""
    assert instant(SPRING, time(1, 30), LONDON) == utc(SPRING, 1, 30)
    assert instant(SPRING, time(1, 30), LONDON).astimezone(LONDON).time() == time(2, 30)


def test_a_doubled_time_is_its_first() -> None:
    """01:30 comes twice in that night: the child is expected at the earlier one."""
    assert instant(AUTUMN, time(1, 30), LONDON) == utc(AUTUMN, 0, 30)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_a_day_of_the_clock_change_is_as_long_as_it_is(day: date, hours: int) -> None:
    """From waking time to waking time there are 23 hours in March and 25 in October; all other days have 24."""
    start = utc(day - timedelta(days=3), 12)
    calendar = resolve(policy(), start)

    lengths = [later - earlier for earlier, later in pairwise(calendar.wakes)]

    assert sorted({length / timedelta(hours=1) for length in lengths}) == sorted({24, hours})
    assert calendar.wakes[lengths.index(timedelta(hours=hours)) + 1].astimezone(LONDON).date() == day


@pytest.mark.parametrize("day", [SPRING, AUTUMN, date(2026, 1, 10), date(2026, 7, 10)])
def test_day_parts_follow_the_wall(day: date) -> None:
    """Waking hours are 07:00 to 22:00 on the home's wall, in every minute of the days around a clock change."""
    start = utc(day - timedelta(days=1), 0)
    calendar = resolve(policy(), start)

    for minutes in range(0, 3 * 24 * 60, 10):
        at = start + timedelta(minutes=minutes)
        assert calendar.is_waking(at) is (time(7) <= at.astimezone(LONDON).time() < time(22)), at


def test_a_bed_time_after_midnight_is_followed_too() -> None:
    """Sleeping hours may begin on the next day's date."""
    late = policy(day=Day(waking_from=time(9), sleeping_from=time(0, 30)))
    calendar = resolve(late, utc(date(2026, 1, 10), 12))

    assert calendar.is_waking(utc(date(2026, 1, 11), 0, 29)) is True
    assert calendar.is_waking(utc(date(2026, 1, 11), 0, 30)) is False
    assert calendar.is_waking(utc(date(2026, 1, 11), 9)) is True


def test_outside_its_reach_a_calendar_does_not_guess() -> None:
    """Before its start and from its end on, nobody knows the day part."""
    start = utc(date(2026, 1, 10), 12)
    calendar = resolve(policy(), start)

    assert calendar.until == start + HORIZON
    assert calendar.is_waking(start - timedelta(microseconds=1)) is None
    assert calendar.is_waking(start) is True
    assert calendar.is_waking(calendar.until - timedelta(microseconds=1)) is True
    assert calendar.is_waking(calendar.until) is None


def test_a_calendar_with_one_known_change_of_day_part_says_what_it_knows() -> None:
    """If only bed time is behind, it is night; if neither is, nobody knows."""
    start = utc(date(2026, 1, 10), 0)
    calendar = Calendar(start=start, until=start + timedelta(days=1), wakes=(utc(start, 20),), sleeps=(utc(start, 10),))

    assert calendar.is_waking(utc(start, 9)) is None
    assert calendar.is_waking(utc(start, 11)) is False
    assert calendar.is_waking(utc(start, 21)) is True


def test_set_times_are_in_order_and_know_their_row() -> None:
    """However the author ordered them, from a day before the calendar's start."""
    start = utc(date(2026, 1, 10), 12)
    calendar = resolve(policy(at_times(time(22), time(7)), at_times(time(12), time(18))), start)

    assert list(calendar.times[:7]) == [
        (1, utc(date(2026, 1, 9), 18)),
        (0, utc(date(2026, 1, 9), 22)),
        (0, utc(start, 7)),
        (1, utc(start, 12)),
        (1, utc(start, 18)),
        (0, utc(start, 22)),
        (0, utc(date(2026, 1, 11), 7)),
    ]
    assert calendar.times[-1][1] > calendar.until


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_any_zone_knows_its_day_part_from_the_first_minute(zone: str) -> None:
    """Far from Greenwich the local date is not the UTC date; the calendar still reaches back far enough."""
    start = utc(date(2026, 4, 4), 23)
    calendar = resolve(policy(timezone=zone), start)

    for hours in range(48):
        at = start + timedelta(hours=hours)
        assert calendar.is_waking(at) is (time(7) <= at.astimezone(ZoneInfo(zone)).time() < time(22)), at
