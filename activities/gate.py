"""The last look before a request leaves: is this attempt still the one that counts?

A worker that was stopped for a minute (a suspended machine, SIGSTOP) wakes up in the middle of an activity that the
server has long given to another worker. It must not send then. The monotonic clock runs on while a process is stopped.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

BEAT = 1.0
"""Seconds between heartbeats while something has yet to leave."""

RESTING_BEAT = 3.0
"""Seconds between heartbeats while it waits, and afterwards: each costs the engine as much as a text.

Its own limit is five.
"""

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
        self._waiting = 0

    @property
    def left(self) -> float:
        """Seconds in which something may still be sent."""
        return max(0.0, self._deadline - self._clock())

    def all_left(self) -> None:
        """Nothing more leaves by this attempt: nobody need know to the second that it lives."""
        self._waiting += 1

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """What is left to be sent waits for its turn: meanwhile the engine hears less often that this attempt lives."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def beat(self) -> bool:
        """The process is running; returns whether the engine is to hear of it now.

        Raises:
            Superseded: it has not been for too long.
        """
        self.check()
        now = self._beaten_at = self._clock()
        if self._waiting and now - self._told_at < RESTING_BEAT:
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
    """Heartbeat for as long as the gate is open: every second, and less often where nothing is about to leave."""

    async def beat() -> None:
        with suppress(Superseded):
            while True:
                if gate.beat():
                    heartbeat()
                await asyncio.sleep(BEAT)

    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()
        with suppress(asyncio.CancelledError):
            await beats
