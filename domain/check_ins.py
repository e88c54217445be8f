"""What a carer records: check-ins, agreed absences, and the child not being here."""

from datetime import datetime, timedelta

from domain import arming, check_plan, episodes, ledger
from domain.errors import Refused
from domain.facts import FactKind
from domain.names import Anchor, Ending, Method, Outcome, Stage, Template
from domain.requests import AHEAD, AgreedAbsence, CheckIn
from domain.state import Absence, DeliveryKind, Episode, PlacementState

LONGEST_ABSENCE = timedelta(days=14)
KNOWN_PLACE_RECHECK = timedelta(minutes=60)
"""A child at a known place, away without authorisation: decided anew at least every 60 minutes (practice notes 6.4)."""

HERE = (Outcome.SEEN_WELL, Outcome.SEEN_CONCERN)


def refuse_impossible(state: PlacementState, check_in: CheckIn) -> None:
    """Refuse a check-in that can't be true.

    Raises:
        Refused: the placement has ended, or the child was "seen" before arriving or in the future.
    """
    if state.ended_at is not None:
        raise Refused("placement_id", "this placement has ended; record the check-in at the child's new placement")
    if check_in.seen_at > check_in.received_at + AHEAD:
        raise Refused("seen_at", "this time is in the future: check the clock of the device")
    if check_in.seen_at < state.arrived_at:
        raise Refused("seen_at", "this time is before the child arrived")


def record(state: PlacementState, check_in: CheckIn, now: datetime) -> str:
    """Record a check-in and do what follows from it; returns one word for what happened.

    Raises:
        Refused: it can't be true, or the placement has ended.
    """
    refuse_impossible(state, check_in)
    if _is_older(state, check_in):
        _note(state, FactKind.CHECKED_IN_LATE, check_in, now)
        return "sent_late"
    if check_in.outcome in HERE:
        return _seen(state, check_in, now)
    actor = check_in.actor
    episode = episodes.active(state)
    if check_in.outcome is Outcome.NOT_HERE:
        episodes.report_not_here(
            state, episode, actor, now, at=max(check_in.seen_at, state.arrived_at), note=check_in.note
        )
        return "reported_not_here"
    back_by = check_in.back_by or now + KNOWN_PLACE_RECHECK
    episodes.report_away(
        state, episode, actor, now, back_by=min(back_by, now + KNOWN_PLACE_RECHECK), note=check_in.note
    )
    return "reported_away"


def _is_older(state: PlacementState, check_in: CheckIn) -> bool:
    """Whether the child has been seen since. Clocks differ: a child who is not here a moment before is looked for."""
    slack = timedelta(0) if check_in.outcome in HERE else AHEAD
    return check_in.seen_at + slack < state.last_seen_at


def _seen(state: PlacementState, check_in: CheckIn, now: datetime) -> str:
    _note(state, FactKind.CHECKED_IN, check_in, now)
    if check_in.outcome is Outcome.SEEN_CONCERN:
        episodes.enqueue(state, None, DeliveryKind.CONCERN, Template.CONCERN, now)
    base = min(check_in.seen_at, check_in.received_at)
    episode = episodes.active(state)
    if episode is not None:
        return _seen_in_episode(state, episode, check_in, base, now)
    state.last_seen_at = base
    _end_absence(state, check_in, now)
    arming.arm(state, base)
    return "done"


def _seen_in_episode(state: PlacementState, episode: Episode, check_in: CheckIn, base: datetime, now: datetime) -> str:
    """A sighting while the alarm is on. Overdue: seen late, and it is over. Later on: a second person confirms.

    A sighting from before the child was reported not here, or so long ago that the next check is overdue as well,
    proves nothing about now: it is kept, and the alarm goes on.
    """
    last = episode.anchors.get(Anchor.DECLARED)
    following = check_plan.expectation(state.policy, state.calendar, state.phase_base, base)
    if following.overdue_at <= now or (last is not None and base < last):
        state.last_seen_at = base
        return "alarm_goes_on"
    elsewhere = episode.needs_second_person or episode.stage is Stage.AWAY
    if elsewhere and check_in.method is not Method.SEEN:
        return "needs_seeing"
    state.last_seen_at = base
    if episode.stage is Stage.OVERDUE:
        episodes.finish(state, episode, Ending.SEEN_LATE, check_in.actor, now)
        state.absence = None
        arming.arm(state, base)
        return "seen_late"
    return episodes.found(state, episode, check_in.actor, now, seen_at=base)


def agree_absence(state: PlacementState, absence: AgreedAbsence, now: datetime) -> str:
    """The child is out with agreement: the next expectation is the time they are to be back.

    Raises:
        Refused: the alarm is on, the placement has ended, or the time is not ahead.
    """
    if state.ended_at is not None:
        raise Refused("placement_id", "this placement has ended")
    if episodes.active(state) is not None:
        raise Refused("placement_id", "an episode is open: record that the child was seen first")
    if absence.back_by <= now:
        raise Refused("back_by", "this time has passed: say when the child is expected back")
    if absence.back_by > now + LONGEST_ABSENCE:
        raise Refused("back_by", "an agreed absence may last 14 days at most")
    state.absence = Absence(back_by=absence.back_by, agreed_at=now)
    state.expectation = check_plan.expected_at(state.policy, state.phase_base, absence.back_by)
    ledger.note(
        state,
        FactKind.ABSENCE_AGREED,
        now,
        actor=absence.actor,
        back_by=absence.back_by.isoformat(),
        where=absence.where,
        with_whom=absence.with_whom,
    )
    return "agreed"


def _end_absence(state: PlacementState, check_in: CheckIn, now: datetime) -> None:
    """Being seen in the home ends an agreed absence; a telephone call does not."""
    if state.absence is not None and check_in.method is Method.SEEN:
        ledger.note(state, FactKind.ABSENCE_ENDED, now, actor=check_in.actor)
        state.absence = None


def _note(state: PlacementState, kind: FactKind, check_in: CheckIn, now: datetime) -> None:
    ledger.note(
        state,
        kind,
        now,
        at=check_in.seen_at,
        actor=check_in.actor,
        outcome=check_in.outcome.value,
        method=check_in.method.value,
        received_at=check_in.received_at.isoformat(),
        queued=check_in.queued,
        note=check_in.note,
    )
