"""One activity per rung: resolve the people, send to each, all at once, and say what became of each message.

1. a check-in that waits in the web's queue holds an alarm about a missed check back, for a minute at most
2. resolve the people; if the store is silent for a second, those last resolved, which came with the request
3. heartbeat whom it resolved, so that a retry after a crash reaches the same people
4. claim each message; what an earlier attempt may have sent is asked for at the provider first
5. look at the gate once more, and send
6. write down what became of them, with the facts that rode along; neither can fail the alert
"""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.breaker import Breakers
from activities.claims import Claims
from activities.dead_numbers import keep_dead_numbers
from activities.gate import Gate, Superseded, beating
from activities.outages import Outages
from activities.rush import Rush
from activities.sender import Sender, sent_as
from activities.throttle import GO, Leave, Throttle
from activities.waiting_room import WaitingRooms
from domain import addressing
from domain.addressing import Message
from domain.names import Template
from domain.priority import as_handed_out, goes_first
from domain.sending import AlertRequest, AlertResult, ExerciseAlert, Outage, SendStatus, Sent
from domain.state import Contact
from notifiers.interface import Receipt
from notifiers.registry import Notifiers
from store.errors import StoreError
from store.repositories import Store

log = structlog.get_logger()

SILENCE = 1.0
"""Seconds after which a store that does not answer is taken as away."""

ATTEMPT_PATIENCE = 70.0
"""Seconds after which an attempt sends nothing more; the server gives it ninety."""

STILLNESS = 3.5
"""Seconds without a heartbeat after which the server may have given the task away; its own limit is five.

The last one that it has heard may be a second older than the last one that was made, because they are passed on once a
second at most, and it may have been on its way for a moment.
"""

WAITING = 10.0
"""Seconds that a message with no other way left waits for its provider; then the workflow decides anew."""

ALL_WAYS = 2
"""The attempt of a follow-up from which on a person has been tried on every channel they have."""


@dataclass(slots=True)
class _Resolved:
    contacts: list[Contact]
    carried: bool


class Alerting:
    """The activities that reach people."""

    def __init__(
        self,
        store: Store,
        claims: Claims,
        notifiers: Notifiers,
        outages: Outages,
        throttle: Throttle,
        *,
        public_url: str,
    ) -> None:
        self._store = store
        self._claims = claims
        self._notifiers = notifiers
        self._rush = Rush()
        self._breakers = Breakers()
        self._waiting_rooms = WaitingRooms(self._breakers)
        self._outages = outages
        self._throttle = throttle
        self._sender = Sender(notifiers, self._breakers, throttle, public_url.rstrip("/"))

    @activity.defn(name="alert")
    async def alert(self, request: AlertRequest) -> AlertResult:
        """Tell everyone whom these rungs name."""
        return await self._run(request)

    @activity.defn(name="follow_up")
    async def follow_up(self, request: AlertRequest) -> AlertResult:
        """Try one person again, on a channel that has not failed yet."""
        return await self._run(request)

    @activity.defn(name="alert_exercise")
    async def alert_exercise(self, request: ExerciseAlert) -> AlertResult:
        """Tell those who take part in an exercise, unless a real child of this home is looked for meanwhile."""
        if request.template is not Template.STAND_DOWN and await self._a_child_is_looked_for(request.home_id):
            return AlertResult(real_alert=True)
        return await self._run(request)

    async def _a_child_is_looked_for(self, home_id: str) -> bool:
        try:
            return await self._store.placements.real_episode_open(home_id, timeout=SILENCE)
        except StoreError:
            return False

    async def _run(self, request: AlertRequest) -> AlertResult:
        gate = Gate(patience=ATTEMPT_PATIENCE, stillness=STILLNESS)
        held, resolved = await asyncio.gather(self._check_in_is_waiting(request), self._resolve(request))
        if held:
            return AlertResult(held=True)
        details = [contact.model_dump(mode="json") for contact in resolved.contacts]
        try:
            async with beating(gate, lambda: activity.heartbeat(details)):
                sent = await self._send_all(request, resolved.contacts, gate)
        except Superseded:
            raise ApplicationError("this attempt stood still; another one counts now", type="Superseded") from None
        return AlertResult(
            sent=sent,
            contacts=[] if resolved.carried or request.recipients else resolved.contacts,
            skipped=len(set(request.skip)),
            carried=resolved.carried,
            stored=await self._record(request),
            out=await self._out(sent),
        )

    async def _out(self, sent: list[Sent]) -> list[Outage]:
        """Which channels these messages could not go by."""
        outages = self._breakers.outages()
        await self._outages.tell(outages)
        missed = {one.channel for one in sent if one.status in (SendStatus.UNAVAILABLE, SendStatus.UNKNOWN)}
        return [outage for outage in outages if outage.channel in missed]

    async def _check_in_is_waiting(self, request: AlertRequest) -> bool:
        if not request.look_for_check_in:
            return False
        try:
            return await self._store.intents.pending_check_in(request.alias, timeout=SILENCE / 2)
        except StoreError:
            return False

    async def _resolve(self, request: AlertRequest) -> _Resolved:
        before = activity.info().heartbeat_details
        if before:
            return _Resolved([Contact.model_validate(contact) for contact in before[0]], carried=False)
        roles = addressing.roles_wanted(request)
        if request.recipients or not roles:
            return _Resolved(addressing.with_named(request, []), carried=False)
        try:
            people = self._store.exercise_cast if isinstance(request, ExerciseAlert) else self._store.directory
            found = await people.resolve(request.home_id, request.placing_authority_id, roles, timeout=SILENCE)
        except StoreError as error:
            log.warning("store silent: alerting the people last resolved", error=type(error).__name__)
            return _Resolved(list(request.contacts), carried=True)
        return _Resolved(addressing.with_named(request, found), carried=False)

    async def _send_all(self, request: AlertRequest, contacts: list[Contact], gate: Gate) -> list[Sent]:
        now = datetime.now(UTC)
        messages = addressing.messages(request, contacts, self._notifiers.channels())
        urgent = goes_first(request)
        if not urgent:
            await self._rush.give_way()
        await self._turn(request, messages)
        may = await self._throttle.ask(request, messages)
        held = [one for one in messages if may.get(one.notification_id, GO).held_until]
        waiting = [each for one in held for each in addressing.for_each(one, _held(one, may[one.notification_id]))]
        messages = [one for one in messages if one not in held]
        with self._rush.leaving(urgent=urgent) as leaving:
            standing = await self._claims.take(request, messages, now)
            again = activity.info().attempt > 1 or request.attempt > 0

            async def send(message: Message, *, first: bool) -> tuple[Sent, Receipt | None]:
                known, leave = standing[message.notification_id], may.get(message.notification_id, GO)
                async with nullcontext() if first else self._rush.after_first_texts(gate):
                    try:
                        return await self._sender.send(request, message, known, gate, leave, again=again)
                    finally:
                        self._rush.first_has_left(leaving)

            results = await asyncio.gather(*(send(one, first=one is messages[0]) for one in messages))
        provider_ids = {sent.notification_id: receipt.provider_id for sent, receipt in results if receipt is not None}
        sent = [sent for sent, _ in results]
        await self._claims.settle_in_redis(provider_ids)
        # A failure, and a rung that names nobody, are news that can't wait: the next channel, or the next rung, does.
        if sent and all(one.status is SendStatus.ACCEPTED for one in sent):
            await self._rush.stand_aside()
        async with self._rush.writing:
            await asyncio.gather(
                self._claims.settle_in_sql(sent, provider_ids, datetime.now(UTC)),
                self._throttle.count(request, messages),
            )
        await keep_dead_numbers(self._store, messages, sent, now)
        pairs = zip(messages, sent, strict=True)
        return waiting + [each for message, one in pairs for each in addressing.for_each(message, one)]

    async def _turn(self, request: AlertRequest, messages: Sequence[Message]) -> None:
        """Who has another channel left does not wait for one that is out."""
        last_way = bool(request.recipients) and request.attempt >= ALL_WAYS
        ways = [(one.channel, one.address) for one in messages]
        order = (as_handed_out(request), request.scheduled_at)
        await self._waiting_rooms.turn(ways, order, last_way=last_way, patience=WAITING)

    async def _record(self, request: AlertRequest) -> list[int]:
        if not request.alias or request.snapshot is None:
            return []  # a notice is about no child, and a broadcast keeps nothing of its own
        try:
            return await self._store.facts.insert(request.alias, request.facts, request.snapshot, timeout=SILENCE)
        except StoreError as error:
            log.warning("facts not stored yet; the placement keeps them", error=type(error).__name__)
            return []


def _held(message: Message, leave: Leave) -> Sent:
    return sent_as(message, SendStatus.HELD).model_copy(update={"held_until": leave.held_until})
