"""Contacts of a person, in their order: which were verified, and how they become so."""

from typing import Any

from fastapi import APIRouter, Response

from domain.names import Channel
from store.errors import Conflict, NotFound
from store.people import Person, PersonContact
from store.verifications import Verification
from web.api.context import Ctx
from web.api.directory import UNKNOWN
from web.api.keyed import once
from web.api.permissions import caller_person
from web.api.route import ApiRoute
from web.api.verification_bodies import CodeBody, ContactAnswer, ContactsAnswer, SendBody, SentAnswer, VerifiedAnswer
from web.problems import NoSuchThing
from web.verifying import may_try, send

router = APIRouter(tags=["directory"], route_class=ApiRoute)


@router.get("/people/{person_id}/contacts")
async def get_contacts(ctx: Ctx, person_id: str) -> ContactsAnswer:
    """How a person is reached, in their order: verified or not, stopped, out of use, or being verified now."""
    person, now = await _theirs(ctx, person_id), ctx.services.clock()
    latest = [await ctx.services.store.verifications.latest(one.id, now) for one in person.contacts]
    contacts = [ContactAnswer.of(*pair, now) for pair in zip(person.contacts, latest, strict=True)]
    return ContactsAnswer(as_of=now, person_id=person_id, contacts=contacts)


@router.post("/people/{person_id}/contacts/{contact_id}/verification", status_code=201, response_model=SentAnswer)
async def send_verification(ctx: Ctx, person_id: str, contact_id: str, body: SendBody) -> Response:
    """Send a code by text or call, or a link by e-mail. The one before counts no more."""
    del body
    contact = _of(await _theirs(ctx, person_id), contact_id)

    async def make(verification_id: str) -> dict[str, Any]:
        begun: Verification = await send(ctx.services, verification_id, person_id, contact.id)
        by = "link" if begun.channel is Channel.EMAIL else "code"
        answer = SentAnswer(contact_id=contact.id, channel=begun.channel, by=by, expires_at=begun.expires_at)
        return answer.model_dump(mode="json")

    return await once(ctx, "verification", make)


@router.post("/people/{person_id}/contacts/{contact_id}/confirmation", status_code=201, response_model=VerifiedAnswer)
async def confirm(ctx: Ctx, person_id: str, contact_id: str, body: CodeBody) -> Response:
    """The code that came to the contact. Five tries; a right one counts for 90 days."""
    contact = _of(await _theirs(ctx, person_id), contact_id)

    async def make(_: str) -> dict[str, Any]:
        now = ctx.services.clock()
        answer = await ctx.services.store.verifications.answer_code(person_id, contact.id, body.code, now)
        if not answer.confirmed:
            raise Conflict("code", answer.why_not)
        verified = VerifiedAnswer(contact_id=contact.id, channel=contact.channel, verified_at=now)
        return verified.model_dump(mode="json")

    return await once(ctx, "confirmation", make)


async def _theirs(ctx: Ctx, person_id: str) -> Person:
    """A person whose contacts are the caller's to look after.

    Raises:
        NoSuchThing: there is none.
        Forbidden: they are not.
    """
    try:
        person = await ctx.services.store.directory.person(person_id)
    except NotFound:
        raise NoSuchThing(UNKNOWN) from None
    await may_try(ctx.services.store, await caller_person(ctx), person)
    return person


def _of(person: Person, contact_id: str) -> PersonContact:
    found = next((one for one in person.contacts if one.id == contact_id), None)
    if found is None:
        raise NoSuchThing("This person has no such contact any more: load the entry again.")
    return found
