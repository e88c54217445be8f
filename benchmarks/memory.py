"""What a live placement holds in the worker's memory, beside a bare cached workflow."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from benchmarks.bare import QUEUE, BareDeadline
from benchmarks.bare_messages import BareMessage
from benchmarks.installation import Installation, MeasurementFailed
from benchmarks.town import CHILDREN, Town, in_turns

FIRST = 20
"""Workflows that are cached before the counting begins: what is loaded once is loaded by then."""
PATIENCE = 60
"""Seconds in which all that were started must be cached."""
FAR = timedelta(days=30)
CACHED = re.compile(r"^temporal_sticky_cache_size\{[^}]*\} (\d+)$", re.MULTILINE)


class Memory:
    """Measures fresh worker processes."""

    def __init__(self, house: Installation, town: Town) -> None:
        self._house = house
        self._town = town

    async def placement(self, count: int) -> float:
        """KB of a live placement on the built-in arrival policy, when so many are cached.

        Raises:
            MeasurementFailed: they were not all cached.
        """
        homes = await self._town.homes(-(-count // CHILDREN))
        await self._house.stop("Worker")
        await self._house.start(self._house.worker())
        port = self._house.settings.metrics_port
        return await self._growth("Worker", port, count, lambda n: self._admit(homes, n))

    async def bare(self, count: int) -> float:
        """KB of a bare workflow in the same way.

        Raises:
            MeasurementFailed: they were not all cached.
        """
        await self._house.stop("Bare worker")
        await self._house.start(self._house.bare_worker())
        return await self._growth("Bare worker", self._house.bare_metrics_port, count, self._start_bare)

    async def _growth(self, part: str, port: int, count: int, add: Callable[[int], Awaitable[object]]) -> float:
        first = await self._held(part, port, FIRST, add)
        last = await self._held(part, port, count - FIRST, add)
        return (last - first) / (count - FIRST)

    async def _held(self, part: str, port: int, more: int, add: Callable[[int], Awaitable[object]]) -> float:
        """The memory held when so many more are cached, and all is at rest."""
        wanted = await self._cached(port) + more
        await add(more)
        for _ in range(PATIENCE):
            if await self._cached(port) >= wanted:
                break
            await asyncio.sleep(1)
        else:
            raise MeasurementFailed(f"memory: only {await self._cached(port)} of {wanted} workflows were cached")
        await self._house.comes_to_rest()
        return self._house.resident_kb(part)

    async def _admit(self, homes: list[str], count: int) -> None:
        await self._town.admit_many(homes, count)

    async def _start_bare(self, count: int) -> None:
        message = BareMessage(deadline=datetime.now(UTC) + FAR, form={})
        stamp = datetime.now(UTC).timestamp()
        start = self._house.bare.start_workflow

        await in_turns(
            [
                lambda n=n: start(BareDeadline.run, message, id=f"bare/live-{stamp}-{n}", task_queue=QUEUE)  # type: ignore[misc]
                for n in range(count)
            ]
        )

    async def _cached(self, port: int) -> int:
        async with self._house.http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            return sum(int(size) for size in CACHED.findall(await answer.text()))
