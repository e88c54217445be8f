"""Whether a rung has surely reached somebody: a contact that nobody has ever tried may be a wrong number.

A message goes to an unverified contact all the same; but it is never the only way to reach a rung (practice notes 6.7,
13). Who has another contact that was verified hears there as well. A rung whose people have heard on unverified
contacts alone says so, and the next one fires now.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from domain import ladder, ledger
from domain.facts import FactKind
from domain.names import Channel
from domain.state import Contact, Episode, PlacementState


def with_a_verified_one(chosen: list[Channel], contact: Contact, own: Collection[Channel]) -> list[Channel]:
    """The channels chosen for a person, and their first verified one if none of those is; `own` are in their order."""
    if not contact.unverified or any(one not in contact.unverified for one in chosen):
        return chosen
    return [*chosen, *[one for one in own if one not in contact.unverified][:1]]


def surely_heard(contacts: Iterable[Contact], heard: Iterable[tuple[str, Channel]], skipped: Iterable[str]) -> set[str]:
    """Of those who heard on these channels, and of those who had heard before, whom a verified contact has reached.

    Somebody of whom nothing is known counts as reached: what is not said to be unverified is not doubted.
    """
    unverified = {one.person_id: one.unverified for one in contacts}
    before = {one.person_id for one in contacts if one.unverified and not _has_a_verified_one(one)}
    now = {person for person, channel in heard if channel not in unverified.get(person, ())}
    return now | {person for person in skipped if person not in before}


def reached_unsurely(state: PlacementState, episode: Episode, number: int, now: datetime) -> None:
    """It is said, and the next rung fires now: paced, as after a rung that reaches nobody."""
    ledger.note(
        state,
        FactKind.RUNG_REACHED_UNVERIFIED,
        now,
        episode=episode.number,
        rung=number,
        roles=[role.value for role in episode.policy.rung[number].roles],
    )
    if ladder.climbs(episode):
        ladder.pull_next(episode, now, paced=True)


def _has_a_verified_one(contact: Contact) -> bool:
    return any(channel not in contact.unverified for channel, _ in contact.channels)
