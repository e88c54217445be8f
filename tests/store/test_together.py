"""Calls that come together: done in few transactions, each answered on its own, and none harmed by another."""

import asyncio

import pytest

from store.errors import StoreError, StoreUnavailable
from store.together import Together


class Work:
    """Doubles numbers, and remembers in which groups; a negative number is a mistake."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.go = asyncio.Event()

    async def do(self, asked: list[int]) -> list[int]:
        """A group."""
        self.groups.append(asked)
        await self.go.wait()
        if any(one < 0 for one in asked):
            raise StoreError("this can't be done")
        return [2 * one for one in asked]


async def test_what_comes_while_one_is_under_way_is_done_by_the_next() -> None:
    """The first waits for nothing; two hundred behind it are two transactions, and each hears its own answer."""
    work = Work()
    together = Together(work.do)
    calls = [asyncio.create_task(together(n, {n}, timeout=5)) for n in range(200)]
    await asyncio.sleep(0)
    work.go.set()
    assert await asyncio.gather(*calls) == [2 * n for n in range(200)]
    assert len(work.groups) <= 3


async def test_two_that_touch_the_same_are_never_in_one_group_and_keep_their_order() -> None:
    """Two claims of one message: the second must see the first."""
    work = Work()
    together = Together(work.do)
    calls = [asyncio.create_task(together(n, {"heron"}, timeout=5)) for n in (1, 2, 3)]
    calls.append(asyncio.create_task(together(9, {"wren"}, timeout=5)))
    await asyncio.sleep(0)
    work.go.set()
    await asyncio.gather(*calls)
    assert work.groups == [[1, 9], [2], [3]]


async def test_what_is_wrong_with_one_is_wrong_with_that_one_only() -> None:
    """The others of its group are done all the same."""
    work = Work()
    work.go.set()
    together = Together(work.do)
    calls = [asyncio.create_task(together(n, {n}, timeout=5)) for n in (5, -1, 7)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert (answers[0], answers[2]) == (10, 14)
    assert isinstance(answers[1], StoreError)


async def test_a_caller_waits_no_longer_than_it_said_and_the_others_go_on() -> None:
    """An alert does not wait for a store that hangs."""
    work = Work()
    together = Together(work.do)
    patient = asyncio.create_task(together(2, {2}, timeout=5))
    with pytest.raises(StoreUnavailable):
        await together(1, {1}, timeout=0.02)
    work.go.set()
    assert await patient == 4


async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    """Whoever gave up before their turn came has acted without it."""
    work = Work()
    together = Together(work.do)
    first = asyncio.create_task(together(1, {1}, timeout=5))
    while not work.groups:  # noqa: ASYNC110 - one turn of the loop, or two
        await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable):
        await together(2, {2}, timeout=0.01)
    work.go.set()
    await first
    await asyncio.sleep(0)
    assert work.groups == [[1]]
