"""What was last read from the store, for the minutes in which it does not answer.

A token, a person's role, a policy: while the store is locked or gone, the last known one lets a report through to the
engine. It lives in this process only, and what was never read is not made up.
"""

import asyncio
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

    def __init__(self, load: Callable[[K], Awaitable[V]]) -> None:
        """Remember what `load` returns, by its argument."""
        self._load = load
        self._kept: OrderedDict[K, V] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Remembered({len(self._kept)} entries)>"

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
        self._kept.move_to_end(key)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
