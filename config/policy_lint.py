"""What makes a well-formed policy a bad one: each rule is one function, and its docstring is the rule.

A rule yields every place where it is broken, so that an author sees all mistakes at once. Whether the texts fit their
channels is held where the texts are, by domain.messages; see `docs/policy-authoring.md`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from domain.calendar import instant
from domain.check_plan import LONGEST_WAIT
from domain.names import Anchor, Channel, Role, Stage, Template
from domain.policy import CheckPlanRow, Policy, Rung, to_text

Path = tuple[str | int, ...]
"""Where in a policy: keys, and positions in lists counted from 0."""

DAYS_AHEAD = 3 * 366
"""How far ahead local times are held against clock changes."""

MOST_CANONICAL_CHARACTERS = 32_000
"""A placement carries its policy, and each open episode its own copy; together they have 256 KB."""

BELOW_THE_MANAGER = frozenset({Role.SHIFT_LEAD, Role.KEY_WORKER, Role.ON_CALL_MANAGER, Role.EVERYONE_ALERTED})

STAGES = {
    Anchor.DUE: (Stage.OVERDUE, Stage.UNACCOUNTED, Stage.MISSING),
    Anchor.DECLARED: (Stage.UNACCOUNTED, Stage.MISSING),
    Anchor.OPENED: (Stage.MISSING,),
    Anchor.RETURNED: (Stage.RETURNED,),
}
"""The stages a timer may say, in the order they are climbed. All others are for a person to say."""

OWN_WORDS = {Role.POLICE: Template.POLICE_ALERT, Role.NEIGHBOURING_AUTHORITY: Template.NEIGHBOUR_ALERT}
"""Those outside who get their own message and no other: they may not learn what the home's own people may."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A rule broken at a place, and why it matters, in plain English."""

    path: Path
    detail: str


@dataclass(frozen=True, slots=True)
class WorstCase:
    """How long a child may have been gone when somebody is told to call the police, by a row of the check plan."""

    row: int
    days: tuple[int, int] | None
    waking: timedelta
    sleeping: timedelta

    @property
    def longest(self) -> timedelta:
        """The longer of waking and sleeping hours."""
        return max(self.waking, self.sleeping)


Mistakes = Iterator[Mistake]
Rule = Callable[[Policy], Mistakes]


def mistakes(policy: Policy, *, roles_held: set[Role] | None = None, from_day: date | None = None) -> list[Mistake]:
    """Every mistake in a policy, by every rule.

    Args:
        policy: the policy to judge.
        roles_held: the roles that somebody holds where the policy is to run; None leaves that question out.
        from_day: the day from which clock changes are looked for; None is today (UTC).
    """
    found = [mistake for rule in RULES for mistake in rule(policy)]
    found.extend(_times_exist_once(policy, from_day or _today()))
    if roles_held is not None:
        found.extend(_roles_are_held(policy, roles_held))
    return found


def worst_cases(policy: Policy, *, from_day: date | None = None) -> tuple[WorstCase, ...]:
    """From leaving, just after being seen, to "call the police": the longest interval plus the police rung's offset.

    Leases are included, because no lease and no sum of leases delays the police rung. Set times count by their longest
    wait, the night of 25 hours included. The policy is a linted one.

    Raises:
        ValueError: there is no police rung on `due`, so there is no worst case to speak of.
    """
    offset = min((rung.after for _, rung in policy.rungs(Anchor.DUE) if rung.is_police), default=None)
    if offset is None:
        raise ValueError("no police rung on due: the worst case is without end")
    return tuple(
        WorstCase(number, row.days, *(wait + offset for wait in _longest_waits(policy, row, from_day or _today())))
        for number, row in enumerate(policy.check_plan)
    )


def worst_case(policy: Policy, day: int | None = None, *, from_day: date | None = None) -> timedelta:
    """The longest worst case of one day of the placement, or of all days; see `worst_cases`."""
    cases = worst_cases(policy, from_day=from_day)
    if day is None:
        return max(case.longest for case in cases)
    return cases[policy.check_plan.index(policy.plan_for(day))].longest


def in_words(duration: timedelta) -> str:
    """A duration as people say it: `1 h 30 min`, `60 min`, `15 s`."""
    if duration < timedelta(0):
        return f"minus {in_words(-duration)}"
    seconds = int(duration.total_seconds())
    if seconds == 3600:  # noqa: PLR2004 - an hour is said as the minutes of a ladder
        return "60 min"
    parts = [
        (seconds // 86400, "d"),
        (seconds % 86400 // 3600, "h"),
        (seconds % 3600 // 60, "min"),
        (seconds % 60, "s"),
    ]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"


def _today() -> date:
    return datetime.now(UTC).date()


def _gaps(row: CheckPlanRow) -> list[timedelta]:
    """How long one check is from the next by this row's plan, clock changes left out."""
    if not row.times:
        return [interval for interval in (row.waking, row.sleeping) if interval is not None]
    since_midnight = sorted({timedelta(hours=at.hour, minutes=at.minute, seconds=at.second) for at in row.times})
    return [later - earlier for earlier, later in pairwise([*since_midnight, since_midnight[0] + timedelta(days=1)])]


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


def _named(rung: Rung) -> str:
    return f"{rung.anchor} + {in_words(rung.after)}"


def _offsets_rise(policy: Policy) -> Mistakes:
    """The rungs of an anchor stand in the order in which they fire, so that the file reads as the night would go."""
    for anchor in Anchor:
        in_file = [(number, rung) for number, rung in enumerate(policy.rung) if rung.anchor is anchor]
        for (_, before), (number, rung) in pairwise(in_file):
            if rung.after < before.after:
                detail = f"{_named(rung)} stands after {_named(before)}: offsets rise within an anchor"
                yield Mistake(("rung", number, "after"), detail)


def _stages_never_fall(policy: Policy) -> Mistakes:
    """A timer says how long nobody has known; it never says that a child is safe, and never takes back a stage."""
    for anchor, allowed in STAGES.items():
        highest = 0
        for number, rung in policy.rungs(anchor):
            path: Path = ("rung", number, "stage")
            if rung.stage not in allowed:
                words = " or ".join(f'"{stage}"' for stage in allowed)
                yield Mistake(path, f'a rung on "{anchor}" can only be {words}; "{rung.stage}" is for a person to say')
            elif allowed.index(rung.stage) < highest:
                yield Mistake(path, f'the stage falls from "{allowed[highest]}" to "{rung.stage}"; it never falls')
            else:
                highest = allowed.index(rung.stage)


def _first_due_rung_waits_for_grace(policy: Policy) -> Mistakes:
    """Before the grace is over a check is not overdue, and nobody is alarmed."""
    due = policy.rungs(Anchor.DUE)
    grace = max(row.grace for row in policy.check_plan)
    if due and due[0][1].after < grace:
        detail = f"the first rung on due is at {in_words(due[0][1].after)}, before the longest grace, {in_words(grace)}"
        yield Mistake(("rung", due[0][0], "after"), detail)


def _everyone_alerted_is_someone(policy: Policy) -> Mistakes:
    """`everyone_alerted` is nobody until an earlier rung has alerted somebody. After a return, somebody has been."""
    for anchor in (Anchor.DUE, Anchor.DECLARED, Anchor.OPENED):
        rungs = policy.rungs(anchor)
        named = [rung.after for _, rung in rungs if set(rung.roles) != {Role.EVERYONE_ALERTED}]
        for number, rung in rungs:
            if set(rung.roles) == {Role.EVERYONE_ALERTED} and not any(after < rung.after for after in named):
                detail = f"{_named(rung)} reaches nobody: no earlier rung on {anchor} has alerted anyone yet"
                yield Mistake(("rung", number, "roles"), detail)


def _roles_are_held(policy: Policy, roles_held: set[Role]) -> Mistakes:
    """A role that nobody holds is a rung that reaches nobody."""
    named = [(("rung", number, "roles"), rung.roles) for number, rung in enumerate(policy.rung)]
    for path, roles in [*named, (("repeat", "roles"), policy.repeat.roles)]:
        for role in roles:
            if role is not Role.EVERYONE_ALERTED and role not in roles_held:
                yield Mistake(path, f"nobody holds the role {role}: it can reach no one")


def _ladders_reach_the_police(policy: Policy) -> Mistakes:
    """A missed check, and a child reported not here, each climb to "call the police", again and again until done.

    A policy without a ladder for "declared" runs the one for "due" from the instant of the report.
    """
    for anchor in (Anchor.DUE, Anchor.DECLARED):
        rungs = [rung for _, rung in policy.rungs(anchor)]
        if not rungs and anchor is Anchor.DECLARED:
            continue
        if not rungs:
            yield Mistake(("rung",), f'there is no ladder for "{anchor}": at least one rung must have that anchor')
        elif not any(rung.is_police for rung in rungs):
            detail = f'the ladder for "{anchor}" never reaches the police: one rung needs until = "police_reference"'
            yield Mistake(("rung",), detail)


def _police_rungs_repeat(policy: Policy) -> Mistakes:
    """`until` and `every` belong together, and a rung that waits for the police's reference says to call them."""
    for number, rung in enumerate(policy.rung):
        if rung.until is not None and rung.every is None:
            yield Mistake(("rung", number, "until"), "until needs every: how often the rung is repeated until then")
        if rung.every is not None and rung.until is None:
            yield Mistake(("rung", number, "every"), "every needs until: what ends the repeating")
        if rung.is_police and rung.template is not Template.CALL_THE_POLICE:
            detail = f"a rung that waits for a police reference must say so: template = {Template.CALL_THE_POLICE}"
            yield Mistake(("rung", number, "template"), detail)


def _two_channels_from_the_manager_up(policy: Policy) -> Mistakes:
    """From the first rung that reaches a registered manager or anyone beyond, one provider's failure is no silence."""
    for anchor in Anchor:
        reached = False
        for number, rung in policy.rungs(anchor):
            reached = reached or not BELOW_THE_MANAGER.issuperset(rung.roles)
            if reached and len(set(rung.channels)) < len((Channel.SMS, Channel.EMAIL)):
                detail = f"{_named(rung)} is at or beyond the manager's rung and needs two different channels"
                yield Mistake(("rung", number, "channels"), detail)


def _outsiders_have_their_own_words(policy: Policy) -> Mistakes:
    """The police and the neighbours get the message written for them, alone, and nobody else gets it."""
    for number, rung in enumerate(policy.rung):
        for role, template in OWN_WORDS.items():
            if role in rung.roles and (set(rung.roles) != {role} or rung.template is not template):
                detail = f'{role} needs a rung of its own with template = "{template}": other words are not for them'
                yield Mistake(("rung", number, "roles"), detail)
            elif rung.template is template and role not in rung.roles:
                yield Mistake(("rung", number, "template"), f'"{template}" is written for {role} only')


def _answers_take_time(policy: Policy) -> Mistakes:
    """A person who is asked is given time to answer."""
    for number, rung in enumerate(policy.rung):
        if rung.answer_within is not None and rung.answer_within <= timedelta(0):
            yield Mistake(("rung", number, "answer_within"), "must be longer than nothing")


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
        shortest = min(_gaps(row), default=LONGEST_WAIT)
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


def _time_zone_exists(policy: Policy) -> Mistakes:
    """Local times need a time zone that the engine knows."""
    if policy.timezone not in available_timezones():
        yield Mistake(("timezone",), f'there is no time zone "{policy.timezone}"; write it like Europe/London')


def _paces_are_bearable(policy: Policy) -> Mistakes:
    """The endless repeat is at least a minute apart; "I have it" holds 1 to 30 minutes. A demonstration is quicker."""
    if policy.repeat.every < timedelta(minutes=1) and not policy.demonstration:
        yield Mistake(("repeat", "every"), "the end of the ladder repeats at most once a minute (PT60S)")
    shortest = timedelta(seconds=20) if policy.demonstration else timedelta(minutes=1)
    if not shortest <= policy.lease.first <= timedelta(minutes=30):
        detail = f"a lease holds for {in_words(shortest)} to 30 min, not {in_words(policy.lease.first)}"
        yield Mistake(("lease", "first"), detail)


def _fits_a_placement(policy: Policy) -> Mistakes:
    """A placement carries its policy everywhere, so the policy is of a bearable size."""
    if len(to_text(policy)) > MOST_CANONICAL_CHARACTERS:
        yield Mistake(
            ("rung",), f"the policy is longer than {MOST_CANONICAL_CHARACTERS} characters as the engine has it"
        )


def _times_exist_once(policy: Policy, from_day: date) -> Mistakes:
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
        elif policy.timezone in available_timezones():
            yield from (Mistake(path, detail) for detail in _clock_changes(at, policy.timezone, from_day))


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
    return tuple(f"{at} {what} when the clocks change on {day} in {timezone}" for what, day in found.items())


RULES: tuple[Rule, ...] = (
    _offsets_rise,
    _stages_never_fall,
    _first_due_rung_waits_for_grace,
    _everyone_alerted_is_someone,
    _ladders_reach_the_police,
    _police_rungs_repeat,
    _two_channels_from_the_manager_up,
    _outsiders_have_their_own_words,
    _answers_take_time,
    _rows_are_intervals_or_times,
    _intervals_are_within_a_day,
    _grace_and_reminder_fit,
    _days_leave_no_gap,
    _parts_of_the_day_differ,
    _time_zone_exists,
    _paces_are_bearable,
    _fits_a_placement,
)
"""All rules but those that need to know the day, or the people."""
