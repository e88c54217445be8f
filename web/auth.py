"""Who asks: a person's token, an installation's token, the bootstrap token, or a demonstration session.

A machine (the holder of an installation's or the bootstrap token) acts about a child only on behalf of a person it
names in `on_behalf_of`; that it did so is recorded with the act.
"""

import hmac
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request

from domain.facts import Actor
from store.placements import PlacementRow
from store.tokens import Token
from web.acts import Asker
from web.problems import Unauthorised, bad_field
from web.remembered import Remembered
from web.services import Services
from web.standing import MOMENT, Standings

COOKIE = "goldenhour_session"
"""The demonstration session's cookie."""

SCHEME = "bearer "


class CallerKind(StrEnum):
    """How a caller was recognised."""

    BOOTSTRAP = "bootstrap"
    INSTALLATION = "installation"
    PERSON = "person"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request."""

    kind: CallerKind
    identity: str
    """Idempotency keys belong to it."""
    person_id: str | None = None
    """None: a machine, which has to name a person to act about a child."""

    @property
    def via(self) -> str:
        """How the acts of this caller are recorded."""
        return "web" if self.kind is CallerKind.SESSION else "api"


class Door:
    """Recognises callers. What it recognised once it still recognises while the store is away."""

    def __init__(self, services: Services, standings: Standings) -> None:
        self._bootstrap = services.settings.bootstrap_token
        self._standings = standings
        self._tokens: Remembered[str, Token | None] = Remembered(services.store.tokens.find, fresh_for=MOMENT)
        self._sessions: Remembered[str, str | None] = Remembered(services.store.sessions.find)

    async def recognise(self, request: Request) -> Caller:
        """Who sent this request.

        Raises:
            Unauthorised: nobody that is known.
            StoreUnavailable: it can't be told now.
        """
        header = request.headers.get("authorization", "")
        if header:
            return await self._by_token(header[len(SCHEME) :].strip() if header.lower().startswith(SCHEME) else "")
        cookie = request.cookies.get(COOKIE)
        person_id = await self._sessions.get(cookie) if cookie else None
        if person_id is None:
            raise Unauthorised
        return Caller(CallerKind.SESSION, f"session:{person_id}", person_id)

    async def asker(
        self, caller: Caller, placement: PlacementRow | None, update: str, *, on_behalf_of: str | None = None
    ) -> Asker:
        """The caller as one who acts about a child: a person, and what they are to the placement.

        Args:
            caller: who sent the request.
            placement: which placement it is about; None: the store is away.
            update: what is asked, by its name in web.acts.UPDATES.
            on_behalf_of: the person a machine names.

        Raises:
            BadInput: a machine named nobody, or somebody unknown; or a person named somebody else.
            Forbidden: the person has no role that covers this.
        """
        person_id = await self.person(caller, on_behalf_of)
        role = await self._standings.role_for(person_id, placement, update)
        actor = Actor(person_id=person_id, role=role, via=caller.via, on_behalf=caller.person_id is None)
        return Asker(identity=caller.identity, actor=actor)

    async def person(self, caller: Caller, on_behalf_of: str | None) -> str:
        """The id of the person who acts.

        Raises:
            BadInput: a machine named nobody, or somebody unknown; or a person named somebody else.
        """
        if caller.person_id is not None:
            if on_behalf_of not in (None, caller.person_id):
                raise bad_field("on_behalf_of", "you are signed in yourself: leave this out")
            return caller.person_id
        if on_behalf_of is None:
            raise bad_field("on_behalf_of", "this token belongs to nobody: name the person who acts")
        if not await self._standings.exists(on_behalf_of):
            raise bad_field("on_behalf_of", "there is no such person")
        return on_behalf_of

    async def _by_token(self, secret: str) -> Caller:
        if self._bootstrap and hmac.compare_digest(secret.encode(), self._bootstrap.encode()):
            return Caller(CallerKind.BOOTSTRAP, "bootstrap")
        token = await self._tokens.lately(secret, lambda known: known is not None) if secret else None
        if token is None:
            raise Unauthorised
        kind = CallerKind.PERSON if token.person_id else CallerKind.INSTALLATION
        return Caller(kind, f"token:{token.id}", token.person_id)
