"""Messages to one person that belong to no episode.

Each is a workflow of its own, started once per notice: it tries the person's channels in turn until a provider has
taken it. None says who it is about: a manager reads the role, and signs in to see the rest.
"""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime

import structlog

from domain.names import Channel, Phase, Risk, Role, Template
from domain.requests import Request
from domain.sending import AlertRequest
from domain.snapshot import Snapshot
from domain.state import Contact
from store.contact_news import News
from store.people import Person
from store.preparedness import relied_on
from web.services import Services

log = structlog.get_logger()

HOME_MANAGERS = (Role.ON_CALL_MANAGER, Role.REGISTERED_MANAGER, Role.RESPONSIBLE_INDIVIDUAL)
"""Who is told of a home's people: the first of these whom anybody but the person concerned holds."""

ABOUT_STAFF = {
    News.STOPPED: Template.TEXTS_STOPPED,
    News.STARTED: Template.TEXTS_STARTED,
    News.FAILED: Template.STAFF_CONTACT_FAILED,
}


async def tell_refused(services: Services, alias: str, request: Request) -> None:
    """Tell the person who reported something that it was kept, delivered late, and refused.

    Raises:
        StoreError: who they are can't be looked up now.
        Unreachable: the engine did not take the message.
    """
    person_id = request.actor.person_id
    if person_id is None:
        return
    contact = _reached(await services.store.directory.person(person_id))
    if contact is None:
        return
    notice = _notice(
        contact, Template.REPORT_REFUSED, alias=alias, at=request.received_at, now=services.clock(), number=0
    )
    await services.engine.notify(request.request_id, notice)


async def tell_number_failed(services: Services, person_id: str, channel: Channel, at: datetime | None = None) -> None:
    """Tell somebody on their other channels, and their manager, that a number or mailbox of theirs does not work.

    Whoever notices it may simply write it down (`store.directory.contact_failed`): `web.news` then calls this, also
    after a crash. Telling it twice with the same `at` is telling it once.

    Args:
        services: the parts.
        person_id: whose it is.
        channel: on which they can't be reached.
        at: when it was noticed (UTC); None: when the contact was put out of use, else the beginning of today.

    Raises:
        NotFound: there is no such person.
        StoreError: who they are can't be looked up now.
        Unreachable: the engine did not take the message.
    """
    person = await services.store.directory.person(person_id)
    disabled = [one.disabled_at for one in person.contacts if one.channel is channel and one.disabled_at]
    today = services.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    await tell_news(services, News.FAILED, channel, [person_id], at or max(disabled, default=today))


async def tell_texts_stopped(services: Services, person_ids: Collection[str], at: datetime) -> None:
    """Tell the manager of these people, who share a phone, that STOP was texted from it at that time (UTC).

    Raises:
        StoreError: who they are can't be looked up now.
        Unreachable: the engine did not take the message.
    """
    await tell_news(services, News.STOPPED, Channel.SMS, person_ids, at)


async def tell_texts_started(services: Services, person_ids: Collection[str], at: datetime) -> None:
    """Tell them that it is over: START was texted.

    Raises:
        StoreError: who they are can't be looked up now.
        Unreachable: the engine did not take the message.
    """
    await tell_news(services, News.STARTED, Channel.SMS, person_ids, at)


async def tell_news(
    services: Services, news: News, channel: Channel, person_ids: Collection[str], at: datetime
) -> None:
    """Tell whom it concerns what has happened to a number or mailbox of these people, each of them once.

    Raises:
        StoreError: who they are can't be looked up now.
        Unreachable: the engine did not take the message.
    """
    people = await services.store.directory.people(person_ids)
    if news is News.FAILED:
        for person in people:
            owner = _reached(person, but=channel)
            if owner is not None:
                await _tell(services, owner, Template.OWN_CONTACT_FAILED, channel, None, at)
    told = set[str]()
    for person in people:
        managers = await managers_of(services, person)
        if not managers:
            log.warning("nobody looks after somebody whose contact has changed", news=news, person_id=person.id)
        role = person.roles[0].role if person.roles else None
        for manager in managers:
            # A duty phone has several people and is one piece of news.
            if manager.person_id not in told:
                told.add(manager.person_id)
                await _tell(services, manager, ABOUT_STAFF[news], channel, role, at)


async def managers_of(services: Services, person: Person) -> list[Contact]:
    """Who looks after whether this person can be reached: their home's managers, their authority's head of service.

    Where an authority has none entered: the managers of the homes that rely on the person.
    """
    found: dict[str, Contact] = {}
    for held in person.roles:
        if held.home_id is not None:
            found |= await _of_home(services, held.home_id, person)
        elif held.authority_id is not None:
            heads = await services.store.directory.resolve("", held.authority_id, [Role.HEAD_OF_SERVICE])
            found |= _others(heads, person)
    if found or not any(held.authority_id for held in person.roles):
        return list(found.values())
    for home in await services.store.directory.homes():
        if person.id in await relied_on(services.store, home.id):
            found |= await _of_home(services, home.id, person)
    return list(found.values())


async def _of_home(services: Services, home_id: str, person: Person) -> dict[str, Contact]:
    holders = await services.store.directory.resolve(home_id, "", HOME_MANAGERS)
    for role in HOME_MANAGERS:
        found = _others([one for one in holders if role in one.roles], person)
        if found:
            return found
    return {}


def _others(holders: Iterable[Contact], person: Person) -> dict[str, Contact]:
    """Those who can be told of it, and are not the person concerned."""
    return {one.person_id: one for one in holders if one.channels and one.person_id != person.id}


def _reached(person: Person, *, but: Channel | None = None) -> Contact | None:
    """A person with all the channels that are in use, but for one; None: there is none."""
    channels = tuple((one.channel, one.address) for one in person.contacts if one.in_use and one.channel is not but)
    return Contact(person_id=person.id, roles=(), channels=channels) if channels else None


async def _tell(
    services: Services, whom: Contact, template: Template, channel: Channel, role: Role | None, at: datetime
) -> None:
    """Start the notice. Its id is the same however often this is told, and another for another number of the day."""
    key = "/".join((template, channel, whom.person_id, role or "", at.isoformat()))
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    notice = _notice(
        whom, template, at=at, now=services.clock(), number=int(digest[:7], 16), role=role, channel=channel
    )
    await services.engine.notify(digest, notice)


def _notice(
    contact: Contact,
    template: Template,
    *,
    at: datetime,
    now: datetime,
    number: int,
    alias: str = "",
    role: Role | None = None,
    channel: Channel | None = None,
) -> AlertRequest:
    return AlertRequest(
        alias=alias,
        home_id="",
        placing_authority_id="",
        timezone="Europe/London",
        delivery=number,
        attempt=0,
        episode=None,
        template=template,
        due_at=at,
        scheduled_at=at,
        now=now,
        recipients=[(contact.person_id, contact.channels[0][0])],
        contacts=[contact],
        about_role=role,
        about_channel=channel,
        snapshot=Snapshot(alias=alias, as_of_fact=0, as_of=now, phase=Phase.ARRIVAL, risk=Risk.HIGH),
    )
