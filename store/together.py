"""Calls that come together are done together: one transaction for all that has come while the last one was under way.

Two hundred checks that fall overdue in one instant are two hundred alerts, and each has to write before it sends. One
after the other, the last would wait so long that it had to send without its claim. Alone, a call waits for nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from store.errors import StoreUnavailable

MOST = 100
"""Calls in one transaction."""

PATIENCE = 2.0
"""Seconds that a transaction of many may take: whoever waits for one of them gives up sooner."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class _Call(Generic[T, R]):
    """Something that is asked, what it touches, and who waits for the answer."""

    asked: T
    touches: frozenset[Hashable]
    answer: "asyncio.Future[R]"


class Together(Generic[T, R]):
    """Does what is asked in groups. Two that touch the same are never in one group: their order counts."""

    def __init__(self, do: Callable[[list[T]], Awaitable[list[R]]]) -> None:
        """`do` does all of a group, or nothing, and answers in the group's order."""
        self._do = do
        self._waiting: list[_Call[T, R]] = []
        self._working: asyncio.Task[None] | None = None

    async def __call__(self, asked: T, touches: Iterable[Hashable], *, timeout: float | None) -> R:
        """Do this, with whatever else waits.

        Raises:
            StoreUnavailable: it was not done within `timeout` seconds; it may still be done later.
            StoreError: it could not be done.
        """
        call = _Call[T, R](asked, frozenset(touches), asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        try:
            async with asyncio.timeout(timeout):
                return await call.answer
        except TimeoutError:
            raise StoreUnavailable("the store did not answer in time") from None

    async def _work(self) -> None:
        while self._waiting:
            if group := self._next():
                await self._do_all(group)

    def _next(self) -> list[_Call[T, R]]:
        """The next group: the oldest calls that somebody still waits for and that do not touch the same."""
        group: list[_Call[T, R]] = []
        later: list[_Call[T, R]] = []
        touched: set[Hashable] = set()
        for call in self._waiting:
            if call.answer.done():
                continue
            (later if len(group) == MOST or not touched.isdisjoint(call.touches) else group).append(call)
            touched |= call.touches
        self._waiting = later
        return group

    async def _do_all(self, group: list[_Call[T, R]]) -> None:
        try:
            answers = await self._do([call.asked for call in group])
        except Exception as error:  # noqa: BLE001 - it is raised again, where the call is waited for
            if len(group) == 1:
                _fail(group[0], error)
                return
            # What is wrong with one call is not to be wrong with the others: each once more, on its own.
            for call in group:
                if not call.answer.done():
                    await self._do_all([call])
            return
        for call, answer in zip(group, answers, strict=True):
            if not call.answer.done():
                call.answer.set_result(answer)


def _fail(call: _Call[T, R], error: Exception) -> None:
    if not call.answer.done():
        call.answer.set_exception(error)
