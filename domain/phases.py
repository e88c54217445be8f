"""The phases of a placement: which ladder a child is on, who signs that a child moves on, and how arrival begins again.

Arrival (the first 72 hours, and 72 hours after any return), settling (to day 28), settled: practice notes 6.3 and 6.4.
No timer moves a child on: a manager of the home and somebody of the placing authority do. Risk does not fall because a
child goes missing often, so no rule here looks at how often that was.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from domain import check_plan, ledger
from domain.calendar import Calendar
from domain.check_plan import LONGEST_WAIT
from domain.errors import Refused
from domain.facts import ENGINE, Actor, FactKind
from domain.names import Anchor, Phase, Risk, Role
from domain.policy import CheckPlanRow, Policy, from_text
from domain.state import PlacementState

ORDER = (Phase.ARRIVAL, Phase.SETTLING, Phase.SETTLED)

COLUMNS: tuple[tuple[tuple[Phase, Risk], ...], ...] = (
    ((Phase.ARRIVAL, Risk.HIGH),),
    ((Phase.ARRIVAL, Risk.MEDIUM), (Phase.SETTLING, Risk.HIGH)),
    ((Phase.SETTLING, Risk.MEDIUM), (Phase.SETTLED, Risk.HIGH)),
    ((Phase.SETTLED, Risk.MEDIUM),),
)
"""The four ladders, the closest watch first (practice notes 6.4)."""

ARRIVAL_LASTS = timedelta(hours=72)
SETTLED_FROM = timedelta(days=28)

YOUNG = 12
"""Under this age a child is watched one column closer (practice notes 2.4: 1 hour under 12, 2 hours from 12)."""

ADULT = 18

NEVER = timedelta(days=36500)
"""Where a ladder has no such rung; a time that can still be added to."""

HOME_SIGNS = frozenset({Role.REGISTERED_MANAGER, Role.ON_CALL_MANAGER, Role.RESPONSIBLE_INDIVIDUAL})
AUTHORITY_SIGNS = frozenset({Role.SOCIAL_WORKER, Role.PLACING_AUTHORITY, Role.HEAD_OF_SERVICE})
"""Moving on needs the home's manager and the social worker (practice notes 6.3), each of whom may be stood in for."""


def column(phase: Phase, risk: Risk, *, closer_watch: bool) -> int:
    """Which of `COLUMNS` a child is on: by phase and risk, and one further left if they need a closer watch."""
    place = next(number for number, pairs in enumerate(COLUMNS) if (phase, risk) in pairs)
    return max(0, place - 1) if closer_watch else place


def columns_of(policy: Policy) -> set[int]:
    """The columns that a policy is written for."""
    return {column(suit.phase, suit.risk, closer_watch=False) for suit in policy.suits}


def suits(policy: Policy, phase: Phase, risk: Risk, *, closer_watch: bool) -> bool:
    """Whether a policy is written for such a child."""
    return column(phase, risk, closer_watch=closer_watch) in columns_of(policy)


def too_loose(policy: Policy, phase: Phase, risk: Risk, *, closer_watch: bool) -> bool:
    """Whether a policy is written only for children who need less watching. One without `suits` is for any child."""
    return min(columns_of(policy), default=0) > column(phase, risk, closer_watch=closer_watch)


def age_on(born: date, day: date) -> int:
    """The age in full years; whoever was born on 29 February is a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def needs_closer_watch(born: date | None, day: date, *, medical_dependency: bool) -> bool:
    """Whether a child is under 12, or depends on medicine or care that can't wait."""
    return medical_dependency or (born is not None and age_on(born, day) < YOUNG)


def is_adult(born: date | None, day: date) -> bool:
    """Whether this is known not to be a child. Age not known is a child's (Modern Slavery Act 2015, section 51)."""
    return born is not None and age_on(born, day) >= ADULT


def refuse_too_early(phase: Phase, arrived_at: datetime, phase_since: datetime, now: datetime) -> None:
    """A phase has its shortest time, whoever signs.

    Raises:
        Refused: it is not over.
    """
    if phase is not Phase.ARRIVAL and now < phase_since + ARRIVAL_LASTS:
        raise Refused("phase", "arrival lasts 72 hours at least, counted from arrival or from the last return")
    if phase is Phase.SETTLED and now < arrived_at + SETTLED_FROM:
        raise Refused("phase", "a child is settled on day 28 at the earliest")


def refuse_moving_on(state: PlacementState, phase: Phase, signers: Iterable[Iterable[Role]], now: datetime) -> None:
    """Moving on goes one step at a time, not before its time, and by two named people, one of either side.

    Raises:
        Refused: one of these is not so.
    """
    if ORDER.index(phase) > ORDER.index(state.phase) + 1:
        raise Refused("phase", "one step at a time: from arrival to settling, from settling to settled")
    since = state.phase_since if state.phase is Phase.ARRIVAL else state.arrived_at
    refuse_too_early(phase, state.arrived_at, since, now)
    refuse_one_sided(signers)


def refuse_one_sided(signers: Iterable[Iterable[Role]]) -> None:
    """Two people sign, given by everything they are to the placement: one of the home, one of the placing authority.

    Raises:
        Refused: they are not.
    """
    one, other = ({*roles} for roles in signers)
    if not ((one & HOME_SIGNS and other & AUTHORITY_SIGNS) or (one & AUTHORITY_SIGNS and other & HOME_SIGNS)):
        detail = "a manager of the home and a social worker (or their manager) of the placing authority sign this"
        raise Refused("second_person", detail)


def watches_less(new: Policy, old: Policy) -> bool:
    """Whether a policy lets a child, on any day, be gone for longer before anybody, or before the police, are told."""
    bounds = {bound for policy in (new, old) for row in policy.check_plan for bound in row.days or ()}
    days = {0} | bounds | {bound + 1 for bound in bounds}
    return (
        any(_seen_less(new, old, day) for day in days)
        or first_told_after(new) > first_told_after(old)
        or police_after(new) > police_after(old)
        or police_after_report(new) > police_after_report(old)
    )


def _seen_less(new: Policy, old: Policy, day: int) -> bool:
    """Whether on that day of the placement the child may be unseen for longer, by day or by night."""
    later, before = _unseen(new.plan_for(day)), _unseen(old.plan_for(day))
    if (new.day, new.timezone) != (old.day, old.timezone):
        # Other hours are night now: what was seldom may hold where it was often.
        return max(later) > min(before)
    return any(one > other for one, other in zip(later, before, strict=True))


def _unseen(row: CheckPlanRow) -> tuple[timedelta, timedelta]:
    """From one sighting to the next being overdue, at the longest, in waking and in sleeping hours."""
    longest = max(check_plan.waits(row), default=LONGEST_WAIT)
    return (row.waking or longest) + row.grace, (row.sleeping or longest) + row.grace


def longest_unseen(policy: Policy) -> timedelta:
    """The longest a check plan lets pass from one sighting to the next being overdue."""
    return max(max(_unseen(row)) for row in policy.check_plan)


def first_told_after(policy: Policy) -> timedelta:
    """From a check's due time to the first message."""
    return min((rung.after for _, rung in policy.rungs(Anchor.DUE)), default=NEVER)


def police_after_report(policy: Policy) -> timedelta:
    """From "not here" to "call the police"; without a ladder of its own the one for `due` runs from the report."""
    declared = policy.rungs(Anchor.DECLARED)
    return min((rung.after for _, rung in declared or policy.rungs(Anchor.DUE) if rung.is_police), default=NEVER)


def police_after(policy: Policy) -> timedelta:
    """From a check's due time to "call the police"."""
    return min((rung.after for _, rung in policy.rungs(Anchor.DUE) if rung.is_police), default=NEVER)


def note(
    state: PlacementState,
    now: datetime,
    *,
    actor: Actor,
    reason: str,
    episode: int | None = None,
    second_person: str | None = None,
) -> None:
    """Note how the child is watched from now on."""
    policy = state.policy
    ledger.note(
        state,
        FactKind.PLAN_CHANGED,
        now,
        episode=episode,
        actor=actor,
        risk=state.risk.value,
        phase=state.phase.value,
        closer_watch=state.closer_watch,
        policy=f"{policy.id} version {policy.version}",
        reason=reason,
        second_person=second_person,
    )


def begin_arrival_again(state: PlacementState, now: datetime) -> None:
    """After a return the child is as much at risk as on arrival, and is watched so again: for 72 hours from now.

    Not from when the child is said to have come back: until this was recorded nobody was asked to look.

    The arrival ladder has been in the state since admission: a return asks no store. Until its local times are
    resolved, the shorter of its intervals holds by day as by night.
    """
    before = (state.phase, state.risk, state.policy_text)
    state.phase, state.phase_since, state.risk = Phase.ARRIVAL, now, Risk.HIGH
    arrival = state.arrival_policy_text
    if arrival and arrival != state.policy_text and not _longer(from_text(arrival), state.policy):
        state.policy_text = arrival
        state.calendar = Calendar(start=now, until=now, wakes=(), sleeps=())
    if before != (state.phase, state.risk, state.policy_text):
        note(state, now, actor=ENGINE, reason="the child is back: arrival begins again")


def _longer(new: Policy, old: Policy) -> bool:
    """Whether a child may be gone for longer, all in all, before the police are called."""
    return longest_unseen(new) + police_after(new) > longest_unseen(old) + police_after(old)
