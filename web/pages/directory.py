"""Duty contacts: who is missing, or has not been tried for long, for those who look after a home."""

import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from domain.names import Channel
from engine.errors import Unreachable
from store.duty_contacts import VERIFIED_FOR, Gap, Lack
from store.errors import Conflict, NotFound
from store.gap_words import told
from store.homes import Home
from store.people import Person, PersonContact
from store.preparedness import relied_on
from web import verifying
from web.pages.errors import SEE_OTHER, PageRoute
from web.pages.forms import Form, FormProblem, Refusal
from web.pages.receipts import Receipt
from web.pages.rendering import page, services_of
from web.pages.visitors import SignedIn, Visitor
from web.preparing import authorities_prepared, gaps_of, homes_prepared, may_verify
from web.problems import Forbidden
from web.services import Services

PATH = "/duty-contacts"

COUNTS_FOR = f"It counts for {VERIFIED_FOR.days} days."
LINK_SENT = Receipt("A link is on its way.", "It holds for a day. The mailbox counts when its reader has pressed it.")
CODE_SENT = Receipt("A code is on its way.", "It holds for ten minutes. Ask for it, and enter it beside the number.")

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody to be tried."""

    person: Person
    role: str
    place: str
    contacts: list[PersonContact]
    """Those in use that were never verified, or too long ago."""


@dataclass(frozen=True, slots=True)
class PlaceView:
    """A home, or an authority with its own people, as the page shows it."""

    name: str
    home: Home | None
    """None: an authority."""
    reaches_nobody: bool
    missing: list[str]
    """In plain words."""
    desks: list[Desk]
    out_of_use: list[Desk]
    """Numbers that were stopped or don't work: who they are, which no text says."""


async def doubtful(request: Request, visitor: Visitor) -> int:
    """How many roles, or people of an authority, that the visitor looks after may fail: the start page says so."""
    services = services_of(request)
    homes = homes_prepared(visitor.person)
    gaps = await gaps_of(services.store, visitor.person, homes, services.clock())
    own = await _authorities(services, visitor.person)
    return sum(len(one.gaps) for one in gaps) + sum(len({*_names(one.desks), *_names(one.out_of_use)}) for one in own)


@router.get(PATH)
async def duty_contacts(request: Request, visitor: SignedIn) -> Response:
    """The page."""
    return await show(request, visitor)


async def show(request: Request, visitor: Visitor, problem: FormProblem | None = None, status: int = 200) -> Response:
    """The page, with what was not recorded if there is something.

    Raises:
        Forbidden: the visitor looks after nobody's contacts.
    """
    services = services_of(request)
    homes = homes_prepared(visitor.person)
    if not homes and not authorities_prepared(visitor.person):
        raise Forbidden("Duty contacts are looked after by a home's managers, an authority's by its head of service.")
    views = [*await _homes(services, visitor.person), *await _authorities(services, visitor.person)]
    return page(request, "directory.html", visitor=visitor, status=status, places=views, problem=problem)


async def _homes(services: Services, visitor: Person) -> list[PlaceView]:
    found = await gaps_of(services.store, visitor, homes_prepared(visitor), services.clock())
    relied = {one.home.id: await relied_on(services.store, one.home.id) for one in found}
    ids = {person_id for one in found for gap in one.gaps for person_id in gap.person_ids}
    ids |= {person_id for of_home in relied.values() for person_id in of_home}
    people = {person.id: person for person in await services.store.directory.people(ids)}
    return [
        PlaceView(
            name=one.home.name,
            home=one.home,
            reaches_nobody=one.reaches_nobody,
            missing=told(gap for gap in one.gaps if not _is_doubtful(gap)),
            desks=list(_desks(one.gaps, people, services.clock())),
            out_of_use=list(_out_of_use(people[one_id] for one_id in sorted(relied[one.home.id]) if one_id in people)),
        )
        for one in found
    ]


async def _authorities(services: Services, visitor: Person) -> list[PlaceView]:
    """The authorities of a head of service: their own people, and no home or child."""
    wanted = authorities_prepared(visitor)
    if not wanted:
        return []
    known = {one.id: one.name for one in await services.store.directory.authorities() if one.id in wanted}
    people = await services.store.directory.people()
    return [
        PlaceView(
            name=name,
            home=None,
            reaches_nobody=False,
            missing=[],
            desks=list(_of_authority(people, authority_id, name, services.clock())),
            out_of_use=list(_out_of_use(one for one in people if _works_at(one, authority_id))),
        )
        for authority_id, name in sorted(known.items(), key=lambda one: one[1])
    ]


@router.post(PATH)
async def verify(request: Request, visitor: SignedIn) -> Response:
    """Somebody has tried a number or a mailbox, and the right person answered."""

    async def do(services: Services, person: Person, form: Form) -> Receipt:
        channel = _channel(form)
        await services.store.directory.verify_contact(person.id, channel, form.text("address"), services.clock())
        return Receipt("Recorded: this contact answered today.", COUNTS_FOR)

    return await _of_a_contact(request, visitor, "verify", do)


@router.post(f"{PATH}/send")
async def send_code(request: Request, visitor: SignedIn) -> Response:
    """Send a code to a number, or a link to a mailbox."""

    async def do(services: Services, person: Person, form: Form) -> Receipt:
        # The same form sent twice is one code.
        made = uuid.uuid5(uuid.NAMESPACE_URL, f"{visitor.person.id}/{form.text('contact_id')}/{form.key}")
        begun = await verifying.send(services, str(made), person.id, form.text("contact_id"))
        return LINK_SENT if begun.channel is Channel.EMAIL else CODE_SENT

    return await _of_a_contact(request, visitor, "send", do)


@router.post(f"{PATH}/code")
async def enter_code(request: Request, visitor: SignedIn) -> Response:
    """The code that came to the number."""

    async def do(services: Services, person: Person, form: Form) -> Receipt:
        answer = await services.store.verifications.answer_code(
            person.id, form.text("contact_id"), form.text("code"), services.clock()
        )
        if answer.why_not:
            raise Refusal("code", answer.why_not)
        return Receipt("Verified: this number reaches its owner.", COUNTS_FOR)

    return await _of_a_contact(request, visitor, "code", do)


async def _of_a_contact(
    request: Request, visitor: Visitor, name: str, do: Callable[[Services, Person, Form], Awaitable[Receipt]]
) -> Response:
    """Do what a form asks about somebody's contact, if the visitor may; if it can't be done the page says why.

    Raises:
        Forbidden: the visitor looks after no home that relies on them.
    """
    form = await Form.read(request, visitor)
    services = services_of(request)
    try:
        person = await services.store.directory.person(form.text("person_id"))
        await may_verify(services.store, visitor.person, person)
        receipt = await do(services, person, form)
    except (NotFound, Conflict, Refusal) as error:
        return await show(request, visitor, FormProblem(name, error.detail), HTTPStatus.UNPROCESSABLE_ENTITY)
    except Unreachable:
        problem = FormProblem(name, "the engine does not answer: try again in a moment")
        return await show(request, visitor, problem, HTTPStatus.SERVICE_UNAVAILABLE)
    response = RedirectResponse(PATH, SEE_OTHER)
    receipt.leave(response, visitor)
    return response


def _channel(form: Form) -> Channel:
    try:
        return Channel(form.text("channel"))
    except ValueError:
        raise Refusal("channel", "load the page again, and say which contact answered") from None


def _is_doubtful(gap: Gap) -> bool:
    return gap.lack in {Lack.NEVER_VERIFIED, Lack.STALE, Lack.UNVERIFIED}


def _desks(gaps: Iterable[Gap], people: dict[str, Person], now: datetime) -> Iterable[Desk]:
    """Each person once, with all that is to be tried."""
    seen: set[str] = set()
    for gap in gaps:
        for person_id in gap.person_ids if _is_doubtful(gap) or gap.lack is Lack.ONE_WAY else ():
            if person_id in people and person_id not in seen:
                seen.add(person_id)
                contacts = [one for one in people[person_id].contacts if _to_try(one, now)]
                if contacts:
                    yield Desk(people[person_id], gap.role.label, gap.place, contacts)


def _of_authority(people: Iterable[Person], authority_id: str, name: str, now: datetime) -> Iterable[Desk]:
    for person in people:
        contacts = [one for one in person.contacts if _to_try(one, now)]
        role = next((held.role.label for held in person.roles if held.authority_id == authority_id), "")
        if role and contacts:
            yield Desk(person, role, name, contacts)


def _works_at(person: Person, authority_id: str) -> bool:
    return any(held.authority_id == authority_id for held in person.roles)


def _names(desks: Iterable[Desk]) -> set[str]:
    return {desk.person.id for desk in desks}


def _out_of_use(people: Iterable[Person]) -> Iterable[Desk]:
    for person in people:
        contacts = [one for one in person.contacts if not one.in_use]
        if contacts and person.roles:
            yield Desk(person, person.roles[0].role.label, "", contacts)


def _to_try(contact: PersonContact, now: datetime) -> bool:
    age = now - contact.verified_at if contact.verified_at else None
    return contact.in_use and (age is None or age > VERIFIED_FOR)
