"""Taking an episode: who has it, and for how long."""

from datetime import datetime

from domain import ladder
from domain.errors import Refused
from domain.facts import Actor
from domain.state import Episode, Owner


def lapsed(owner: Owner, now: datetime) -> bool:
    """Taking an episode buys time, not silence: the lease ends and the ladder climbs again."""
    return now >= owner.until


def is_by(owner: Owner | None, actor: Actor) -> bool:
    """Whether this person has the episode."""
    return owner is not None and owner.actor.person_id == actor.person_id


def take(episode: Episode, actor: Actor, now: datetime) -> bool:
    """The person has it, for the policy's first lease. False: somebody else has, and keeps it.

    A person to whom the owner offered it takes over at once. Taking twice changes nothing.
    """
    owner = episode.owner if ladder.held(episode, now) else None
    if owner is not None and is_by(owner, actor):
        return True
    if owner is not None and owner.offered_to != actor.person_id:
        return False
    episode.owner = Owner(actor=actor, taken_at=now, until=now + episode.policy.lease.first)
    episode.last_owner = actor
    return True


def extend(episode: Episode, actor: Actor, now: datetime, *, reason: str) -> datetime:
    """Hold on for another lease, with a reason, as often as the policy allows; returns the new end (UTC).

    Raises:
        Refused: somebody else has it, there is no reason, or the extensions are used up.
    """
    owner = episode.owner
    if owner is None or not ladder.held(episode, now) or not is_by(owner, actor):
        raise Refused("kind", "only the person who has this episode can extend it")
    if not reason.strip():
        raise Refused("reason", "say why you need longer")
    if owner.extensions >= episode.policy.lease.extensions:
        raise Refused("kind", "no more extensions: record an outcome, or let the next person be told")
    owner.extensions += 1
    owner.until += episode.policy.lease.first
    return owner.until


def offer(episode: Episode, actor: Actor, now: datetime, *, to_person: str | None) -> None:
    """Offer the episode to another person, who has it once they take it; until then the owner keeps it.

    Raises:
        Refused: the actor does not have it, or no person is named.
    """
    owner = episode.owner
    if owner is None or not ladder.held(episode, now) or not is_by(owner, actor):
        raise Refused("kind", "only the person who has this episode can hand it over")
    if not to_person:
        raise Refused("to_person", "name the person who is to take it")
    owner.offered_to = to_person


def end(episode: Episode, now: datetime) -> Owner | None:
    """End the lease, however long it had to run; returns what it was."""
    owner, episode.owner = episode.owner, None
    if owner is not None:
        episode.last_lease = (owner.taken_at, min(now, owner.until))
        episode.last_owner = owner.actor
    return owner
