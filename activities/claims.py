"""Claims: which messages have been started, and which have been accepted, by whom.

A claim is written before a message leaves, in SQL and in Redis at once, so that after a crash the retry asks the
provider instead of sending again. A claim that can't be written never stops a message: when in doubt, send.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from activities.unwritten import Unwritten
from domain.addressing import Message
from domain.names import Channel
from domain.sending import AlertRequest, SendStatus, Sent
from store.claims import Claim, ClaimState
from store.errors import StoreError
from store.notifications import Notifications, type_of_outcome
from store.together import Together

log = structlog.get_logger()

PATIENCE = 1.0
"""Seconds that claims may hold up an alert."""

CONFIRMED = (Channel.SMS, Channel.VOICE)
"""The channels of which a provider says in the end whether it arrived. A mail server may say nothing for hours."""

KEPT = 24 * 60 * 60
"""Seconds that Redis keeps a claim; SQL keeps it for good."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a message before it leaves."""

    accepted_as: str | None = None
    """The provider's id, if it has been accepted already."""
    started: bool = False
    """An earlier attempt may have sent it."""
    code: str | None = None
    """The reply code the store gave it, if the one wished for was taken on that phone."""
    link: str | None = field(default=None, repr=False)
    """The token of the link by which it can be answered. With the store away there is none: it would not be found."""


class Claims:
    """Claims in SQL and Redis together."""

    def __init__(self, notifications: Notifications, redis: Redis) -> None:
        self._notifications = notifications
        self._redis = redis
        self._unwritten = Unwritten(notifications)
        self._marking = Together(self._mark_all)
        self._marking_accepted = Together(self._mark_all_accepted)

    async def take(self, request: AlertRequest, messages: Sequence[Message], now: datetime) -> dict[str, Standing]:
        """Claim all messages of an alert; what one of the two stores says is enough, and silence of both is no bar."""
        in_sql, in_redis = await asyncio.gather(self._in_sql(request, messages, now), self._in_redis(messages))
        standing = {}
        for message in messages:
            state, mark = in_sql.get(message.notification_id), in_redis.get(message.notification_id)
            accepted = (state.provider_id if state and state.status != "pending" else None) or (mark or None)
            standing[message.notification_id] = Standing(
                accepted_as=accepted,
                started=bool(state and not state.first) or mark is not None,
                code=state.code if state else None,
                link=state.link if state else None,
            )
        return standing

    async def _in_sql(self, request: AlertRequest, messages: Sequence[Message], now: datetime) -> dict[str, ClaimState]:
        within = request.confirm_within
        rows = [
            Claim(
                notification_id=message.notification_id,
                alias=request.alias,
                episode=request.episode,
                rung=message.rung,
                person_id=message.person_id,
                channel=message.channel,
                address=message.address,
                template=message.template,
                code=message.code or None,
                created_at=now,
                confirm_by=now + within if within and message.channel in CONFIRMED else None,
            )
            for message in messages
        ]
        try:
            return await self._notifications.claim(rows, timeout=PATIENCE)
        except StoreError as error:
            log.warning("claims not written", store="sql", error=type(error).__name__)
            self._unwritten.keep(rows)
            return {}

    async def _in_redis(self, messages: Sequence[Message]) -> dict[str, str]:
        """The mark of each message that an earlier attempt had claimed: its provider id, or empty while unknown."""
        ids = [message.notification_id for message in messages]
        try:
            return await self._marking(ids, ids, timeout=PATIENCE / 2)
        except (RedisError, StoreError, OSError) as error:
            log.warning("claims not written", store="redis", error=type(error).__name__)
            return {}

    async def _mark_all(self, alerts: Sequence[Sequence[str]]) -> list[dict[str, str]]:
        async with asyncio.timeout(PATIENCE / 2), self._redis.pipeline(transaction=False) as pipe:
            for notification_id in (one for ids in alerts for one in ids):
                pipe.set(_key(notification_id), "", nx=True, ex=KEPT)
                pipe.get(_key(notification_id))
            answers = iter(await pipe.execute())
        before = [[(one, next(answers), next(answers)) for one in ids] for ids in alerts]
        return [{one: str(mark or "") for one, new, mark in marked if not new} for marked in before]

    async def settle_in_sql(self, sent: Sequence[Sent], provider_ids: dict[str, str], now: datetime) -> None:
        """Write down what became of them; a store that is away hears of it when it is back."""
        rows = self._unwritten.settle(self._outcomes(sent, provider_ids, now))
        if not rows:
            return
        try:
            await self._notifications.outcome(rows, timeout=PATIENCE)
        except StoreError as error:
            log.warning("outcomes not written", store="sql", error=type(error).__name__)

    @staticmethod
    def _outcomes(sent: Sequence[Sent], provider_ids: dict[str, str], now: datetime) -> list[type_of_outcome]:
        return [
            (one.notification_id, one.status.value, provider_ids.get(one.notification_id), one.code, now)
            for one in sent
            if one.status is not SendStatus.NO_CHANNEL
        ]

    async def settle_in_redis(self, provider_ids: dict[str, str]) -> None:
        """Mark at once what is accepted: a mail can't be asked for at its provider, and would be sent again."""
        try:
            await self._marking_accepted(provider_ids, provider_ids, timeout=PATIENCE / 2)
        except (RedisError, StoreError, OSError) as error:
            log.warning("outcomes not written", store="redis", error=type(error).__name__)

    async def _mark_all_accepted(self, alerts: Sequence[dict[str, str]]) -> list[None]:
        async with asyncio.timeout(PATIENCE / 2), self._redis.pipeline(transaction=False) as pipe:
            for notification_id, provider_id in (one for accepted in alerts for one in accepted.items()):
                pipe.set(_key(notification_id), provider_id, ex=KEPT)
            await pipe.execute()
        return [None] * len(alerts)


def _key(notification_id: str) -> str:
    return f"claim:{notification_id}"
