"""Who is looking at a page. Without a session there is nothing to see.

A demonstration lets anybody be anybody by one tap; accounts with passwords come with a later release.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from store.errors import NotFound
from store.people import Person
from web.auth import COOKIE, Caller, CallerKind, Door
from web.problems import Unauthorised
from web.remembered import Remembered
from web.services import Services


class SignInFirst(Exception):  # noqa: N818 - it is what to do
    """Nobody is signed in here."""


class WrongForm(Exception):  # noqa: N818 - it says what is wrong
    """The form was not made for this session: it is old, or somebody else's page sent it."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person."""

    person: Person
    caller: Caller
    secret: str = field(repr=False)

    @property
    def csrf(self) -> str:
        """What every form of this session carries: no other site can know it."""
        return self.sign("form")

    def sign(self, text: str) -> str:
        """A mark that only this session can make."""
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def check(self, token: str) -> None:
        """Let a form pass.

        Raises:
            WrongForm: it does not carry this session's mark.
        """
        if not hmac.compare_digest(self.csrf.encode(), token.encode()):
            raise WrongForm


async def visitor_of(request: Request) -> Visitor | None:
    """Who is signed in by cookie, if anybody is.

    Raises:
        StoreUnavailable: it can't be told now.
    """
    secret = request.cookies.get(COOKIE, "")
    door: Door = request.app.state.door
    try:
        caller = await door.recognise(request)
        if caller.kind is not CallerKind.SESSION or caller.person_id is None:
            return None
        person = await _people(request).get(caller.person_id)
    except (Unauthorised, NotFound):
        return None
    return Visitor(person=person, caller=caller, secret=secret)


async def signed_in(request: Request) -> Visitor:
    """The person who is signed in.

    Raises:
        SignInFirst: nobody is.
    """
    visitor = await visitor_of(request)
    if visitor is None:
        raise SignInFirst
    # A page that says what went wrong shows the receipt of what went well before.
    request.state.visitor = visitor
    return visitor


SignedIn = Annotated[Visitor, Depends(signed_in)]


def _people(request: Request) -> Remembered[str, Person]:
    """People as the store knows them or knew them last: with the store away a check can still be recorded."""
    state = request.app.state
    if not hasattr(state, "page_people"):
        services: Services = state.services
        state.page_people = Remembered(services.store.directory.person)
    people: Remembered[str, Person] = state.page_people
    return people
