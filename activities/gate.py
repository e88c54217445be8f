"""The last look before a request leaves: is this attempt still the one that counts?

A worker that was stopped for a minute (a suspended machine, SIGSTOP) wakes up in the middle of an activity that the
server has long given to another worker. It must not send then. The monotonic clock runs on while a process is stopped.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

BEAT = 1.0
"""Seconds between two looks at whether this process still runs."""

TOLD_EVERY = 3.0
"""Seconds between heartbeats: each is a write of the engine, as dear as a text. Its own limit is five."""

PASSING_ON = 1.0
"""Seconds within which a heartbeat is passed on; one so seldom goes at once."""


class Superseded(Exception):  # noqa: N818 - it is a state
    """This attempt took too long, or stood still: another one has the task now. Nothing was sent after this."""


class Gate:
    """Open while this attempt counts."""

    def __init__(self, *, patience: float, stillness: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`patience`: seconds the attempt may take in all. `stillness`: seconds it may go without a heartbeat."""
        self._clock = clock
        self._deadline = clock() + patience
        self._stillness = stillness
        self._beaten_at = self._told_at = clock()

    @property
    def left(self) -> float:
        """Seconds in which something may still be sent."""
        return max(0.0, self._deadline - self._clock())

    def beat(self) -> bool:
        """The process is running; returns whether the engine is to hear of it now.

        Raises:
            Superseded: it has not been for too long.
        """
        self.check()
        now = self._beaten_at = self._clock()
        if now - self._told_at < TOLD_EVERY:
            return False
        self._told_at = now
        return True

    def check(self) -> None:
        """Look once more, immediately before a request leaves.

        Raises:
            Superseded: this attempt no longer counts.
        """
        now = self._clock()
        unheard = now - self._told_at > self._stillness + PASSING_ON
        if now >= self._deadline or now - self._beaten_at > self._stillness or unheard:
            raise Superseded


@asynccontextmanager
async def beating(gate: Gate, heartbeat: Callable[[], None]) -> AsyncIterator[None]:
    """Heartbeat at once, and then every three seconds for as long as the gate is open."""

    async def beat() -> None:
        with suppress(Superseded):
            while True:
                await asyncio.sleep(BEAT)
                if gate.beat():
                    heartbeat()

    heartbeat()
    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()
        with suppress(asyncio.CancelledError):
            await beats
