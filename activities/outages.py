"""What a worker knows of its providers, where others can see it: a count for Prometheus, a note in Redis for /readyz.

Both may be lost: the record has each change of mode with its reason, from the placements that it touched.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from temporalio import activity

from domain.names import Channel
from domain.sending import Outage
from workflows.signatures import OUTAGE_MARK

log = structlog.get_logger()

PATIENCE = 0.5
"""Seconds that Redis may take."""

AGAIN = 60.0
"""Seconds after which an outage that goes on is noted again."""

KEPT = 15 * 60
"""Seconds after which a note that nobody renews is gone: a quiet night, or a worker that has left."""


class Outages:
    """Which channels are out, told to whoever looks from outside."""

    def __init__(self, redis: Redis, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._clock = clock
        self._told: frozenset[Channel] = frozenset()
        self._told_at = float("-inf")

    async def tell(self, outages: Sequence[Outage]) -> None:
        """Count and note what has changed; nothing to do while all is well. Never raises."""
        out = frozenset(outage.channel for outage in outages)
        if out == self._told and not (out and self._clock() - self._told_at >= AGAIN):
            return
        before, self._told, self._told_at = self._told, out, self._clock()
        changes = activity.metric_meter().create_counter(
            "goldenhour_channel_mode_changes", "How often a channel went out, and came back"
        )
        for channel in out ^ before:
            changes.add(1, {"channel": channel.value, "mode": "out" if channel in out else "back"})
        try:
            async with asyncio.timeout(PATIENCE), self._redis.pipeline(transaction=False) as pipe:
                for outage in outages:
                    pipe.set(f"{OUTAGE_MARK}{outage.channel.value}", outage.since.isoformat(), ex=KEPT)
                for channel in before - out:
                    pipe.delete(f"{OUTAGE_MARK}{channel.value}")
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("outage not noted", store="redis", error=type(error).__name__)
