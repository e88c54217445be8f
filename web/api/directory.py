"""The directory: homes, authorities and people, their roles and how they are reached."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

from fastapi import APIRouter, Response

from domain.requests import AHEAD
from store.errors import Conflict, NotFound
from store.gap_words import told
from web.api.context import Ctx
from web.api.directory_bodies import (
    AuthorityAnswer,
    AuthorityBody,
    GapAnswer,
    GapsAnswer,
    HomeAnswer,
    HomeBody,
    PersonAnswer,
    PersonBody,
    VerificationAnswer,
    VerificationBody,
    wrong_address,
)
from web.api.keyed import once
from web.api.permissions import caller_person, homes_seen, may_set_up, people_seen
from web.api.route import ApiRoute
from web.preparing import gaps_of, may_verify
from web.problems import BadInput, FieldError, NoSuchThing

router = APIRouter(tags=["directory"], route_class=ApiRoute)

T = TypeVar("T")
UNKNOWN = "There is no such entry in the directory."


@router.post("/homes", status_code=201, response_model=HomeAnswer)
async def create_home(ctx: Ctx, body: HomeBody) -> Response:
    """Add a home."""
    await may_set_up(ctx)
    directory = ctx.services.store.directory

    async def make(home_id: str) -> dict[str, Any]:
        home = await _made(directory.create_home(body.home(home_id)), lambda: directory.home(home_id))
        return HomeAnswer.of(home).model_dump(mode="json")

    return await once(ctx, "home", make)


@router.get("/homes")
async def list_homes(ctx: Ctx) -> list[HomeAnswer]:
    """All homes."""
    homes = await homes_seen(ctx, await ctx.services.store.directory.homes())
    return [HomeAnswer.of(home) for home in homes]


@router.get("/homes/{home_id}")
async def get_home(ctx: Ctx, home_id: str) -> HomeAnswer:
    """One home."""
    seen = await homes_seen(ctx, [await _known(ctx.services.store.directory.home(home_id))])
    return HomeAnswer.of(_only(seen))


@router.put("/homes/{home_id}")
async def put_home(ctx: Ctx, home_id: str, body: HomeBody) -> HomeAnswer:
    """Replace what is known of a home."""
    await may_set_up(ctx)
    await _known(ctx.services.store.directory.home(home_id))
    home = await ctx.services.store.directory.put_home(body.home(home_id))
    ctx.standings.forget()
    return HomeAnswer.of(home)


@router.get("/homes/{home_id}/gaps")
async def get_gaps(ctx: Ctx, home_id: str) -> GapsAnswer:
    """Roles that nobody who can be reached holds, and duty contacts not verified for 90 days: find them by day."""
    await _known(ctx.services.store.directory.home(home_id))
    now = ctx.services.clock()
    found = await gaps_of(ctx.services.store, await caller_person(ctx), {home_id}, now)
    gaps = _only(found).gaps
    return GapsAnswer(as_of=now, gaps=[GapAnswer.of(gap) for gap in gaps], told=told(gaps))


@router.post("/authorities", status_code=201, response_model=AuthorityAnswer)
async def create_authority(ctx: Ctx, body: AuthorityBody) -> Response:
    """Add a local authority or a police force. Naming a neighbour on one side is enough."""
    await may_set_up(ctx)
    directory = ctx.services.store.directory

    async def make(authority_id: str) -> dict[str, Any]:
        entry = body.authority(authority_id)
        await _made(directory.create_authority(entry), lambda: directory.authority(authority_id))
        authority = await directory.authority(authority_id)
        return AuthorityAnswer.of(authority).model_dump(mode="json")

    return await once(ctx, "authority", make)


@router.get("/authorities")
async def list_authorities(ctx: Ctx) -> list[AuthorityAnswer]:
    """All authorities and police forces."""
    return [AuthorityAnswer.of(one) for one in await ctx.services.store.directory.authorities()]


@router.get("/authorities/{authority_id}")
async def get_authority(ctx: Ctx, authority_id: str) -> AuthorityAnswer:
    """One authority."""
    return AuthorityAnswer.of(await _known(ctx.services.store.directory.authority(authority_id)))


@router.put("/authorities/{authority_id}")
async def put_authority(ctx: Ctx, authority_id: str, body: AuthorityBody) -> AuthorityAnswer:
    """Replace what was entered of an authority, its neighbours by hand included; the geography's borders stay."""
    await may_set_up(ctx)
    directory = ctx.services.store.directory
    before = await _known(directory.authority(authority_id))
    await directory.put_authority(body.authority(authority_id, before))
    ctx.standings.forget()
    return AuthorityAnswer.of(await directory.authority(authority_id))


@router.post("/people", status_code=201, response_model=PersonAnswer)
async def create_person(ctx: Ctx, body: PersonBody) -> Response:
    """Add a person, with their roles and the ways to reach them in the order they want."""
    await may_set_up(ctx, [role.home_id for role in body.roles])
    _check_contacts(body, ctx.services.clock())
    directory = ctx.services.store.directory

    async def make(person_id: str) -> dict[str, Any]:
        person = await _made(directory.create_person(body.person(person_id)), lambda: directory.person(person_id))
        return PersonAnswer.of(person).model_dump(mode="json")

    return await once(ctx, "person", make)


@router.get("/people")
async def list_people(ctx: Ctx) -> list[PersonAnswer]:
    """Everybody."""
    people = await people_seen(ctx, await ctx.services.store.directory.people())
    return [PersonAnswer.of(person) for person in people]


@router.get("/people/{person_id}")
async def get_person(ctx: Ctx, person_id: str) -> PersonAnswer:
    """One person."""
    seen = await people_seen(ctx, [await _known(ctx.services.store.directory.person(person_id))])
    return PersonAnswer.of(_only(seen))


@router.put("/people/{person_id}")
async def put_person(ctx: Ctx, person_id: str, body: PersonBody) -> PersonAnswer:
    """Replace what is known of a person, roles and contacts included."""
    directory = ctx.services.store.directory
    before = await _known(directory.person(person_id))
    await may_set_up(ctx, [*(role.home_id for role in body.roles), *(held.home_id for held in before.roles)])
    _check_contacts(body, ctx.services.clock())
    person = await directory.put_person(body.person(person_id, before))
    ctx.standings.forget()
    return PersonAnswer.of(person)


@router.post("/people/{person_id}/verifications", status_code=201, response_model=VerificationAnswer)
async def verify_contact(ctx: Ctx, person_id: str, body: VerificationBody) -> Response:
    """A contact was tried today, and answered. By the manager of a home that relies on it, or by the installation."""
    directory, now = ctx.services.store.directory, ctx.services.clock()
    person = await _known(directory.person(person_id))
    await may_verify(ctx.services.store, await caller_person(ctx), person)

    async def make(_verification_id: str) -> dict[str, Any]:
        await directory.verify_contact(person_id, body.channel, body.address, now)
        answer = VerificationAnswer(person_id=person_id, channel=body.channel, verified_at=now)
        return answer.model_dump(mode="json")

    return await once(ctx, "verification", make)


def _check_contacts(body: PersonBody, now: datetime) -> None:
    """Every number and address is one, and was tried in the past: a mistyped one would be found out at night."""
    wrong = [(place, wrong_address(contact)) for place, contact in enumerate(body.contacts)]
    errors = [FieldError(f"contacts[{place}].address", detail) for place, detail in wrong if detail]
    errors += [
        FieldError(f"contacts[{place}].verified_at", "this time is in the future")
        for place, contact in enumerate(body.contacts)
        if contact.verified_at is not None and contact.verified_at > now + AHEAD
    ]
    if errors:
        raise BadInput(*errors)


def _only(seen: list[T]) -> T:
    """The one entry, if the caller may read it; otherwise it is as if there were none."""
    if not seen:
        raise NoSuchThing(UNKNOWN)
    return seen[0]


async def _known(call: Awaitable[T]) -> T:
    """What an address names, or 404."""
    try:
        return await call
    except NotFound:
        raise NoSuchThing(UNKNOWN) from None


async def _made(call: Awaitable[T], again: Callable[[], Awaitable[T]]) -> T:
    """What was made now, or by an earlier attempt of the same request whose answer was lost."""
    try:
        return await call
    except Conflict as error:
        if error.field != "id":
            raise
        return await again()
