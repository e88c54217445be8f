"""Signing in, in a demonstration: choose a person, one tap. There is no password, so no real phone can be behind it."""

import hmac
import re
import secrets
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from domain.names import Role
from store.people import Person
from web.auth import COOKIE
from web.pages.errors import SEE_OTHER, PageRoute, visitor_or_nobody
from web.pages.forms import Form
from web.pages.rendering import page, services_of
from web.pages.visitors import SignedIn, WrongForm
from web.problems import NoSuchThing
from web.services import real_time

LASTS = timedelta(hours=12)
ENTRY = "goldenhour_entry"
"""Binds the sign-in form to the browser that asked for it, before there is a session."""

ORDER = tuple(Role)
_PAGE = re.compile(r"/(episodes|placements)(/[A-Za-z0-9-]+)?", re.ASCII)

router = APIRouter(route_class=PageRoute)


@router.get("/sign-in")
async def choose(request: Request, wanted: Annotated[str, Query(alias="next")] = "/") -> Response:
    """The people of the demonstration, by role."""
    services = services_of(request)
    entry = request.cookies.get(ENTRY) or secrets.token_urlsafe(24)
    people = await services.store.directory.people() if services.settings.simulated else []
    response = page(
        request,
        "sign_in.html",
        visitor=await visitor_or_nobody(request),
        people=sorted((one for one in people if one.roles), key=_place),
        entry=entry,
        wanted=_own(wanted),
    )
    _set_cookie(request, response, ENTRY, entry, timedelta(hours=1))
    return response


@router.post("/sign-in")
async def enter(request: Request) -> Response:
    """Become the chosen person.

    Raises:
        NoSuchThing: this is no demonstration.
        WrongForm: the form was not made for this browser.
        NotFound: there is no such person.
    """
    services = services_of(request)
    if not services.settings.simulated:
        raise NoSuchThing("Accounts come with a later release.")
    form = await request.form(max_files=0, max_fields=5)
    entry = request.cookies.get(ENTRY, "")
    if not entry or not hmac.compare_digest(entry.encode(), str(form.get("entry", "")).encode()):
        raise WrongForm
    person = await services.store.directory.person(str(form.get("person", "")))
    # Sessions live in real time, also where a test's engine does not.
    secret = await services.store.sessions.create(person.id, real_time() + LASTS)
    response = RedirectResponse(_own(str(form.get("next", "/"))), SEE_OTHER)
    _set_cookie(request, response, COOKIE, secret, LASTS)
    return response


@router.post("/sign-out")
async def leave(request: Request, visitor: SignedIn) -> Response:
    """End the session."""
    await Form.read(request, visitor)
    await services_of(request).store.sessions.end(visitor.secret)
    response = RedirectResponse("/sign-in", SEE_OTHER)
    response.delete_cookie(COOKIE, path="/")
    return response


def _own(path: str) -> str:
    """A page of ours that was asked for before signing in, such as the one in an e-mail; else the first one."""
    return path if _PAGE.fullmatch(path) else "/"


def _place(person: Person) -> int:
    """Where a person stands in the list: the home's own people first."""
    return min(ORDER.index(held.role) for held in person.roles)


def _set_cookie(request: Request, response: Response, name: str, value: str, lasts: timedelta) -> None:
    secure = services_of(request).settings.public_url.startswith("https://")
    response.set_cookie(
        name, value, max_age=int(lasts.total_seconds()), httponly=True, samesite="lax", secure=secure, path="/"
    )
