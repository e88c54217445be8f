"""What a worker knows of its providers is seen from outside: counted, and noted for /readyz."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis
from temporalio.testing import ActivityEnvironment

from activities.outages import AGAIN, Outages
from domain.names import Channel
from domain.sending import Outage
from tests.scenarios.engine_room import running_redis
from workflows.signatures import OUTAGE_MARK

SINCE = datetime(2026, 3, 10, 21, 35, tzinfo=UTC)
OUT = Outage(channel=Channel.SMS, since=SINCE, code=503)
NOTE = f"{OUTAGE_MARK}sms"


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Redis]:
    """A real one."""
    async with running_redis(tmp_path) as url, Redis.from_url(url, decode_responses=True) as running:
        yield running


async def test_an_outage_is_noted_renewed_and_taken_away(redis: Redis) -> None:
    """While all is well nothing is written at all."""
    now = [0.0]
    outages = Outages(redis, clock=lambda: now[0])
    environment = ActivityEnvironment()
    await environment.run(outages.tell, [])
    assert await redis.dbsize() == 0

    await environment.run(outages.tell, [OUT])
    assert await redis.get(NOTE) == SINCE.isoformat()
    await redis.flushall()
    await environment.run(outages.tell, [OUT])
    assert await redis.get(NOTE) is None, "it has just been said"
    now[0] += AGAIN
    await environment.run(outages.tell, [OUT])
    assert await redis.get(NOTE) == SINCE.isoformat(), "a Redis that had lost it knows it again"

    await environment.run(outages.tell, [])
    assert await redis.get(NOTE) is None


async def test_without_redis_an_outage_is_counted_and_nothing_fails() -> None:
    """The record has it anyway."""
    async with Redis.from_url("redis://127.0.0.1:1") as away:
        await ActivityEnvironment().run(Outages(away).tell, [OUT])
