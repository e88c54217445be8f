"""Taking an episode: who has it, for how long, and what makes a lease go on."""

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


def let_it_lapse(episode: Episode, actor: Actor) -> bool:
    """Whether this person had it in this episode and let their time run out with no outcome."""
    return actor.person_id is not None and actor.person_id in episode.lapsed


def is_offered(episode: Episode, actor: Actor, now: datetime) -> bool:
    """Whether whoever has it has offered it to this person."""
    owner = episode.owner if ladder.leased(episode, now) else None
    return owner is not None and owner.offered_to is not None and owner.offered_to == actor.person_id


def take(episode: Episode, actor: Actor, now: datetime) -> bool:
    """The person has it, for the policy's first lease. False: somebody else has, and keeps it.

    A person to whom the owner offered it takes over at once. Taking twice changes nothing. Where a rung wants several
    people, the next ones to take it join the first, and all their leases end together.
    """
    owner = episode.owner if ladder.leased(episode, now) else None
    if owner is not None and is_by(owner, actor):
        return True
    if owner is not None and not is_offered(episode, actor, now):
        return _join(episode, owner, actor, now)
    with_others = [one for one in owner.with_others if one.person_id != actor.person_id] if owner is not None else []
    lease = episode.policy.lease.first
    episode.owner = Owner(actor=actor, taken_at=now, until=now + lease, with_others=with_others)
    episode.last_owner = actor
    return True


def _join(episode: Episode, owner: Owner, actor: Actor, now: datetime) -> bool:
    """Take it as well, if another person is wanted; then the lease counts from the last one."""
    if has_joined(owner, actor):
        return True
    if not ladder.missing_takers(episode):
        return False
    owner.with_others.append(actor)
    owner.until = max(owner.until, now + episode.policy.lease.first)
    return True


def has_joined(owner: Owner | None, actor: Actor) -> bool:
    """Whether this person has taken it beside the owner."""
    return owner is not None and any(one.person_id == actor.person_id for one in owner.with_others)


def leave(owner: Owner, actor: Actor) -> None:
    """Somebody who had taken it beside the owner can't any more."""
    owner.with_others = [one for one in owner.with_others if one.person_id != actor.person_id]


def outcome(episode: Episode, what: str, actor: Actor, now: datetime) -> None:
    """Something has followed from the lease: it goes on for another one, once for each kind of outcome.

    Only what those bring who have it counts: another person's report does not say that they are awake.
    """
    owner = episode.owner
    if owner is None or not ladder.leased(episode, now) or what in owner.outcomes:
        return
    if not is_by(owner, actor) and not has_joined(owner, actor):
        return
    owner.outcomes.append(what)
    owner.until = max(owner.until, now + episode.policy.lease.first)


def extend(episode: Episode, actor: Actor, now: datetime, *, reason: str) -> datetime:
    """Hold on for another lease, with a reason, as often as the policy allows; returns the new end (UTC).

    Raises:
        Refused: somebody else has it, there is no reason, or the extensions are used up.
    """
    owner = episode.owner
    if owner is None or not ladder.leased(episode, now) or not is_by(owner, actor):
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
        Refused: the actor does not have it, or nobody else is named.
    """
    owner = episode.owner
    if owner is None or not ladder.leased(episode, now) or not is_by(owner, actor):
        raise Refused("kind", "only the person who has this episode can hand it over")
    if not to_person or to_person == actor.person_id:
        raise Refused("to_person", "name the person who is to take it")
    owner.offered_to = to_person


def vouch(episode: Episode, actor: Actor, *, for_person: str | None) -> None:
    """A second person says that somebody who let it lapse may take it again.

    Raises:
        Refused: nobody is named, it is the same person, or they let nothing lapse.
    """
    if not for_person or for_person not in episode.lapsed:
        raise Refused("to_person", "only somebody whose time ran out needs a second person's word")
    if actor.person_id is None or actor.person_id == for_person:
        raise Refused("to_person", "somebody else must say that you can take it again")
    episode.lapsed.remove(for_person)


def run_out(episode: Episode, now: datetime) -> Owner | None:
    """The time is up; whoever brought no outcome is not to take it again alone. Returns what the lease was."""
    owner = end(episode, now)
    if owner is not None and not owner.outcomes:
        people = [owner.actor, *owner.with_others]
        episode.lapsed = sorted({*episode.lapsed, *(one.person_id for one in people if one.person_id is not None)})
    return owner


def end(episode: Episode, now: datetime) -> Owner | None:
    """End the lease, however long it had to run; returns what it was."""
    owner, episode.owner = episode.owner, None
    if owner is not None:
        episode.last_lease = (owner.taken_at, min(now, owner.until))
        episode.last_owner = owner.actor
        episode.last_lease_had_outcome = bool(owner.outcomes)
    return owner
