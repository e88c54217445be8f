"""When many alerts come in one instant, all leave before any sits down to its bookkeeping."""

import asyncio
import time

import pytest

from activities import rush
from activities.gate import Gate
from activities.rush import Rush


class Alerts:
    """Alerts of one process, and the order in which they left and were written down."""

    def __init__(self) -> None:
        self.rush = Rush()
        self.story: list[str] = []

    async def go(self, name: str, *, takes: float) -> None:
        """One alert."""
        with self.rush.leaving():
            await asyncio.sleep(takes)
            self.story.append(f"{name} left")
        await self.rush.stand_aside()
        self.story.append(f"{name} written")

    async def tells_two(self, name: str, *, takes: float) -> None:
        """An alert for two people, the first of whom is told after some time."""
        with self.rush.leaving() as leaving:

            async def first() -> None:
                await asyncio.sleep(takes)
                self.story.append(f"{name} first")
                self.rush.first_has_left(leaving)

            async def second() -> None:
                async with self.rush.after_first_texts(Gate(patience=20, stillness=4.5)):
                    self.story.append(f"{name} second")

            await asyncio.gather(first(), second())

    async def comes_after(self, seconds: float, name: str) -> None:
        """One more."""
        await asyncio.sleep(seconds)
        await self.go(name, takes=0.06)


async def test_every_text_leaves_before_the_first_is_written_down() -> None:
    """The last child's phone rings before the first child's bookkeeping."""
    alerts = Alerts()
    await asyncio.gather(*(alerts.go(str(number), takes=number * 0.03) for number in range(1, 6)))

    assert alerts.story[:5] == ["1 left", "2 left", "3 left", "4 left", "5 left"]
    assert sorted(alerts.story[5:]) == ["1 written", "2 written", "3 written", "4 written", "5 written"]


async def test_one_that_comes_a_moment_later_is_the_same_rush() -> None:
    """The engine hands alerts out one after the other: a short gap is not the end."""
    alerts = Alerts()

    async def late() -> None:
        await asyncio.sleep(0.06 + rush.MOMENT / 3)
        await alerts.go("late", takes=0.01)

    await asyncio.gather(alerts.go("first", takes=0.02), alerts.go("second", takes=0.06), late())

    assert alerts.story.index("late left") < alerts.story.index("first written")


async def test_one_alone_waits_for_nothing() -> None:
    """Most alerts are alone."""
    alerts = Alerts()
    began = time.monotonic()
    await alerts.go("alone", takes=0)

    assert time.monotonic() - began < rush.MOMENT / 2


async def test_a_provider_that_hangs_holds_the_others_up_for_a_moment_only() -> None:
    """What became of a text has to be known soon: the next channel waits for it."""
    alerts = Alerts()
    began = time.monotonic()
    hanging = asyncio.create_task(alerts.go("hanging", takes=rush.HANGS + 0.5))
    await asyncio.sleep(0)
    await alerts.go("quick", takes=0)

    assert rush.HANGS * 0.9 < time.monotonic() - began < rush.HANGS + 0.4
    assert alerts.story == ["quick left", "quick written"]
    await hanging


async def test_one_person_is_told_about_every_child_before_a_second_one_is_about_any() -> None:
    """Of a thousand children's ladders, each is to have begun before any is complete."""
    alerts = Alerts()
    await asyncio.gather(*(alerts.tells_two(str(number), takes=number * 0.03) for number in range(1, 6)))

    assert sorted(alerts.story[:5]) == [f"{number} first" for number in range(1, 6)]
    assert sorted(alerts.story[5:]) == [f"{number} second" for number in range(1, 6)]


async def test_two_people_are_told_at_once_where_nothing_else_is_leaving() -> None:
    """The first one's provider may hang: the second hears all the same."""
    alerts = Alerts()
    hanging = asyncio.create_task(alerts.tells_two("slow", takes=0.5))
    await asyncio.sleep(0.1)

    assert alerts.story == ["slow second"]
    await hanging


async def test_a_second_person_waits_no_longer_than_the_alert_may_send() -> None:
    """Three quarters of the time that is left, at most: the rest is for the sending."""
    rushing = Rush()
    with rushing.leaving(), rushing.leaving():
        began = time.monotonic()
        async with rushing.after_first_texts(Gate(patience=0.4, stillness=4.5)):
            assert 0.25 < time.monotonic() - began < 0.4


async def test_nobody_stands_aside_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many still come: what was sent first has to be written down some time."""
    monkeypatch.setattr(rush, "LONGEST", 0.3)
    alerts = Alerts()

    async def come() -> None:
        await asyncio.gather(*(alerts.comes_after(number * 0.05, str(number)) for number in range(20)))

    coming = asyncio.create_task(come())
    await asyncio.sleep(0.05)
    began = time.monotonic()
    await alerts.go("early", takes=0)

    assert 0.25 < time.monotonic() - began < 0.8
    assert "19 left" not in alerts.story
    await coming


async def test_a_store_is_not_asked_by_all_at_once_when_the_rush_is_over() -> None:
    """Seven hundred at once would all be too late."""
    rushing = Rush()
    at_once = most = 0

    async def write() -> None:
        nonlocal at_once, most
        async with rushing.writing:
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

    await asyncio.gather(*(write() for _ in range(rush.AT_ONCE * 3)))
    assert most == rush.AT_ONCE


async def test_a_worker_keeps_room_for_those_who_still_have_to_leave() -> None:
    """Whoever finds no more room aside goes on at once."""
    alerts = Alerts()
    with alerts.rush.leaving():
        waiting = [asyncio.create_task(alerts.go(str(number), takes=0)) for number in range(rush.ASIDE + 1)]
        await asyncio.sleep(0.1)
        written = [line for line in alerts.story if line.endswith("written")]
    await asyncio.gather(*waiting)

    assert written == [f"{rush.ASIDE} written"]


async def test_a_repeat_gives_way_to_the_first_alerts_that_are_leaving() -> None:
    """C83: the first word about a child before anything that was said before, under load too."""
    alerts = Alerts()
    first = asyncio.create_task(alerts.go("first", takes=0.2))
    await asyncio.sleep(0)

    async def repeat() -> None:
        await alerts.rush.give_way()
        alerts.story.append("repeat leaves")

    await asyncio.gather(first, repeat())
    assert alerts.story.index("first left") < alerts.story.index("repeat leaves")


async def test_a_repeat_waits_neither_for_repeats_nor_for_a_first_alert_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was worth saying again."""
    monkeypatch.setattr(rush, "WAY", 0.2)
    alerts = Alerts()
    began = time.monotonic()
    with alerts.rush.leaving(urgent=False):
        await alerts.rush.give_way()
    assert time.monotonic() - began < 0.1
    with alerts.rush.leaving():
        await alerts.rush.give_way()
    assert time.monotonic() - began < 1
