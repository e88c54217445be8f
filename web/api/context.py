"""What a route works with, and how an act becomes an answer."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from domain.requests import Reply
from domain.requests import Request as EngineRequest
from store.placements import PlacementRow
from web.acts import UPDATES, Act, Acts, Asker, Queued, fingerprint
from web.api.answers import Done, Kept
from web.auth import Caller, Door
from web.problems import NoSuchThing
from web.replies import QUEUED, Telling, sentence
from web.services import Services
from web.standing import Standings

ALIAS = r"[A-Z][a-z]{1,11}-\d{2,4}"
_PLACEMENT = re.compile(ALIAS, re.ASCII)
_EPISODE = re.compile(rf"({ALIAS})-([1-9]\d{{0,5}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Context:
    """One request to the API."""

    services: Services
    acts: Acts
    standings: Standings
    door: Door
    caller: Caller
    key: str
    """The Idempotency-Key; empty unless it is a POST."""
    route: str
    """Method and address: the same key at another address is a mistake."""
    digest: str
    """Of the body, as it came."""

    async def readable(self, placement_id: str) -> PlacementRow:
        """A placement that this caller may read of.

        Raises:
            NoSuchThing: there is none.
            Forbidden: it is none of theirs.
            StoreUnavailable: the store is away, and what it knew is not known here.
        """
        placement = await self.standings.known(alias_of(placement_id))
        if self.caller.person_id is not None:
            await self.standings.role_for(self.caller.person_id, placement)
        return placement

    async def act(self, alias: str, update: str, on_behalf_of: str | None, fields: dict[str, Any]) -> JSONResponse:
        """Do something about a child, and answer with what became of it.

        Args:
            alias: which placement.
            update: the engine's update, by its name in web.acts.UPDATES.
            on_behalf_of: the person a machine names.
            fields: the request's own fields; a time that is None is the time of receipt.

        Raises:
            Everything that `Standings`, `Door` and `Acts` raise; web.problems knows them all.
        """
        placement = await self.standings.placement(alias)
        asker = await self.door.asker(self.caller, placement, update, on_behalf_of=on_behalf_of)
        outcome = await self.acts.perform(asker, self._act(alias, update, asker, fields))
        telling = Telling(await self.standings.zone(placement), self.services.clock())
        return answer(alias, update, outcome, telling)

    def _act(self, alias: str, update: str, asker: Asker, fields: dict[str, Any]) -> Act:
        def build(request_id: str, received_at: datetime, stored: list[int]) -> EngineRequest:
            timed = {
                name: received_at if value is None and name in ("seen_at", "at") else value
                for name, value in fields.items()
            }
            stamp = {"request_id": request_id, "received_at": received_at, "stored": stored, "actor": asker.actor}
            return UPDATES[update](**stamp, **timed)

        return Act(key=self.key, route=self.route, fingerprint=self.digest, alias=alias, update=update, build=build)


async def context(request: Request) -> Context:
    """The context of a request; web.api.route has recognised the caller."""
    state = request.app.state
    return Context(
        services=state.services,
        acts=state.acts,
        standings=state.standings,
        door=state.door,
        caller=request.state.caller,
        key=getattr(request.state, "key", ""),
        route=f"{request.method} {request.url.path}",
        digest=fingerprint(await request.body()),
    )


Ctx = Annotated[Context, Depends(context)]


def alias_of(placement_id: str) -> str:
    """The alias in an address.

    Raises:
        NoSuchThing: it has not the form of one.
    """
    if not _PLACEMENT.fullmatch(placement_id):
        raise NoSuchThing("There is no such placement.")
    return placement_id


def episode_of(episode_id: str) -> tuple[str, int]:
    """The alias and the number in an episode's id.

    Raises:
        NoSuchThing: it has not the form of one.
    """
    match = _EPISODE.fullmatch(episode_id)
    if match is None:
        raise NoSuchThing("There is no such episode.")
    return match[1], int(match[2])


def answer(alias: str, update: str, outcome: Reply | Queued, telling: Telling) -> JSONResponse:
    """200 with what happened, or 202 because it is kept."""
    if isinstance(outcome, Queued):
        return JSONResponse(Kept(intent_id=outcome.intent_id, message=QUEUED).model_dump(mode="json"), status_code=202)
    return JSONResponse(done(alias, update, outcome, telling).model_dump(mode="json"))


def done(alias: str, update: str, reply: Reply, telling: Telling) -> Done:
    """The engine's reply as the API tells it."""
    return Done(
        outcome=reply.outcome,
        next_due_at=reply.next_due_at,
        remind_at=reply.remind_at,
        episode_id=f"{alias}-{reply.episode}" if reply.episode is not None else None,
        held_until=reply.until,
        held_by_role=reply.held_by.role if reply.held_by else None,
        message=sentence(update, reply, telling),
    )
