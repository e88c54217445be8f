"""Keeps the parts running: starts them, brings back one that dies, stops all in order."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from cli.part import Child, Part, PartFailed

Say = Callable[[str], None]
HEALTHY_AFTER = 60.0
"""A part that has run this long starts again with the first pause, in seconds."""


class Supervisor:
    """A handful of child processes. It never gives up on one that was ready once."""

    def __init__(self, directory: Path, *, say: Say, first_pause: float = 0.5, longest_pause: float = 30.0) -> None:
        self._logs, self._pids = directory / "logs", directory / "run"
        for needed in (self._logs, self._pids):
            needed.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._say = say
        self._first_pause, self._longest_pause = first_pause, longest_pause
        self._children: list[Child] = []
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self, *parts: Part) -> None:
        """Start these together and wait for all; they are stopped in the reverse of the order given.

        Raises:
            PartFailed: one did not come up; what did come up still runs, until `stop`.
        """
        children = [Child(part, logs=self._logs, pids=self._pids) for part in parts]
        self._children += children
        try:
            async with asyncio.TaskGroup() as together:
                for child in children:
                    together.create_task(self._first_start(child))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        self._keepers += [asyncio.create_task(self._keep(child)) for child in children]

    async def stop(self) -> None:
        """Stop all, the last started first, each with its own time to finish. Safe to call at any moment."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        while self._children:
            child = self._children[-1]
            await child.stop()
            self._children.pop()
            self._say(f"{child.part.name} stopped")

    def kill(self) -> None:
        """End all at once: somebody is in a hurry."""
        for child in self._children:
            child.kill()

    async def trim_logs(self, every: float = 60.0) -> None:
        """For ever: keep the logs from filling the disk."""
        while True:
            await asyncio.sleep(every)
            for child in self._children:
                with contextlib.suppress(OSError):
                    child.trim_log()

    async def _first_start(self, child: Child) -> None:
        seconds = await child.start()
        self._say(f"{child.part.name} … ready in {seconds:.1f} s")

    async def _keep(self, child: Child) -> None:
        """Bring a part back whenever it ends, with longer pauses while it keeps ending."""
        name, pause, since = child.part.name, self._first_pause, time.monotonic()
        while True:
            how = await child.ended()
            if time.monotonic() - since > HEALTHY_AFTER:
                pause = self._first_pause
            self._say(f"{name} died ({how}); starting it again in {pause:g} s. Log: {child.log}")
            await asyncio.sleep(pause)
            since = time.monotonic()
            while not await self._restarted(child):
                pause = min(pause * 2, self._longest_pause)
                await asyncio.sleep(pause)
            pause = min(pause * 2, self._longest_pause)

    async def _restarted(self, child: Child) -> bool:
        try:
            seconds = await child.start()
        except PartFailed as failure:
            self._say(f"{failure}; trying again")
            await child.stop()
            return False
        self._say(f"{child.part.name} … ready again in {seconds:.1f} s")
        return True
