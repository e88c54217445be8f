"""Many alerts in one instant: all texts leave first, the bookkeeping comes after.

What follows a send (its outcome in the store, its facts, the engine's next decision) takes longer than the send itself.
Two hundred children's checks can fall overdue together, and then the last child's first text would wait for the
bookkeeping of a hundred and ninety-nine others. So an alert whose texts are all accepted stands aside while others are
still on their way: for a moment at most, and only while there is room for those who still have to leave.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from activities.gate import Gate

MOMENT = 0.15
"""Seconds: another alert this short a time ago is the same rush."""

LONGEST = 6.0
"""Seconds that an alert stands aside at most."""

HANGS = 1.5
"""Seconds after which an alert that has not left no longer counts as leaving: its provider hangs."""

BUSY = 20
"""So many alerts of one rush make its lulls a moment longer: a machine that is busy hands them out in fits."""

WAY = 3.0
"""Seconds that a repeat or a stand-down gives way to first alerts at most."""

FIRST = 24.0
"""Seconds that the further texts of an alert wait at most for the first ones of other alerts."""

ASIDE = 700
"""Alerts that stand aside at once: fewer than a worker has room for, so that none keeps another from leaving."""

FURTHER = 50
"""Further texts that leave at once after a rush: of thousands at once, none would be sent in time."""

AT_ONCE = 50
"""Alerts that are written down at once when the rush is over: a store that is asked by all of them answers none."""


class Alert:
    """One that is on its way out."""


class Rush:
    """The alerts of one process that have not left yet."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._leaving = 0
        self._aside = 0
        self._came = self._last = float("-inf")
        self._urgent = 0
        self._size = 0
        self._firsts = set[Alert]()
        self._further = asyncio.Semaphore(FURTHER)
        self._firsts_gone: asyncio.Task[None] | None = None
        self._over: asyncio.Task[None] | None = None
        self.writing = asyncio.Semaphore(AT_ONCE)
        """Held while an alert is written down."""

    @contextmanager
    def leaving(self, *, urgent: bool = True) -> Iterator["Alert"]:
        """An alert is on its way out, and its first text with it."""
        alert = Alert()
        self._size = 1 if self._is_lull() else self._size + 1
        self._leaving += 1
        self._urgent += urgent
        self._firsts.add(alert)
        self._came = self._clock()
        try:
            yield alert
        finally:
            self._firsts.discard(alert)
            self._leaving -= 1
            self._urgent -= urgent
            self._last = self._clock()

    async def give_way(self) -> None:
        """What was said before, and that it is over, leaves after the alerts that are on their way out."""
        if self._aside >= ASIDE or not self._urgent:
            return
        self._aside += 1
        until = self._clock() + WAY
        try:
            while self._urgent and self._clock() < until:  # noqa: ASYNC110 - whoever leaves has no time to tell
                await asyncio.sleep(MOMENT / 2)
        finally:
            self._aside -= 1

    def first_has_left(self, alert: "Alert") -> None:
        """One person has been told about this child."""
        self._firsts.discard(alert)

    @asynccontextmanager
    async def after_first_texts(self, gate: Gate) -> AsyncIterator[None]:
        """One person is told about every child before a second one is about any; then some are, at once.

        Args:
            gate: of the attempt whose further texts wait; for a part only of what time it has left.
        """
        if self._size == 1:
            yield
            return
        has_turn = False
        with suppress(TimeoutError):
            async with asyncio.timeout(gate.left * 3 / 4):
                await self._firsts_to_go()
                has_turn = await self._further.acquire()
        try:
            yield
        finally:
            if has_turn:
                self._further.release()

    async def _firsts_to_go(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST):
                if self._firsts_gone is None or self._firsts_gone.done():
                    self._firsts_gone = asyncio.create_task(self._until_firsts_are_gone())
                await asyncio.shield(self._firsts_gone)

    async def _until_firsts_are_gone(self) -> None:
        """One looks for all. That none is on its way now does not say that none comes any more."""
        while not self._is_lull() or (self._firsts and self._clock() - self._came < HANGS):  # noqa: ASYNC110 - as below
            await asyncio.sleep(MOMENT / 2)

    def _is_lull(self) -> bool:
        """No alert has come for so long that the rush is over: the more have come, the longer that takes."""
        return self._clock() - self._came >= min(HANGS, MOMENT * (1 + self._size / BUSY))

    async def stand_aside(self) -> None:
        """Wait until no other alert has been on its way out for a moment."""
        if self._aside >= ASIDE or not self._others_are_leaving():
            return
        self._aside += 1
        try:
            async with asyncio.timeout(LONGEST):
                if self._over is None or self._over.done():
                    self._over = asyncio.create_task(self._until_over())
                await asyncio.shield(self._over)
        except TimeoutError:
            return
        finally:
            self._aside -= 1

    async def _until_over(self) -> None:
        """One looks for all."""
        while self._others_are_leaving() or self._clock() - self._last < MOMENT:  # noqa: ASYNC110 - whoever leaves has no time to tell
            await asyncio.sleep(MOMENT / 2)

    def _others_are_leaving(self) -> bool:
        return self._leaving > 0 and self._clock() - self._came < HANGS
