"""Who hears what: from the people who hold a rung's roles to the messages that go out, one a person and channel.

Where several rungs fire together, a person hears only the last of those that name them.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain import surety
from domain.messages import Situation
from domain.names import Channel, Role, Template
from domain.sending import AlertRequest, RungCall, Sent
from domain.state import Contact

CODES = 9000
"""Reply codes run from 1000 to 9999: four digits that nobody has to begin with a nought."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person on one channel, not yet in words."""

    notification_id: str
    person_id: str
    channel: Channel
    address: str
    template: Template
    rung: str
    """The rung's number, or the kind of message."""
    code: str
    """The reply code this phone has for this episode, unless it is taken there."""
    roles: tuple[Role, ...]
    """What those whom it reaches are to the placement."""
    scheduled_at: datetime
    """When its rung's time was (UTC)."""
    also: tuple[str, ...] = ()
    """Who else answers at this address: a duty phone gets one message, and all of them count as told."""


def roles_wanted(request: AlertRequest) -> list[Role]:
    """The roles whose holders are to be looked up."""
    return sorted({role for call in request.rungs for role in call.roles if role is not Role.EVERYONE_ALERTED})


def messages(request: AlertRequest, contacts: Iterable[Contact], available: Iterable[Channel]) -> list[Message]:
    """The messages of an alert, one to each address. A person with none on any channel we have is listed nowhere."""
    return _one_to_each_address(_to_people(request, contacts, available))


def _to_people(request: AlertRequest, contacts: Iterable[Contact], available: Iterable[Channel]) -> list[Message]:
    usable = frozenset(available)
    known = {contact.person_id: contact for contact in contacts}
    if request.recipients:
        last = request.rungs[-1] if request.rungs else None
        named = [(known[person], channel) for person, channel in request.recipients if person in known]
        return [
            # Their own rung's words, and its message id: by that a lost message is found again.
            _message(request, call_for(request, contact) or last, contact, channel)
            for contact, channel in named
            if channel in usable and channel in dict(contact.channels)
        ]
    found = []
    for person_id in sorted(known):
        call = call_for(request, known[person_id])
        if call is not None and person_id not in request.skip:
            chosen = channels_for(request, call, known[person_id], usable)
            found += [_message(request, call, known[person_id], channel) for channel in chosen]
    return found


def _one_to_each_address(found: Sequence[Message]) -> list[Message]:
    """A phone that several people share gets the message of the last rung that names one of them."""
    shared: dict[tuple[Channel, str], list[Message]] = {}
    for message in found:
        shared.setdefault((message.channel, normalised(message.address)), []).append(message)
    return [_for_all(mine) for mine in shared.values()]


def _for_all(mine: Sequence[Message]) -> Message:
    said = max(mine, key=lambda message: message.scheduled_at)
    people = dict.fromkeys(message.person_id for message in mine if message.person_id != said.person_id)
    roles = dict.fromkeys(role for message in mine for role in message.roles)
    return replace(said, also=tuple(people), roles=tuple(roles)) if people else said


def for_each(message: Message, sent: Sent) -> list[Sent]:
    """What became of a message, for everyone whom it was for."""
    return [sent, *(sent.model_copy(update={"person_id": person_id}) for person_id in message.also)]


def shared_with(contacts: Iterable[Contact], person_id: str, channel: Channel) -> list[str]:
    """Who else is reached on this channel at an address of this person's: what fails for one fails for all."""
    known = list(contacts)
    mine = {normalised(at) for one in known if one.person_id == person_id for of, at in one.channels if of is channel}
    return [
        one.person_id
        for one in known
        if one.person_id != person_id and mine & {normalised(at) for of, at in one.channels if of is channel}
    ]


def normalised(address: str) -> str:
    """The form in which two spellings of an address are one: e-mail addresses don't mind their case."""
    return address.strip().lower()


def with_named(request: AlertRequest, found: Sequence[Contact]) -> list[Contact]:
    """Add those who are named, and everyone alerted where a rung wants them, as the request knows them."""
    known = {contact.person_id for contact in found}
    named = {person for person, _ in request.recipients}
    if any(Role.EVERYONE_ALERTED in call.roles for call in request.rungs):
        named |= set(request.alerted)
    return [*found, *(one for one in request.contacts if one.person_id in named - known)]


def call_for(request: AlertRequest, contact: Contact) -> RungCall | None:
    """The last rung of this alert that names the person."""
    mine = [
        call
        for call in request.rungs
        if set(call.roles) & set(contact.roles)
        or (Role.EVERYONE_ALERTED in call.roles and contact.person_id in request.alerted)
    ]
    return max(mine, key=lambda call: (call.scheduled_at, call.number), default=None)


def channels_for(request: AlertRequest, call: RungCall, contact: Contact, usable: frozenset[Channel]) -> list[Channel]:
    """The rung's channels that the person has; none of them: the person's own first one.

    None of those verified: the person's first verified one as well.
    """
    own = [channel for channel, _ in contact.channels if channel in usable]
    if request.all_channels:
        return list(dict.fromkeys(own))
    wanted = [channel for channel in call.channels if channel in own]
    return surety.with_a_verified_one(wanted or own[:1], contact, own)


def situation(
    request: AlertRequest,
    message: Message,
    *,
    at: str,
    next_at: str | None,
    link: str | None,
    answer_link: str | None = None,
) -> Situation:
    """What the message may know. `at` and `next_at` are local times, made where time zones may be asked."""
    late = message.scheduled_at if request.late_from else None
    following = request.next_roles[0] if request.next_roles else None
    return Situation(
        template=message.template,
        reference=request.alias.upper(),
        at=at,
        tag=tag(message.notification_id),
        code=message.code if request.episode is not None else None,
        exercise=request.exercise,
        late_minutes=max(0, int((request.now - late).total_seconds() // 60)) if late else 0,
        lapsed_role=request.lapsed.role if request.lapsed else None,
        lapsed_minutes=request.lapsed_minutes,
        next_role=following,
        next_at=next_at,
        stage=request.stage,
        ending=request.ending,
        link=link,
        answer_link=answer_link,
        about_role=request.about_role,
        about_channel=request.about_channel,
    )


def reply_code(address: str, alias: str, episode: int) -> str:
    """The code this phone answers with for this episode, the same wherever and whenever it is asked for."""
    digest = hashlib.sha256(f"{address}|{alias}|{episode}".encode()).digest()
    return str(1000 + int.from_bytes(digest[:4], "big") % CODES)


def tag(notification: str) -> str:
    """Three letters that tell this message from every other to the same phone: how a lost one is found again."""
    return base64.b32encode(UUID(notification).bytes[-4:]).decode()[:3]


def notification_id(key: str, at: datetime) -> str:
    """A UUID of version 7 made from the message's own key: the same message has the same id, whoever makes it."""
    digest = hashlib.sha256(key.encode()).digest()
    value = int(at.timestamp() * 1000) << 80 | int.from_bytes(digest[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))


def _message(request: AlertRequest, call: RungCall | None, contact: Contact, channel: Channel) -> Message:
    address = next(address for of_channel, address in contact.channels if of_channel is channel)
    rung = str(call.number) if call is not None and call.number >= 0 else f"{request.template.value}.{request.delivery}"
    scheduled = call.scheduled_at if call is not None else request.scheduled_at
    key = "/".join(
        (request.alias, str(request.episode), str(request.epoch), rung, str(request.times), contact.person_id, channel)
    )
    return Message(
        notification_id=notification_id(key, scheduled),
        person_id=contact.person_id,
        channel=channel,
        address=address,
        template=call.template if call is not None else request.template,
        rung=rung,
        code=reply_code(address, request.alias, request.episode) if request.episode is not None else "",
        roles=contact.roles,
        scheduled_at=scheduled,
    )
