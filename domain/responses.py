"""What somebody who was told answers: take, cannot, extend, hand over, vouch, confirm missing, escalate now."""

from collections.abc import Callable
from datetime import datetime

from domain import circulars, episodes, ladder, lapsing, ledger, ownership
from domain.errors import Refused
from domain.facts import FactKind
from domain.names import CIRCULATED, Anchor, Response, Stage, Template
from domain.requests import Answer
from domain.state import DeliveryKind, Episode, PlacementState


def answer(state: PlacementState, request: Answer, now: datetime) -> str:
    """Take, cannot, extend, hand over, vouch, confirm missing, escalate now; returns one word for what happened.

    Raises:
        Refused: this person may not, or not now.
    """
    episode = episodes.get(state, request.episode)
    seen = _of_a_circular(state, episode, request, now)
    return seen or _answer(state, episode, request, now)


def _of_a_circular(state: PlacementState, episode: Episode, request: Answer, now: datetime) -> str | None:
    """Whoever has a circular says by an answer that it was seen; who is nothing else here takes nothing by it."""
    if not circulars.is_theirs(episode, request.actor):
        return None
    outcome = circulars.acknowledge(state, episode, request.actor, now)
    return outcome if request.actor.role is None or request.actor.role in CIRCULATED else None


def _answer(state: PlacementState, episode: Episode, request: Answer, now: datetime) -> str:
    whereabouts_lost = request.kind is Response.CONFIRM_MISSING and episodes.whereabouts_known(episode)
    if not ladder.climbs(episode) and request.kind is not Response.TAKE and not whereabouts_lost:
        raise Refused("episode_id", "the alarm is not on in this episode")
    lapsing.before_an_answer(state, episode, now)
    return _ACTS[request.kind](state, episode, request, now)


def _take(state: PlacementState, episode: Episode, request: Answer, now: datetime) -> str:
    if not ladder.climbs(episode):
        return "over"
    before = episode.owner if ladder.leased(episode, now) else None
    knew = ownership.is_by(before, request.actor) or ownership.has_joined(before, request.actor)
    if before is None and ownership.let_it_lapse(episode, request.actor):
        _note(state, FactKind.TAKE_REFUSED, request, now, why="lapsed")
        return "needs_second_person"
    if not ownership.take(episode, request.actor, now):
        _note(state, FactKind.TAKE_REFUSED, request, now)
        return "taken_by_other"
    if not knew:
        if before is not None and ownership.is_by(episode.owner, request.actor):
            _note(state, FactKind.HANDED_OVER, request, now, before=before.actor.person_id, until=_until(episode))
        else:
            _note(state, FactKind.TAKEN, request, now, until=_until(episode), wanted=_wanted(episode))
    if ladder.missing_takers(episode):
        return "taken_more_wanted"
    return "taken" if ownership.is_by(episode.owner, request.actor) else "taken_too"


def _wanted(episode: Episode) -> str | None:
    """How many more people must take it; None: nobody."""
    return str(ladder.missing_takers(episode) or "") or None


def _hand_over(state: PlacementState, episode: Episode, request: Answer, now: datetime) -> str:
    """Offer it to somebody, who is told on all their channels: they have it once they take it, and not before."""
    ownership.offer(episode, request.actor, now, to_person=request.to_person)
    _note(state, FactKind.HAND_OVER_OFFERED, request, now, to=request.to_person)
    other = next((one for one in state.contacts if one.person_id == request.to_person), None)
    if other is None or not other.channels:
        return "offered_untold"
    channels = dict.fromkeys(channel for channel, _ in other.channels)
    recipients = [(other.person_id, channel) for channel in channels]
    episodes.enqueue(state, episode, DeliveryKind.CONCERN, Template.HAND_OVER, now, recipients=recipients)
    return "offered"


def _cannot(state: PlacementState, episode: Episode, request: Answer, now: datetime) -> str:
    """*Cannot* moves on at once, unless somebody else has it in hand, or the ladder has moved on from them before."""
    _note(state, FactKind.CANNOT, request, now, reason=request.reason)
    owner = episode.owner if ladder.leased(episode, now) else None
    if owner is None and ladder.has_moved_on_from(episode, request.actor.person_id):
        return "moved_on_before"
    if owner is None or ownership.is_by(owner, request.actor):
        ownership.end(episode, now)
    else:
        ownership.leave(owner, request.actor)
        if ladder.held(episode, now):
            return "noted"
    ladder.pull_next(episode, now, paced=False)
    return "moved_on"


def _confirm_missing(state: PlacementState, episode: Episode, request: Answer, now: datetime) -> str:
    """A person says that the child is missing: the clocks of `declared` and `opened` run, if they don't yet."""
    _note(state, FactKind.CONFIRMED_MISSING, request, now, reason=request.reason)
    ownership.outcome(episode, "confirmed_missing", request.actor, now)
    if episodes.whereabouts_known(episode):
        episodes.start_again(state, episode, now, now)
    episode.anchors.setdefault(Anchor.DECLARED, now)
    episodes.set_stage(state, episode, Stage.MISSING, now, actor=request.actor)
    return "missing"


def _extend(state: PlacementState, episode: Episode, request: Answer, now: datetime) -> str:
    until = ownership.extend(episode, request.actor, now, reason=request.reason)
    _note(state, FactKind.EXTENDED, request, now, until=until.isoformat(), reason=request.reason)
    return "extended"


def _vouch(state: PlacementState, episode: Episode, request: Answer, now: datetime) -> str:
    ownership.vouch(episode, request.actor, for_person=request.to_person)
    _note(state, FactKind.VOUCHED, request, now, to=request.to_person, reason=request.reason)
    return "vouched"


def _escalate_now(state: PlacementState, episode: Episode, request: Answer, now: datetime) -> str:
    ownership.end(episode, now)
    ladder.pull_next(episode, now, paced=False)
    _note(state, FactKind.ESCALATED_NOW, request, now, reason=request.reason)
    return "escalated"


_ACTS: dict[Response, Callable[[PlacementState, Episode, Answer, datetime], str]] = {
    Response.TAKE: _take,
    Response.CANNOT: _cannot,
    Response.EXTEND: _extend,
    Response.HAND_OVER: _hand_over,
    Response.VOUCH: _vouch,
    Response.CONFIRM_MISSING: _confirm_missing,
    Response.ESCALATE_NOW: _escalate_now,
}


def _until(episode: Episode) -> str | None:
    return episode.owner.until.isoformat() if episode.owner else None


def _note(state: PlacementState, kind: FactKind, request: Answer, now: datetime, **data: str | None) -> None:
    ledger.note(state, kind, now, at=None, episode=request.episode, actor=request.actor, **data)
