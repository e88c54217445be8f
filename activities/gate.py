"""The last look before a request leaves: is this attempt still the one that counts?

A worker that was stopped for a minute (a suspended machine, SIGSTOP) wakes up in the middle of an activity that the
server has long given to another worker. It must not send then. The monotonic clock runs on while a process is stopped.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

BEAT = 1.0
"""Seconds between heartbeats while something has yet to leave."""

RESTING_BEAT = 3.0
"""Seconds between heartbeats afterwards: each costs the engine as much as a text, and its own limit is five."""


class Superseded(Exception):  # noqa: N818 - it is a state
    """This attempt took too long, or stood still: another one has the task now. Nothing was sent after this."""


class Gate:
    """Open while this attempt counts."""

    def __init__(self, *, patience: float, stillness: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`patience`: seconds the attempt may take in all. `stillness`: seconds it may go without a heartbeat."""
        self._clock = clock
        self._deadline = clock() + patience
        self._stillness = stillness
        self._beaten_at = clock()
        self._told_at = float("-inf")
        self._all_left = False

    @property
    def left(self) -> float:
        """Seconds in which something may still be sent."""
        return max(0.0, self._deadline - self._clock())

    def all_left(self) -> None:
        """Nothing more leaves by this attempt: nobody need know to the second that it lives."""
        self._all_left = True

    def is_to_tell(self) -> bool:
        """Whether the engine is to hear now that this attempt lives."""
        now = self._clock()
        if self._all_left and now - self._told_at < RESTING_BEAT:
            return False
        self._told_at = now
        return True

    def beat(self) -> None:
        """The process is running.

        Raises:
            Superseded: it has not been for too long.
        """
        self.check()
        self._beaten_at = self._clock()

    def check(self) -> None:
        """Look once more, immediately before a request leaves.

        Raises:
            Superseded: this attempt no longer counts.
        """
        now = self._clock()
        if now >= self._deadline or now - self._beaten_at > self._stillness:
            raise Superseded


@asynccontextmanager
async def beating(gate: Gate, heartbeat: Callable[[], None]) -> AsyncIterator[None]:
    """Heartbeat for as long as the gate is open: every second, and less often once all has left."""

    async def beat() -> None:
        with suppress(Superseded):
            while True:
                gate.beat()
                if gate.is_to_tell():
                    heartbeat()
                await asyncio.sleep(BEAT)

    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()
        with suppress(asyncio.CancelledError):
            await beats
