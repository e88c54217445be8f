"""Where a message waits for its provider to come back: it has no other way left, and others have waited longer.

What was refused because a channel is out is tried again by the workflow, and waits here for a moment each time. Every
two seconds the first in line is let through, to see whether the provider is back. When it is, all follow in line: the
first word about a child before what people have been told before, and of two children the one whose alert was due
first. Each worker process has its own room; whoever finds it full is told so at once, and comes back.
"""

import asyncio
import itertools
import time
from bisect import insort
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from activities.breaker import Breaker, Breakers
from domain.names import Channel
from domain.priority import Priority

PAUSE = 2.0
"""Seconds from one that is let through to the next: nobody here has anything to lose by a provider that hangs."""

SEATS = 60
"""Who waits has one of the places in which a worker alerts: so many are left to others that none is kept waiting."""

STEP = 0.02
"""Seconds between two who leave: so that they reach the provider in their order."""

LOOK = 0.05

type_of_order = tuple[Priority, datetime]
"""How urgent it is, and when it was due (UTC)."""


@dataclass(order=True, slots=True)
class _Waiting:
    order: type_of_order
    number: int
    address: str = field(compare=False)
    called: "asyncio.Future[None]" = field(compare=False)


class WaitingRoom:
    """The line in front of one channel."""

    def __init__(self, breaker: Breaker, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._breaker = breaker
        self._clock = clock
        self._line: list[_Waiting] = []
        self._numbers = itertools.count()
        self._doorman: asyncio.Task[None] | None = None

    def is_out(self) -> bool:
        """Whether the channel is out."""
        return self._breaker.outage is not None

    def is_free(self, priority: Priority) -> bool:
        """Whether a message need not wait."""
        return not self.is_out() and (priority <= Priority.FIRST or not self._breaker.is_for_first_words())

    async def turn(self, address: str, order: type_of_order, *, patience: float) -> None:
        """Wait for the channel, or to be let through to see whether it is back; at most `patience` seconds."""
        if self.is_free(order[0]) or len(self._line) >= SEATS:
            return
        mine = _Waiting(order, next(self._numbers), address, asyncio.get_running_loop().create_future())
        insort(self._line, mine)
        if self._doorman is None or self._doorman.done():
            self._doorman = asyncio.create_task(self._call())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await mine.called
        finally:
            if mine in self._line:
                self._line.remove(mine)
            if order[0] <= Priority.FIRST:
                self._breaker.expect(address)

    async def _call(self) -> None:
        """One looks for all."""
        while self._line:
            if self.is_free(self._line[0].order[0]):
                self._next()
                await asyncio.sleep(STEP)
            elif self._breaker.invites(self._line[0].address, pause=PAUSE):
                self._next()
            else:
                await asyncio.sleep(LOOK)

    def _next(self) -> None:
        called = self._line.pop(0).called
        if not called.done():
            called.set_result(None)


class WaitingRooms:
    """The lines of one worker process."""

    def __init__(self, breakers: Breakers, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._rooms = {channel: WaitingRoom(breakers[channel], clock=clock) for channel in Channel}

    async def turn(
        self, ways: Sequence[tuple[Channel, str]], order: type_of_order, *, last_way: bool, patience: float
    ) -> None:
        """Wait until messages can go by one of these ways, or may try to; at most `patience` seconds.

        Args:
            ways: channel and address of each.
            order: their place in the line.
            last_way: there is no other channel left. If there is, nobody waits for a provider that is down.
            patience: seconds.
        """
        rooms = {channel: self._rooms[channel] for channel, _ in ways}
        if any(room.is_free(order[0]) or (room.is_out() and not last_way) for room in rooms.values()) or not rooms:
            return
        waits = [
            asyncio.ensure_future(self._rooms[channel].turn(address, order, patience=patience))
            for channel, address in ways
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
