"""What a person reports or decides, on its way to the engine. Nothing of it is lost, and they hear how it stands.

 1. an intent is written first, under the same id as the engine's update: it outlives a crash of this process
 2. the engine is asked, for two seconds
 3. it answers: the facts it made are stored, and the intent is done
 4. it refuses: that is a fact of the web's own, and the intent is closed with the reason
 5. it does not answer: the intent is queued, the person hears so, and the sweeper delivers it in order
With the store down the engine is asked directly. Only with both down is a report refused, and the person told to ring.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import TypeAdapter

from domain import requests
from domain.facts import Actor, FactKind, type_of_value
from domain.requests import Admission, Reply, Request
from engine.errors import EngineError, NoSuchPlacement, NotTaken, Unreachable
from store.errors import StoreError, StoreUnavailable
from store.ids import uuid7
from store.intents import Intent, Settled
from web import notices
from web.services import Services

log = structlog.get_logger()

UPDATES: dict[str, type[Request]] = {
    "admit": requests.Admission,
    "check_in": requests.CheckIn,
    "agree_absence": requests.AgreedAbsence,
    "change_plan": requests.PlanChange,
    "end_placement": requests.PlacementEnd,
    "answer": requests.Answer,
    "claim": requests.Claim,
    "police_reported": requests.PoliceReported,
    "sighting": requests.Sighting,
    "circulate": requests.Circulate,
    "desk_acknowledged": requests.DeskAcknowledged,
    "found": requests.Found,
    "close": requests.Closing,
    "reopen": requests.Reopening,
    "return_interview": requests.ReturnInterview,
}
"""The engine's updates by name, and what each is sent."""

MOST_TOLD = 256
"""Fact numbers that one request may carry."""

STORE_PATIENCE = 1.0
"""Seconds a person waits for the store before the engine is asked without it."""

ABANDONED = timedelta(seconds=15)
"""How old an intent is that nobody delivers any more: whoever took it has died since. The sweeper takes it up."""

AT_ONCE = 20
"""Placements to which the sweeper delivers at the same time: one that does not answer holds up no other."""

ENDED = "this placement has ended, and nothing is in hand for it any more"


class NothingWorks(Exception):  # noqa: N818 - it is the plain truth
    """Neither the engine nor the store took the report: the person must use the telephone."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and how they were recognised."""

    identity: str
    """The token or session: idempotency keys belong to it."""
    actor: Actor


@dataclass(frozen=True, slots=True)
class Act:
    """One thing asked, before it has a time and an id of its own."""

    key: str
    """The idempotency key."""
    route: str
    """What was called, such as `POST /api/v1/placements/{id}/check-ins`."""
    fingerprint: str
    """A digest of the body: the same key with another body is a mistake."""
    alias: str
    update: str
    """A name in `UPDATES`."""
    build: Callable[[str, datetime, list[int]], Request]
    """Makes the request from its id, the time of receipt (UTC), and the facts known to be stored."""


@dataclass(frozen=True, slots=True)
class Queued:
    """Kept, and not done yet: it will be delivered when the engine answers again."""

    intent_id: str


def fingerprint(body: bytes) -> str:
    """The digest of a body."""
    return hashlib.sha256(body).hexdigest()


def request_id(asker: Asker, key: str) -> str:
    """The id of the engine's update: the same caller with the same key is the same request, with or without a store."""
    return hashlib.sha256(f"{asker.identity}|{key}".encode()).hexdigest()[:40]


class Acts:
    """The way from a person to the engine."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._behind: set[str] = set()
        self._queued_since: set[str] = set()
        """Placements for which something was queued after the running sweep had looked."""
        self._to_tell: dict[str, set[int]] = {}
        """Facts that were stored here and of which the placement has not been told."""
        self._wake = asyncio.Event()
        self._looked_at = datetime.min.replace(tzinfo=UTC)

    async def perform(self, asker: Asker, act: Act) -> Reply | Queued:
        """Do it, or keep it.

        Raises:
            NotTaken: it was refused, or there is no such placement in hand; `field` and `detail` say why.
            IdempotencyMismatch: this key was used with another body.
            NothingWorks: nothing took it.
        """
        received_at = self._services.clock()
        request = act.build(request_id(asker, act.key), received_at, self._stored(act.alias))
        intent = await self._claim(asker, act, request, received_at)
        if intent is not None and intent.status in ("answered", "refused"):
            return _replayed(intent)
        if intent is not None and (intent.status == "queued" or act.alias in self._behind):
            return await self._queue(intent, act.alias)
        try:
            reply = await self._ask(act.alias, act.update, request)
        except NotTaken as refusal:
            await self._refused(intent, act, asker.actor, refusal)
            raise
        except NoSuchPlacement:
            ended = NotTaken("placement_id", ENDED)
            await self._refused(intent, act, asker.actor, ended)
            raise ended from None
        except Unreachable:
            if intent is None:
                raise NothingWorks from None
            return await self._queue(intent, act.alias)
        await self._answered(intent, act.alias, reply)
        return reply

    async def sweep(self) -> None:
        """Deliver queued intents in their order; a placement whose first one can't be delivered waits as a whole."""
        await self._take_up_abandoned()
        self._queued_since.clear()
        waiting: dict[str, list[Intent]] = {}
        for intent in await self._services.store.intents.queued():
            waiting.setdefault(intent.alias or "", []).append(intent)
        self._behind |= set(waiting)
        turns = asyncio.Semaphore(AT_ONCE)
        delivered = await asyncio.gather(*(self._deliver_all(alias, kept, turns) for alias, kept in waiting.items()))
        done = {alias for alias, all_of_it in zip(waiting, delivered, strict=True) if all_of_it}
        self._behind -= done - self._queued_since

    async def _deliver_all(self, alias: str, kept: list[Intent], turns: asyncio.Semaphore) -> bool:
        """Deliver what one placement waits for, in order; False if some of it still waits."""
        async with turns:
            for intent in kept:
                try:
                    if not await self._deliver(intent, alias):
                        return False
                except StoreError as error:
                    log.warning("sweeper: the store did not answer", error=type(error).__name__)
                    return False
                except Exception:
                    # Whatever is wrong with this one, the other children's reports go on.
                    log.exception("sweeper: an intent can't be delivered", intent_id=intent.id)
                    return False
        return True

    async def _take_up_abandoned(self) -> None:
        """What a process left undone when it died is delivered like what was queued."""
        now = self._services.clock()
        if now - self._looked_at >= ABANDONED:
            self._looked_at = now
            await self._services.store.intents.queue_abandoned(now - ABANDONED)

    async def sweep_for_ever(self, every: float = 1.0) -> None:
        """The sweeper: once a second, and at once when something has been queued."""
        while True:
            try:
                await self.sweep()
            except StoreError as error:
                log.warning("sweeper: the store did not answer", error=type(error).__name__)
            self._wake.clear()
            try:
                async with asyncio.timeout(every):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _ask(self, alias: str, update: str, request: Request) -> Reply:
        try:
            if isinstance(request, Admission):
                return await self._services.engine.admit(request)
            return await self._services.engine.ask(alias, update, request)
        except RuntimeError:
            # What the engine's client raises as long as it has never reached Temporal since this process started.
            raise Unreachable("never reached yet") from None

    def _stored(self, alias: str) -> list[int]:
        """The facts that this process has stored since it last told the placement so; it then forgets them.

        What another process has stored, or is not told because this one dies, the placement has stored once more:
        that costs a little and changes nothing.
        """
        return sorted(self._to_tell.pop(alias, set()))[:MOST_TOLD]

    async def _claim(self, asker: Asker, act: Act, request: Request, at: datetime) -> Intent | None:
        try:
            return await self._services.store.intents.claim(
                intent_id=uuid7(at),
                key=act.key,
                asker=asker.identity,
                route=act.route,
                alias=act.alias,
                kind=act.update,
                body=request.model_dump_json().encode(),
                body_hash=act.fingerprint,
                at=at,
                timeout=STORE_PATIENCE,
            )
        except StoreUnavailable as error:
            log.warning("no intent written: the store is away", error=type(error).__name__)
            return None

    async def _queue(self, intent: Intent, alias: str) -> Queued:
        try:
            await self._services.store.intents.queue(intent.id)
        except StoreError:
            raise NothingWorks from None
        self._behind.add(alias)
        self._queued_since.add(alias)
        self._wake.set()
        return Queued(intent.id)

    async def _answered(self, intent: Intent | None, alias: str, reply: Reply) -> None:
        """Store the facts and close the intent; both may fail: the placement keeps its facts until they are stored."""
        try:
            closing = self._closing(intent, reply)
            await self._services.store.facts.insert(
                alias, reply.facts, reply.snapshot, answers=closing, timeout=STORE_PATIENCE
            )
            self._to_tell.setdefault(alias, set()).update(fact.n for fact in reply.facts)
        except StoreError as error:
            log.warning("answer not stored; the placement keeps its facts", error=type(error).__name__)

    def _closing(self, intent: Intent | None, reply: Reply) -> Settled | None:
        if intent is None:
            return None
        kept = reply.model_copy(update={"facts": [], "snapshot": None})
        return self._services.store.intents.answer(intent.id, 200, kept.model_dump(mode="json"))

    async def _refused(self, intent: Intent | None, act: Act, actor: Actor, refusal: NotTaken) -> None:
        """A refused attempt leaves no trace in the engine's history, and a fact of the web's own here."""
        data: dict[str, type_of_value] = {"asked": act.update, "field": refusal.field, "why": refusal.detail}
        try:
            await self._services.store.facts.insert_web(
                act.alias, FactKind.REFUSED, self._services.clock(), actor, data, timeout=STORE_PATIENCE
            )
            if intent is not None:
                await self._services.store.intents.refuse(
                    intent.id, 422, {"field": refusal.field, "detail": refusal.detail}
                )
        except StoreError as error:
            log.warning("refusal not stored", error=type(error).__name__)

    async def _deliver(self, intent: Intent, alias: str) -> bool:
        """Deliver one queued intent; False if the engine still does not answer."""
        request = TypeAdapter(UPDATES[intent.kind]).validate_json(intent.body)
        if isinstance(request, requests.CheckIn):
            request = request.model_copy(update={"queued": True})
        try:
            reply = await self._ask(alias, intent.kind, request)
        except Unreachable:
            return False
        except (NotTaken, NoSuchPlacement) as error:
            refusal = error if isinstance(error, NotTaken) else NotTaken("placement_id", ENDED)
            await self._refused_late(intent, alias, request, refusal)
            return True
        await self._answered(intent, alias, reply)
        return True

    async def _refused_late(self, intent: Intent, alias: str, request: Request, refusal: NotTaken) -> None:
        """What was kept and then refused is told to the person who reported it."""
        act = Act(
            key=intent.key,
            route=intent.route,
            fingerprint="",
            alias=alias,
            update=intent.kind,
            build=lambda *_: request,
        )
        await self._refused(intent, act, request.actor, refusal)
        try:
            await notices.tell_refused(self._services, alias, request)
        except (EngineError, StoreError) as error:
            log.warning("could not tell the person of a refusal", error=type(error).__name__)


def _replayed(intent: Intent) -> Reply:
    """The answer that this request got before."""
    response = intent.response or {}
    if intent.status == "refused":
        raise NotTaken(str(response.get("field", "")), str(response.get("detail", "")))
    return Reply.model_validate(response)
