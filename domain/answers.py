"""What people find out and do about an episode. Each function is one act; each notes what happened.

What those who were told answer (take, cannot, …) is in `domain.responses`.
"""

from datetime import datetime, timedelta

from domain import arming, circulating, episodes, ladder, ledger, ownership
from domain.errors import Refused
from domain.facts import FactKind
from domain.names import Anchor, Ending, Stage
from domain.requests import (
    AHEAD,
    Claim,
    Closing,
    Found,
    PoliceReported,
    Reopening,
    ReturnInterview,
    Sighting,
)
from domain.responses import answer
from domain.state import Episode, PlacementState, PoliceReport, ProposalKind

__all__ = [
    "answer",
    "claim",
    "close",
    "found",
    "police_reported",
    "reopen",
    "return_interview",
    "sighting",
]

LONGEST_LOCATED = timedelta(days=14)
"""As long as an agreed absence: a slip in the date must not silence the alarm for good."""


def claim(state: PlacementState, request: Claim, now: datetime) -> str:
    """A text says that the child is here: kept, told to nobody as true, and the ladder goes on."""
    episode = episodes.get(state, request.episode)
    _note(state, FactKind.CLAIMED_HERE, request, now)
    return "claimed" if ladder.climbs(episode) else "over"


def police_reported(state: PlacementState, request: PoliceReported, now: datetime) -> str:
    """The police count as told: a person has entered a reference, a force and a time.

    Raises:
        Refused: the time is in the future, or from before the episode.
    """
    episode = episodes.get_open(state, request.episode)
    if request.reported_at > now + AHEAD:
        raise Refused("reported_at", "this time is in the future")
    if request.reported_at < state.arrived_at:
        raise Refused("reported_at", "this time is before the child arrived")
    episode.was_reported = True
    episode.police = PoliceReport(
        reference=request.reference, force=request.force, reported_at=request.reported_at, by=request.actor
    )
    ownership.outcome(episode, "police_told", request.actor, now)
    circulating.content_changed(episode, now)
    _note(
        state,
        FactKind.POLICE_REPORTED,
        request,
        now,
        at=request.reported_at,
        reference=request.reference,
        force=request.force,
    )
    return "police_told"


def sighting(state: PlacementState, request: Sighting, now: datetime) -> str:
    """Keep an item of information: what was said, by whom, when obtained. It decides nothing by itself.

    Raises:
        Refused: it was obtained in the future.
    """
    episodes.get(state, request.episode)
    if request.obtained_at > now + AHEAD:
        raise Refused("obtained_at", "this time is in the future")
    _note(
        state,
        FactKind.SIGHTING,
        request,
        now,
        at=request.obtained_at,
        text=request.text,
        source=request.source,
        source_contact=request.source_contact,
    )
    return "noted"


def found(state: PlacementState, request: Found, now: datetime) -> str:
    """Located, with a time to be back by, or returned. After unaccounted a second person confirms.

    Raises:
        Refused: a time is missing or impossible, or the episode is over.
    """
    episode = episodes.get_open(state, request.episode)
    if request.seen_at > now + AHEAD:
        raise Refused("seen_at", "this time is in the future")
    if request.seen_at < episode.began_at:
        raise Refused("seen_at", "this time is before the episode began")
    if episode.stage is Stage.RETURNED:
        return "over"
    back_by = request.expected_back_by if request.located else None
    if request.located and (back_by is None or back_by <= now):
        raise Refused("expected_back_by", "say when the child is to be back; then the alarm is raised again")
    if back_by is not None and back_by > now + LONGEST_LOCATED:
        raise Refused("expected_back_by", "14 days at most: then it is decided anew where the child is")
    return episodes.found(
        state,
        episode,
        request.actor,
        now,
        seen_at=min(request.seen_at, now),
        how_known=request.how_known,
        located_until=back_by,
    )


NEEDS_TWO = {
    Ending.DECLARED_IN_ERROR: ProposalKind.CANCEL,
    Ending.DEATH_RECORDED: ProposalKind.DEATH,
    Ending.ADULT_HANDOVER: ProposalKind.ADULT,
}
"""Endings that stop the search on somebody's word: they count when a second person has said so."""


def close(state: PlacementState, request: Closing, now: datetime) -> str:
    """End an episode in one of the lawful ways; three of them take two people.

    Raises:
        Refused: this ending does not fit what is known.
    """
    episode = episodes.get_open(state, request.episode)
    _refuse_ending(episode, request)
    kind = NEEDS_TWO.get(request.ending)
    if kind is None:
        return _end(state, episode, request, now)
    if not episodes.proposed_by_another(state, episode, kind, request.actor, now, how_known=request.reason):
        return "awaits_second_person"
    return _end(state, episode, request, now)


def _refuse_ending(episode: Episode, request: Closing) -> None:
    match request.ending:
        case Ending.EXERCISE_OVER:
            raise Refused("ending", "nobody chooses this: end the exercise itself")
        case Ending.CLOSED_AFTER_RETURN:
            if episode.stage is not Stage.RETURNED:
                raise Refused("ending", "record the child's return first")
        case Ending.DECLARED_IN_ERROR:
            if episode.was_reported:
                raise Refused("ending", "the police have been told: record what is known, then close after return")
        case Ending.ADULT_HANDOVER:
            if not (request.handover_to or "").strip():
                raise Refused("handover_to", "name the adult service that has accepted the handover")
        case Ending.SEEN_LATE:
            raise Refused("ending", "this ending is recorded by a check-in")
        case Ending.DEATH_RECORDED:
            pass


def _end(state: PlacementState, episode: Episode, request: Closing, now: datetime) -> str:
    was_active = episodes.active(state) is episode
    reason = " ".join(part for part in (request.reason, request.handover_to) if part)
    episodes.finish(state, episode, request.ending, request.actor, now, reason=reason)
    if request.ending in (Ending.DEATH_RECORDED, Ending.ADULT_HANDOVER):
        state.ended_at, state.expectation = now, None
        ledger.note(state, FactKind.PLACEMENT_ENDED, now, actor=request.actor, reason=request.ending.value)
    elif was_active and state.ended_at is None:
        state.last_seen_at = now
        arming.arm(state, now)
    return "closed"


def reopen(state: PlacementState, request: Reopening, now: datetime) -> str:
    """A closed episode starts again, loud from the first rung.

    Raises:
        Refused: it is not closed, or another episode is open.
    """
    episode = episodes.get(state, request.episode)
    if episode.ending is None and episode.stage is not Stage.RETURNED:
        raise Refused("episode_id", "this episode is still open")
    if episodes.active(state) is not None:
        raise Refused("episode_id", "another episode of this child is open: use that one")
    if state.ended_at is not None:
        raise Refused("placement_id", "this placement has ended")
    episode.ending = episode.ended_at = None
    episode.anchors.pop(Anchor.RETURNED, None)
    episodes.start_again(state, episode, now, now)
    state.expectation = None
    _note(state, FactKind.REOPENED, request, now, reason=request.reason)
    episodes.set_stage(state, episode, Stage.UNACCOUNTED, now, actor=request.actor)
    return "reopened"


def return_interview(state: PlacementState, request: ReturnInterview, now: datetime) -> str:
    """The independent return interview: offered within 72 hours of return (statutory guidance on missing children).

    Raises:
        Refused: the child has not returned, or the time is in the future.
    """
    episode = episodes.get(state, request.episode)
    if episode.stage not in (Stage.RETURNED, Stage.CLOSED):
        raise Refused("episode_id", "the child has not returned yet")
    if request.at > now + AHEAD and request.state != "offered":
        raise Refused("at", "this time is in the future")
    how_known, at = request.how_known, min(request.at, now)
    _note(state, FactKind.RETURN_INTERVIEW, request, now, at=at, state_of=request.state, how_known=how_known)
    return "noted"


def _note(
    state: PlacementState,
    kind: FactKind,
    request: Claim | PoliceReported | Sighting | Closing | Reopening | ReturnInterview,
    now: datetime,
    *,
    at: datetime | None = None,
    **data: str | None,
) -> None:
    ledger.note(state, kind, now, at=at, episode=request.episode, actor=request.actor, **data)
