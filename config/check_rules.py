"""What makes a check plan a bad one: a day without checks, a time that does not exist, an alarm before its time."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from config.mistake import Mistake, Mistakes, Path, Rule
from config.wording import in_words
from domain.check_plan import LONGEST_WAIT, waits
from domain.policy import Policy

DAYS_AHEAD = 3 * 366
"""How far ahead local times are held against clock changes."""


def _rows_are_intervals_or_times(policy: Policy) -> Mistakes:
    """A row has intervals for waking and for sleeping hours, or it has set times; never both, never neither."""
    for number, row in enumerate(policy.check_plan):
        path: Path = ("check_plan", number)
        if row.times and (row.waking is not None or row.sleeping is not None):
            yield Mistake((*path, "times"), "a row has intervals or set times, not both")
        elif not row.times and row.waking is None and row.sleeping is None:
            yield Mistake(path, "a row needs intervals (waking and sleeping) or set times; this one has neither")
        elif not row.times and (row.waking is None or row.sleeping is None):
            missing = "waking" if row.waking is None else "sleeping"
            yield Mistake(path, f"intervals are given for waking and sleeping hours both; {missing} is missing")
        for at, count in Counter(row.times).items():
            if count > 1:
                yield Mistake((*path, "times"), f"{at} stands there {count} times")


def _intervals_are_within_a_day(policy: Policy) -> Mistakes:
    """A child is seen at least once in 24 hours, and an interval is longer than nothing."""
    for number, row in enumerate(policy.check_plan):
        for name, interval in (("waking", row.waking), ("sleeping", row.sleeping)):
            if interval is not None and not timedelta(0) < interval <= LONGEST_WAIT:
                detail = f"{in_words(interval)} is no interval: it is longer than nothing and at most 24 hours"
                yield Mistake(("check_plan", number, name), detail)


def _grace_and_reminder_fit(policy: Policy) -> Mistakes:
    """Grace and reminder are shorter than the shortest wait, or one check would run into the next."""
    for number, row in enumerate(policy.check_plan):
        shortest = min(waits(row), default=LONGEST_WAIT)
        for name, duration in (("grace", row.grace), ("remind_before", row.remind_before)):
            if duration < timedelta(0):
                yield Mistake(("check_plan", number, name), "can't be less than nothing")
            elif duration >= shortest > timedelta(0):
                detail = f"{in_words(duration)} is not shorter than the time between checks, {in_words(shortest)}"
                yield Mistake(("check_plan", number, name), detail)


def _days_leave_no_gap(policy: Policy) -> Mistakes:
    """The rows speak for every day: from day 0, each from where the last one ended, the last row for ever."""
    expected, last = 0, len(policy.check_plan) - 1
    for number, row in enumerate(policy.check_plan):
        path: Path = ("check_plan", number, "days")
        if row.days is None:
            if number != last:
                yield Mistake(("check_plan", number), "a row without days covers every day: no row after it is used")
            continue
        if row.days[1] < row.days[0]:
            yield Mistake(path, f"the last day, {row.days[1]}, is before the first, {row.days[0]}")
        elif row.days[0] != expected:
            yield Mistake(path, f"starts at day {row.days[0]}, but the days before it end so that {expected} is next")
        if number == last:
            yield Mistake(path, "the last row must have no days: it stands for all days to come")
        expected = max(row.days) + 1


def _parts_of_the_day_differ(policy: Policy) -> Mistakes:
    """A day has waking and sleeping hours."""
    if policy.day.waking_from == policy.day.sleeping_from:
        yield Mistake(("day", "sleeping_from"), "waking and sleeping hours can't begin at the same time")


def times_exist_once(policy: Policy, from_day: date) -> Mistakes:
    """A local time that a clock change skips or doubles is not one instant, so nothing may hang on it."""
    places: list[tuple[Path, time]] = [
        (("day", "waking_from"), policy.day.waking_from),
        (("day", "sleeping_from"), policy.day.sleeping_from),
    ]
    for number, row in enumerate(policy.check_plan):
        places.extend((("check_plan", number, "times", position), at) for position, at in enumerate(row.times))
    for path, at in places:
        if at.tzinfo is not None:
            yield Mistake(path, f"{at} has a zone of its own; times are local to the policy's time zone")
        elif policy.timezone in available_timezones() and (changes := _clock_changes(at, policy.timezone, from_day)):
            detail = f"{at} {' and '.join(changes)}, when the clocks change in {policy.timezone}: choose another time"
            yield Mistake(path, detail)


@cache
def _clock_changes(at: time, timezone: str, from_day: date) -> tuple[str, ...]:
    """What the clock changes ahead do to a local time: the first day that skips it, the first that doubles it."""
    zone, found = ZoneInfo(timezone), dict[str, date]()
    for ahead in range(DAYS_AHEAD):
        day = from_day + timedelta(days=ahead)
        local = datetime.combine(day, at, tzinfo=zone)
        change = (local.utcoffset() or timedelta(0)) - (local.replace(fold=1).utcoffset() or timedelta(0))
        if change:
            found.setdefault("happens twice" if change > timedelta(0) else "is skipped", day)
    return tuple(f"{what} on {day}" for what, day in found.items())


CHECK_RULES: tuple[Rule, ...] = (
    _rows_are_intervals_or_times,
    _intervals_are_within_a_day,
    _grace_and_reminder_fit,
    _days_leave_no_gap,
    _parts_of_the_day_differ,
)
"""All rules of check plans but the one that needs to know the day."""
