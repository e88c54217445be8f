"""The people as last resolved: they are told while the store is away, and by them a person's next channel is known."""

from datetime import datetime, timedelta

from domain import failures, ledger
from domain.facts import FactKind
from domain.names import Channel
from domain.sending import SendStatus, Sent
from domain.state import Contact, PlacementState

ON_ITS_WAY = timedelta(minutes=1)
"""As long as an alert can take: for so long one may bring along an address that has been put out of use since."""


def merge(state: PlacementState, fresh: list[Contact], now: datetime) -> None:
    """Keep the people as last resolved; whoever was not asked for this time stays as they were.

    An alert asks for its own rungs' roles only: the others that somebody holds are kept.
    """
    known = {contact.person_id: contact for contact in state.contacts}
    dead = {(person, channel, address) for person, channel, address, at in state.dead if now - at < ON_ITS_WAY}
    for one in fresh:
        held = known[one.person_id].roles if one.person_id in known else ()
        alive = tuple(way for way in one.channels if (one.person_id, *way) not in dead)
        merged = {"roles": tuple(dict.fromkeys((*one.roles, *held))), "channels": alive}
        known[one.person_id] = one.model_copy(update=merged)
    state.contacts = [known[person_id] for person_id in sorted(known)]


def channels_of(state: PlacementState, person_id: str) -> list[Channel]:
    """A person's channels in their own order, each once."""
    contact = next((one for one in state.contacts if one.person_id == person_id), None)
    return list(dict.fromkeys(channel for channel, _ in contact.channels)) if contact else []


def forget_what_never_works(state: PlacementState, sent: list[Sent], now: datetime) -> None:
    """What a provider refuses for good is not asked again: number and mailbox are out of use for this placement."""
    for one in sent:
        why = failures.reason(one.channel, one.code)
        if one.status is SendStatus.UNDELIVERABLE and failures.ends_the_channel(why):
            forget_channel(state, one.person_id, one.channel, now, code=one.code, why=why)


def forget_channel(
    state: PlacementState, person_id: str, channel: Channel, now: datetime, *, code: int | None, why: failures.Reason
) -> None:
    """What will never work is not tried again, also while the store, which marks it, is away. It is noted once."""
    if channel not in channels_of(state, person_id):
        return
    gone = [(person_id, *way, now) for one in state.contacts if one.person_id == person_id for way in one.channels]
    state.dead = [one for one in state.dead if now - one[3] < ON_ITS_WAY] + [one for one in gone if one[1] is channel]
    state.contacts = [
        one.model_copy(update={"channels": tuple(way for way in one.channels if way[0] is not channel)})
        if one.person_id == person_id
        else one
        for one in state.contacts
    ]
    ledger.note(
        state,
        FactKind.CONTACT_PUT_OUT_OF_USE,
        now,
        person=person_id,
        channel=channel.value,
        code=code,
        why=why.value,
    )
