"""What was said before waits until a phone has had some rest, and then comes as one text."""

import asyncio
from datetime import timedelta

import pytest

from activities import throttle
from tests.scenarios.story import Home, Phones


async def test_three_children_who_are_back_are_one_text_a_minute_later(
    home: Home, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C68, C83: three first alerts at once, none held back; that it is over is one text naming all three."""
    monkeypatch.setattr(throttle, "GATHER", 3.0)  # each child's time is skipped on its own
    children = [await home.admit() for _ in range(3)]
    await home.let_check_in_lapse(children[0])
    for _ in children:
        await phones["shift lead"].expects("check not recorded")
    await home.time_passes(seconds=5)
    for child in children:
        assert (await home.check_in(child))["outcome"] == "seen_late"
    step = timedelta(minutes=1)
    await asyncio.gather(*(home.room.env.fast_forward(home.handle(child), step) for child in children))
    home.room.clock.skipped += step

    await phones["shift lead"].expects("stand down for each", *children, within=12)
    for child in children:
        (held,) = await home.recorded(child, "message_held")
        assert held["data"]["message"] == "stand_down"
        assert [fact["data"]["people"] for fact in await home.recorded(child, "stood_down")] == [1]
    await phones.nobody_else_was_disturbed()


async def test_the_engine_itself_hands_out_first_alerts_first(home: Home, phones: Phones) -> None:
    """C83: the first alert about a child who has just arrived has the highest priority; its end, the lowest."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded")
    await home.check_in(heron)
    await home.time_passes(minutes=1, seconds=1)
    await phones["shift lead"].expects("stand down")

    scheduled = [event.activity_task_scheduled_event_attributes for event in await home.history(heron)]
    alerts = [one.priority.priority_key for one in scheduled if one.activity_type.name == "alert"]
    assert alerts[0] == 1
    assert set(alerts[1:]) == {5}
