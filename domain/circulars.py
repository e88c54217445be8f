"""What people do about a circular: describe the child, approve that it leaves, say that it was seen."""

from datetime import datetime

from domain import circulating, ladder, ledger
from domain.circulation import unfit
from domain.errors import Refused
from domain.facts import Actor, FactKind
from domain.names import CIRCULATED, AgeBand, Role, Stage
from domain.requests import Circulate, DeskAcknowledged
from domain.state import Episode, PlacementState

APPROVERS = frozenset(
    {
        Role.ON_CALL_MANAGER,
        Role.REGISTERED_MANAGER,
        Role.RESPONSIBLE_INDIVIDUAL,
        Role.EMERGENCY_DUTY_TEAM,
        Role.POLICE,
    }
)
"""One approval by a manager, the duty team or the police lets a circular leave (practice notes 6.4)."""


def circulate(state: PlacementState, request: Circulate, now: datetime) -> str:
    """Keep what the child looks like, and let the circular leave, or be sent again, if that is approved.

    Raises:
        Refused: nobody is looked for, the description says too much or nothing, or this person has no say in it.
    """
    episode = _looked_for(state, request)
    roles = {*request.actor_roles, request.actor.role} - {None}
    if roles and roles <= set(CIRCULATED):
        raise Refused("actor", "a circular is for those who look for the child to write")
    description = " ".join(request.description.split())
    if (why := unfit(description)) is not None:
        raise Refused("description", why)
    approves = bool(roles & APPROVERS)
    changed = _describe(state, episode, request, description, now)
    if circulating.active(episode) is not None:
        return _update(episode, now, changed=changed, may_send=approves or circulating.is_approved_beforehand(episode))
    if approves:
        return _approve(state, episode, request, now)
    return "kept" if circulating.is_approved_beforehand(episode) else "awaits_approval"


def _looked_for(state: PlacementState, request: Circulate) -> Episode:
    episode = next((one for one in state.episodes if one.number == request.episode), None)
    if state.exercise is not None:
        raise Refused("placement_id", "this is an exercise: nothing is circulated")
    if episode is None or not ladder.climbs(episode):
        raise Refused("episode_id", "nobody is looked for in this episode")
    return episode


def _describe(state: PlacementState, episode: Episode, request: Circulate, description: str, now: datetime) -> bool:
    """Keep what was written, leaving out nothing that was known before; whether it says anything new."""
    before = episode.description, episode.age_band
    episode.description = description or episode.description
    if request.age_band is not AgeBand.UNKNOWN:
        episode.age_band = request.age_band
    changed = (episode.description, episode.age_band) != before
    if changed:
        ledger.note(
            state,
            FactKind.CIRCULATION_DESCRIBED,
            now,
            episode=episode.number,
            actor=request.actor,
            description=episode.description,
            age_band=episode.age_band.value,
        )
    return changed


def _update(episode: Episode, now: datetime, *, changed: bool, may_send: bool) -> str:
    if not changed:
        return "unchanged"
    if not may_send:
        return "awaits_approval"
    circulating.content_changed(episode, now)
    return "updated"


def _approve(state: PlacementState, episode: Episode, request: Circulate, now: datetime) -> str:
    if episode.stage is Stage.OVERDUE:
        raise Refused("episode_id", "so far only a check is overdue: confirm first that the child is missing")
    if not episode.description and not circulating.is_approved_beforehand(episode):
        raise Refused("description", "say what the young person looks like and wears")
    circulating.begin(episode, now, by=request.actor)
    ledger.note(state, FactKind.CIRCULATION_APPROVED, now, episode=episode.number, actor=request.actor)
    return "circulated"


def is_theirs(episode: Episode, actor: Actor) -> bool:
    """Whether an answer of this person's acknowledges a circular."""
    told = any(actor.person_id in one.people for one in episode.circulations)
    return told or (episode.circulation_count > 0 and actor.role in CIRCULATED)


def acknowledge(state: PlacementState, episode: Episode, actor: Actor, now: datetime) -> str:
    """Somebody at a desk has the circular: their desk is not told again. Nothing of the search changes."""
    standing = circulating.active(episode)
    if standing is None:
        return "over"
    person_id = actor.person_id or ""
    if person_id not in standing.answered:
        standing.answered[person_id] = now
        circulating.settle(state, episode, standing, actor, standing.people.get(person_id), now)
    return "acknowledged"


def desk_acknowledged(state: PlacementState, request: DeskAcknowledged, now: datetime) -> str:
    """Somebody has heard from a desk, by telephone, that the circular was seen there.

    Raises:
        Refused: no circular stands, or it has not gone to such a desk.
    """
    episode = next((one for one in state.episodes if one.number == request.episode), None)
    standing = circulating.active(episode) if episode is not None else None
    if episode is None or standing is None:
        raise Refused("episode_id", "no circular stands in this episode")
    if request.desk not in standing.desks:
        raise Refused("desk", "the circular has not gone to such a desk")
    circulating.settle(state, episode, standing, request.actor, request.desk, now)
    return "acknowledged"
