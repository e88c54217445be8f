"""The canary flies through every part, and out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.canary import Canary
from config.keys import KeyRing
from store.migrate import upgrade
from store.repositories import Store
from tests.scenarios.engine_room import KEYS
from workflows.signatures import CanaryRequest


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store of its own."""
    url = f"sqlite:///{tmp_path / 'goldenhour.db'}"
    await asyncio.to_thread(upgrade, url)
    opened = Store.open(url, KeyRing.parse(KEYS))
    yield opened
    await opened.close()


class Switch:
    """A dead-man's switch: whoever watches it learns when the pings stop."""

    def __init__(self) -> None:
        self.pings = 0
        self.status = "200 OK"
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Count a ping."""
        await reader.readuntil(b"\r\n\r\n")
        self.pings += 1
        writer.write(f"HTTP/1.1 {self.status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def switch() -> AsyncIterator[Switch]:
    """A real one, on the loopback."""
    made = Switch()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ping"
    yield made
    server.close()


async def test_it_pings_though_redis_is_away(store: Store, switch: Switch) -> None:
    """An alert would still go out, so the engine counts as alive."""
    async with Redis.from_url("redis://127.0.0.1:1") as redis:
        await ActivityEnvironment().run(Canary(store, redis, deadman_url=switch.url).canary, CanaryRequest(round=7))

    assert switch.pings == 1
    assert await store.canary.last() is not None


async def test_a_ping_that_is_not_taken_fails_the_round(store: Store, switch: Switch) -> None:
    """Then its absence is the alarm, here and outside."""
    switch.status = "503 Service Unavailable"
    async with Redis.from_url("redis://127.0.0.1:1") as redis:
        canary = Canary(store, redis, deadman_url=switch.url)
        with pytest.raises(ApplicationError, match="503"):
            await ActivityEnvironment().run(canary.canary, CanaryRequest(round=7))
