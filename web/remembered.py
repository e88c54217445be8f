"""What was last read from the store, for the minutes in which it does not answer.

A token, a person's role, a policy: while the store is locked or gone, the last known one lets a report through to the
engine. It lives in this process only, and what was never read is not made up.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from store.errors import StoreUnavailable

PATIENCE = 1.0
"""Seconds that a person's report waits for the store."""

MOST = 4096
"""Entries kept of one kind; the longest unused goes first."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """A reading of the store that falls back on what it was told last."""

    def __init__(self, load: Callable[[K], Awaitable[V]], *, fresh_for: float = 0.0) -> None:
        """Remember what `load` returns, by its argument; for so many seconds it is not asked again."""
        self._load = load
        self._fresh_for = fresh_for
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._read_at: dict[K, float] = {}

    def __repr__(self) -> str:
        return f"<Remembered({len(self._kept)} entries)>"

    async def lately(self, key: K, enough: Callable[[V], bool]) -> V:
        """What the store said a moment ago, if that is enough; else as `get`. For what is asked with every tap.

        Raises:
            StoreUnavailable: it does not answer, and has never said.
        """
        if time.monotonic() - self._read_at.get(key, -self._fresh_for) < self._fresh_for and enough(self._kept[key]):
            return self._kept[key]
        return await self.get(key)

    def forget(self) -> None:
        """Something was changed here: ask again."""
        self._read_at.clear()

    async def get(self, key: K) -> V:
        """What the store says now, or what it said last.

        Raises:
            StoreUnavailable: it does not answer, and has never said.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                value = await self._load(key)
        except (StoreUnavailable, TimeoutError):
            if key not in self._kept:
                raise StoreUnavailable("the store did not answer in time") from None
            return self._kept[key]
        self._keep(key, value)
        return value

    def _keep(self, key: K, value: V) -> None:
        self._kept[key] = value
        self._read_at[key] = time.monotonic()
        self._kept.move_to_end(key)
        while len(self._kept) > MOST:
            oldest, _ = self._kept.popitem(last=False)
            self._read_at.pop(oldest, None)
