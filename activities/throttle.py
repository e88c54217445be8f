"""Throttles: what was said before waits until the phone has had some rest; what is new never does.

All of it is in Redis, asked by one script in one round trip. Redis holds only what may be lost: while it is away,
everything is sent, and messages that would have been one come separately.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.addressing import Message
from domain.names import Channel
from domain.priority import Priority
from domain.sending import AlertRequest
from domain.several import can_be_told_together
from domain.throttling import ENDS, LIMITS, REMEMBERED, of_message
from store.errors import StoreError
from store.together import Together

log = structlog.get_logger()

SCRIPT = (Path(__file__).parent / "throttle.lua").read_text(encoding="utf-8")

PATIENCE = 0.5
"""Seconds that Redis may take to answer; after that everything is sent."""

GATHER = 1.0
"""Seconds for which a text that has waited lets others to the same phone join it."""

OUTCOME = 12.0
"""Seconds that a message waits for the text that takes it along: it gathers, and a send may take eight."""

LOOK = 0.2
KEPT = timedelta(minutes=10)
MS = timedelta(milliseconds=1)

_AWAY = (RedisError, OSError, TimeoutError, StoreError, ValueError)


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether a message may leave."""

    held_until: datetime | None = None
    """Not before this (UTC)."""
    gathers: bool = False
    """Others to the same phone may join it."""
    carried_by: str | None = None
    """The notification id of the text that takes it along."""


GO = Leave()


class Throttle:
    """The throttles of an installation, as one worker process asks them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._ask = redis.register_script(SCRIPT)
        self._counting = Together(self._count_all)

    async def ask(self, request: AlertRequest, messages: Sequence[Message]) -> dict[str, Leave]:
        """Which of these messages may leave at the alert's own time. A first alert is not asked about."""
        asked = [one for one in messages if one.channel in LIMITS]
        if not asked or not Priority(request.priority).can_wait:
            return {}
        put = json.dumps([_asked(request, one) for one in asked])
        arguments: list[str | int] = [_ms(request.now), int(GATHER * 1000), REMEMBERED // MS, put]
        try:
            async with asyncio.timeout(PATIENCE):
                answers = json.loads(await self._ask(args=arguments))
        except _AWAY as error:
            log.warning("throttles not asked: all is sent", error=type(error).__name__)
            return {}
        return {one.notification_id: _leave(answer) for one, answer in zip(asked, answers, strict=True)}

    async def count(self, request: AlertRequest, messages: Sequence[Message]) -> None:
        """Count what has left without asking. Never raises."""
        counted = [one for one in messages if one.channel in LIMITS]
        rows = [(_key(request, "sent", one), _member(request, one), _ms(request.now)) for one in counted]
        if not rows or Priority(request.priority).can_wait:
            return
        try:
            await self._counting(rows, [member for _, member, _ in rows], timeout=PATIENCE)
        except _AWAY as error:
            log.warning("messages not counted", error=type(error).__name__)

    async def gathered(self, notification_id: str) -> list[str]:
        """The references of all that this text is about, once others had the time to join it."""
        await asyncio.sleep(GATHER * 1.1)
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._redis.hgetall(f"riders:{notification_id}")
        except _AWAY:
            return []
        riders = {str(one): str(reference) for one, reference in found.items()}
        mine = riders.pop(notification_id, None)
        return [mine, *(riders[one] for one in sorted(riders))] if mine and riders else []

    async def tell_riders(self, notification_id: str, provider_id: str | None) -> None:
        """Say what became of a text to those it took along."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._redis.set(f"ridden:{notification_id}", provider_id or "-", ex=KEPT)
        except _AWAY:
            return

    async def outcome_of(self, carrier: str) -> str | None:
        """The provider's id of the text that took a message along; None if it did not get out, or nobody says."""
        try:
            async with asyncio.timeout(OUTCOME):
                while not (said := await self._redis.get(f"ridden:{carrier}")):  # noqa: ASYNC110 - Redis tells nobody
                    await asyncio.sleep(LOOK)
        except _AWAY:
            return None
        return None if said == "-" else str(said)

    async def _count_all(self, alerts: Sequence[Sequence[tuple[str, str, int]]]) -> list[None]:
        async with asyncio.timeout(PATIENCE), self._redis.pipeline(transaction=False) as pipe:
            for key, member, at in (row for rows in alerts for row in rows):
                pipe.zadd(key, {member: at}, nx=True)
                pipe.expire(key, REMEMBERED)
            await pipe.execute()
        return [None] * len(alerts)


def _asked(request: AlertRequest, message: Message) -> dict[str, object]:
    limits = of_message(message.channel, message.template)
    together = message.channel is Channel.SMS and can_be_told_together(message.template)
    return {
        "id": message.notification_id,
        "about": _about(request, message),
        "sent": _key(request, "over" if _is_over(message) else "sent", message),
        "held": _key(request, "held", message),
        "join": _key(request, "join", message),
        "limits": [[one.count, one.within // MS, one.smooth] for one in limits],
        "group": message.template.value if together else "",
        "reference": request.alias.upper(),
    }


def _leave(answer: list[object]) -> Leave:
    match answer:
        case ["held", at]:
            return Leave(held_until=datetime.fromtimestamp(float(str(at)) / 1000, UTC))
        case ["with", carrier]:
            return Leave(carried_by=str(carrier))
        case _:
            return Leave(gathers=len(answer) > 1)


def _about(request: AlertRequest, message: Message) -> str:
    """This person has heard of this child: what follows may be held back. The end of each alarm is heard of once."""
    child = f"{request.alias}-{request.episode}-{request.epoch}" if _is_over(message) else request.alias
    return f"{child}/{message.person_id}"


def _is_over(message: Message) -> bool:
    return message.template in ENDS


def _member(request: AlertRequest, message: Message) -> str:
    return f"{message.notification_id} {_about(request, message)}"


def _key(request: AlertRequest, what: str, message: Message) -> str:
    """A phone's key; a hash, so that no number can be read where it lies for three hours.

    An exercise has keys of its own: what it sends counts against no message about a child, and is joined to none.
    """
    phone = hashlib.blake2b(message.address.encode(), digest_size=16).hexdigest()
    return f"throttle:{'exercise:' if request.exercise else ''}{what}:{message.channel.value}:{phone}"


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
