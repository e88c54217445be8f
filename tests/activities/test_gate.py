"""The last look before a request leaves."""

import asyncio

import pytest

from activities.gate import Gate, Superseded, beating


class FakeClock:
    """A monotonic clock that we move."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def test_a_worker_that_stood_still_sends_nothing_more() -> None:
    """A process stopped for a minute wakes up in the middle of an alert that another worker has long sent."""
    clock = FakeClock()
    gate = Gate(patience=20, stillness=4.5, clock=clock)
    clock.now += 4
    gate.beat()
    clock.now += 60

    with pytest.raises(Superseded):
        gate.check()
    with pytest.raises(Superseded):
        gate.beat()


def test_an_attempt_that_takes_too_long_sends_nothing_more() -> None:
    """However busy it was, the server has given up on it."""
    clock = FakeClock()
    gate = Gate(patience=20, stillness=4.5, clock=clock)
    for _ in range(19):
        clock.now += 1
        gate.beat()
    gate.check()
    clock.now += 1.1

    with pytest.raises(Superseded):
        gate.check()


async def test_it_beats_while_the_messages_are_sent() -> None:
    """The server hears of a living worker, and of nobody once the work is done."""
    beats = 0

    def heartbeat() -> None:
        nonlocal beats
        beats += 1

    async with beating(Gate(patience=20, stillness=4.5), heartbeat):
        await asyncio.sleep(0.01)
    after = beats
    await asyncio.sleep(0.01)

    assert after >= 1
    assert beats == after


def test_the_engine_hears_of_it_every_three_seconds() -> None:
    """Each heartbeat costs the engine as much as a text, and others still have theirs to send."""
    clock = FakeClock()
    gate = Gate(patience=20, stillness=3.5, clock=clock)

    told = []
    for _ in range(7):
        clock.now += 1
        told.append(gate.beat())
        gate.check()

    assert told == [False, False, True, False, False, True, False]


def test_a_worker_that_stood_still_between_two_seldom_beats_sends_nothing_more() -> None:
    """What counts is when the engine last heard of it, not when it last ran."""
    clock = FakeClock()
    gate = Gate(patience=20, stillness=3.5, clock=clock)
    clock.now += 2
    gate.beat()
    clock.now += 2.6

    with pytest.raises(Superseded):
        gate.check()
