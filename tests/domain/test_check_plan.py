"""The next sighting is never later than the plan says, and never "never"."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import HORIZON, resolve
from domain.check_plan import LONGEST_WAIT, day_of_placement, expectation, expected_at, interval, next_due
from domain.policy import CheckPlanRow, Day, Policy
from tests.domain.test_calendar import AUTUMN, LONDON, SPRING, at_times, policy, utc

MINUTES_30, HOUR = timedelta(minutes=30), timedelta(hours=1)
GRACE, PROMPT = timedelta(minutes=5), timedelta(minutes=10)
FIRST_DAY = CheckPlanRow(days=(0, 0), waking=MINUTES_30, sleeping=MINUTES_30, grace=GRACE, remind_before=PROMPT)
LATER = CheckPlanRow(waking=MINUTES_30, sleeping=HOUR, grace=2 * GRACE, remind_before=GRACE)
ARRIVAL = utc(date(2026, 1, 10), 12)


def due(plan: Policy, base: datetime, *, arrived_at: datetime | None = None) -> datetime:
    """When the next check is due for a placement of a month, by a calendar resolved the day before."""
    start = base - timedelta(days=1)
    return next_due(plan, resolve(plan, start), arrived_at or base - timedelta(days=30), base)


def nights(plan: Policy, day: date) -> list[datetime]:
    """All checks of the night that ends on a day, from 22:00 to 07:00 on the wall, each made when due."""
    base = datetime.combine(day - timedelta(days=1), time(22), tzinfo=LONDON).astimezone(UTC)
    morning = datetime.combine(day, time(7), tzinfo=LONDON).astimezone(UTC)
    checks = [base]
    while checks[-1] < morning:
        checks.append(due(plan, checks[-1]))
    return checks


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 8), (AUTUMN, 10), (date(2026, 1, 10), 9)])
def test_a_night_keeps_its_intervals_whatever_the_clocks_do(day: date, hours: int) -> None:
    """Hourly checks stay an hour apart: 8 of them in March's short night, 10 in October's long one, 9 in any other."""
    checks = nights(policy(LATER), day)

    assert len(checks) - 1 == hours
    assert {later - earlier for earlier, later in pairwise(checks)} == {HOUR}


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_set_times_stay_where_they_are_on_the_wall(day: date) -> None:
    """Bed at 22:00 and waking at 07:30 are local: the night between them is shorter or longer, the times are not."""
    plan = policy(at_times(time(22), time(7, 30)))
    checks = [utc(day - timedelta(days=2), 12)]
    while len(checks) < 8:
        checks.append(due(plan, checks[-1]))

    assert {check.astimezone(LONDON).time() for check in checks[1:]} == {time(22), time(7, 30)}
    assert len(set(checks)) == len(checks)


def test_a_set_time_in_a_skipped_hour_is_expected_all_the_same() -> None:
    """The linter refuses such a time; a policy of before the rule still has its check that night, once."""
    plan = policy(at_times(time(1, 30)))

    assert due(plan, utc(SPRING, 0)) == utc(SPRING, 1, 30)


def test_a_set_time_in_a_doubled_hour_is_expected_at_the_first() -> None:
    """And not a second time an hour later."""
    plan = policy(at_times(time(1, 30)))

    assert due(plan, utc(AUTUMN, 0)) == utc(AUTUMN, 0, 30)
    assert due(plan, utc(AUTUMN, 0, 30)) == utc(AUTUMN, 0, 30) + LONGEST_WAIT


def test_a_calendar_that_has_run_out_falls_back_to_the_shorter_interval() -> None:
    """Where nobody knows whether it is night, the child is looked for as by day, or as by night if that is sooner."""
    plan = policy(LATER)
    late = ARRIVAL + HORIZON + timedelta(hours=11)
    calendar = resolve(plan, ARRIVAL)

    assert calendar.is_waking(late) is None
    assert next_due(plan, calendar, ARRIVAL, late) == late + MINUTES_30
    assert interval(LATER.model_copy(update={"waking": 2 * HOUR}), waking=None) == HOUR


def test_set_times_that_have_run_out_are_a_day_away_at_most() -> None:
    """A calendar that was never renewed still ends in an expectation."""
    plan = policy(at_times(time(22)))
    late = ARRIVAL + 2 * HORIZON

    assert next_due(plan, resolve(plan, ARRIVAL), ARRIVAL, late) == late + LONGEST_WAIT


def test_a_sighting_from_before_the_calendar_was_renewed_does_not_skip_a_check() -> None:
    """Seen at 06:50, due at 07:00, calendar renewed at 07:05, reported at 07:20: the 07:00 check was still missed."""
    plan = policy(at_times(time(7), time(16)))
    renewed = resolve(plan, utc(ARRIVAL, 7, 5))

    assert next_due(plan, renewed, ARRIVAL - timedelta(days=30), utc(ARRIVAL, 6, 50)) == utc(ARRIVAL, 7)


def test_a_set_time_at_this_very_instant_is_not_the_next_one() -> None:
    """A check made when due counts for itself, not for its successor."""
    plan = policy(at_times(time(22)))
    bed = utc(ARRIVAL, 22)

    assert due(plan, bed - timedelta(seconds=1)) == bed
    assert due(plan, bed) == bed + timedelta(days=1)


def test_days_of_a_placement_are_24_hours_from_arrival() -> None:
    """A child who comes at 23:00 has a whole first day, not an hour of one."""
    assert day_of_placement(ARRIVAL, ARRIVAL) == 0
    assert day_of_placement(ARRIVAL + timedelta(hours=23, minutes=59), ARRIVAL) == 0
    assert day_of_placement(ARRIVAL + timedelta(hours=24), ARRIVAL) == 1
    assert day_of_placement(ARRIVAL - timedelta(hours=1), ARRIVAL) == 0


def test_the_row_of_the_day_decides() -> None:
    """At night the first day's checks are 30 minutes apart, the second day's an hour."""
    plan = policy(FIRST_DAY, LATER)
    night = utc(ARRIVAL, 23)

    assert due(plan, night, arrived_at=ARRIVAL) == night + MINUTES_30
    assert due(plan, night + timedelta(days=1), arrived_at=ARRIVAL) == night + timedelta(days=1) + HOUR


def test_a_row_of_one_interval_uses_it_day_and_night() -> None:
    """The linter wants both; a row with one is still a row with checks."""
    for row in (
        CheckPlanRow(waking=HOUR, grace=GRACE),
        CheckPlanRow(sleeping=HOUR, grace=GRACE),
    ):
        assert [interval(row, waking=waking) for waking in (True, False, None)] == [HOUR, HOUR, HOUR]


def test_grace_and_reminder_are_those_of_the_day_the_check_falls_on() -> None:
    """Overdue is due plus grace; the home's screen prompts before."""
    plan = policy(FIRST_DAY, LATER)

    first = expectation(plan, resolve(plan, ARRIVAL), ARRIVAL, ARRIVAL)
    assert (first.due_at, first.overdue_at, first.remind_at) == (
        ARRIVAL + MINUTES_30,
        ARRIVAL + MINUTES_30 + GRACE,
        ARRIVAL + MINUTES_30 - PROMPT,
    )
    tomorrow = expected_at(plan, ARRIVAL, ARRIVAL + timedelta(days=1))
    assert tomorrow.overdue_at == tomorrow.due_at + 2 * GRACE


intervals = st.timedeltas(min_value=timedelta(seconds=1), max_value=LONGEST_WAIT)
graces = st.timedeltas(min_value=timedelta(0), max_value=HOUR)
spans = st.none() | st.tuples(st.integers(0, 5), st.integers(0, 30)).map(lambda days: (min(days), max(days)))
interval_rows = st.builds(CheckPlanRow, days=spans, waking=intervals, sleeping=intervals, grace=graces)
time_rows = st.builds(
    CheckPlanRow,
    days=spans,
    times=st.lists(st.times(), min_size=1, max_size=4, unique=True).map(tuple),
    grace=graces,
)
zones = st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Lagos", "Asia/Kathmandu"])
policies = st.builds(
    lambda rows, zone, wake, sleep: policy(*rows, timezone=zone, day=Day(waking_from=wake, sleeping_from=sleep)),
    st.lists(interval_rows | time_rows, min_size=1, max_size=4),
    zones,
    st.times(),
    st.times(),
)
instants = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it


@given(
    plan=policies,
    arrived_at=instants,
    stay=st.timedeltas(timedelta(0), timedelta(days=60)),
    age=st.timedeltas(timedelta(0), 2 * HORIZON),
)
@settings(max_examples=150, deadline=None)
def test_the_next_check_is_always_ahead_and_within_a_day(
    plan: Policy, arrived_at: datetime, stay: timedelta, age: timedelta
) -> None:
    """For any policy, anywhere, at any moment, with a calendar of any age: never now, never later than in 24 hours."""
    base = arrived_at + stay
    calendar = resolve(plan, base - age)

    expected = expectation(plan, calendar, arrived_at, base)

    assert base < expected.due_at <= base + LONGEST_WAIT
    assert expected.overdue_at >= expected.due_at >= expected.remind_at


@given(at=instants, zone=zones, wake=st.times(), sleep=st.times())
@settings(max_examples=60, deadline=None)
def test_a_calendar_that_reaches_always_knows_the_day_part(at: datetime, zone: str, wake: time, sleep: time) -> None:
    """Within its reach a calendar always has an answer, and away from clock changes it is the wall's."""
    calendar = resolve(policy(timezone=zone, day=Day(waking_from=wake, sleeping_from=sleep)), at)
    around = [(at + shift).astimezone(ZoneInfo(zone)).utcoffset() for shift in (timedelta(days=-2), timedelta(days=2))]

    assert calendar.is_waking(at) is not None
    if around[0] == around[1] and wake != sleep:
        local = at.astimezone(ZoneInfo(zone)).time()
        awake = wake <= local < sleep if wake < sleep else not sleep <= local < wake
        assert calendar.is_waking(at) is awake
