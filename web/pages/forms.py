"""Forms: read once, checked against the session, and handed to `Acts` as one act about one child."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from domain.facts import Actor
from domain.requests import Reply
from domain.requests import Request as Asked
from engine.errors import NoSuchPlacement, NotTaken
from store.errors import IdempotencyMismatch, StoreError
from web.acts import Act, Acts, NothingWorks, Queued, fingerprint
from web.auth import Door
from web.pages import times
from web.pages.visitors import Visitor
from web.problems import Forbidden
from web.standing import Standings

RING = "Nothing was recorded: Golden Hour does not answer. Use the telephone and the paper ladder now."

_SHORTEST_KEY, _LONGEST_KEY = 8, 80
_OF_THE_FORM = ("csrf", "key")


class Refusal(Exception):  # noqa: N818 - it is an answer
    """It was not done; the person hears why, next to what they typed."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.field = name
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed."""

    values: Mapping[str, str]

    @classmethod
    async def read(cls, request: Request, visitor: Visitor) -> "Form":
        """The form of a request of this session.

        Raises:
            WrongForm: it does not carry the session's mark.
        """
        sent = await request.form(max_files=0, max_fields=40)
        values = {name: value for name, value in sent.items() if isinstance(value, str)}
        visitor.check(values.get("csrf", ""))
        return cls(values)

    def text(self, name: str) -> str:
        """What was typed into a field, without the white space around it."""
        return self.values.get(name, "").strip()

    @property
    def key(self) -> str:
        """The form's own number: sent twice it counts once.

        Raises:
            Refusal: it is not there.
        """
        key = self.text("key")
        if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
            raise Refusal("", "this form has lost its number: load the page again")
        return key

    @property
    def digest(self) -> str:
        """What makes two sendings of it the same."""
        pairs = sorted((name, value) for name, value in self.values.items() if name not in _OF_THE_FORM)
        return fingerprint(repr(pairs).encode())

    def time(self, name: str, now: datetime) -> datetime | None:
        """A local time that was typed; None if none was.

        Raises:
            Refusal: it is no time.
        """
        try:
            return times.typed(self.text(name), now)
        except times.NoSuchTime as error:
            raise Refusal(name, str(error)) from None

    def needed(self, name: str, what: str) -> str:
        """A text that has to be there.

        Raises:
            Refusal: it is not.
        """
        if not self.text(name):
            raise Refusal(name, what)
        return self.text(name)


@dataclass(frozen=True, slots=True)
class FormProblem:
    """A form that comes back: what is wrong with it, and what was typed."""

    form: str
    """Its name on the page."""
    detail: str
    field: str = ""
    alias: str = ""
    typed: Mapping[str, str] = dataclasses.field(default_factory=dict)


Builder = Callable[[Actor, str, datetime, list[int]], Asked]
"""Makes the request from who asks, its id, the time of receipt (UTC), and the facts known to be stored."""


async def perform(
    request: Request, visitor: Visitor, form: Form, *, alias: str, update: str, build: Builder
) -> Reply | Queued:
    """Send one act about a child on its way.

    Raises:
        Refusal: with the reason in plain words.
        NoSuchThing: there is no such placement.
    """
    standings: Standings = request.app.state.standings
    door: Door = request.app.state.door
    acts: Acts = request.app.state.acts
    placement = await standings.placement(alias)
    try:
        asker = await door.asker(visitor.caller, placement, update)
        act = Act(
            key=form.key,
            route=f"page {update}",
            fingerprint=form.digest,
            alias=alias,
            update=update,
            build=lambda request_id, received_at, stored: build(asker.actor, request_id, received_at, stored),
        )
        return await acts.perform(asker, act)
    except (NotTaken, NoSuchPlacement, IdempotencyMismatch, NothingWorks, StoreError, Forbidden) as error:
        raise in_words(error) from error


def in_words(error: Exception) -> Refusal:
    """One of our own errors as the person reads it."""
    match error:
        case NotTaken():
            return Refusal(error.field, error.detail)
        case Forbidden():
            return Refusal("", error.detail)
        case NoSuchPlacement():
            return Refusal("", "this placement has ended, or the engine does not know it")
        case IdempotencyMismatch():
            return Refusal("", "this form was sent before with other words: check it and send it again")
    return Refusal("", RING)
