"""What was said before waits until a phone has had some rest, and then comes as one text."""

import asyncio
from datetime import timedelta

import pytest

from activities import throttle
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home


async def test_what_is_said_again_of_three_children_is_one_text_a_minute_later(
    home: Home, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C68, C83: three first messages at once, none held back; said again they wait, and one text names all three."""
    monkeypatch.setattr(throttle, "GATHER", 3.0)  # each child's time is skipped on its own
    people = [phones["shift lead"], phones["key worker"]]
    children = [await home.admit() for _ in range(3)]
    for child in children:
        await home.check_in(child, "seen_concern")
        for phone in people:
            await phone.expects(child.upper(), "the carer is worried")
    await home.time_passes(seconds=5)
    for child in children:
        await home.check_in(child, "seen_concern")
    await home.settles()
    step = timedelta(minutes=1)
    await asyncio.gather(*(home.room.env.fast_forward(home.handle(child), step) for child in children))
    home.room.clock.skipped += step

    for phone in people:
        await phone.expects("worried about each", *children, within=12)
    for child in children:
        held = await home.recorded(child, "message_held", skipping=False)
        assert {fact["data"]["message"] for fact in held} == {"concern"}
    await phones.nobody_else_was_disturbed()


async def test_that_it_is_over_waits_for_nothing(home: Home, phones: Phones) -> None:
    """Three children, one telephone: each alarm and each end of it in the same minute, none held back."""
    children = [await home.admit() for _ in range(3)]
    await home.let_check_in_lapse(children[0])
    for _ in children:
        await phones["shift lead"].expects("check not recorded")
    await home.time_passes(seconds=5)
    for child in children:
        assert (await home.check_in(child))["outcome"] == "seen_late"
        await phones["shift lead"].expects(child.upper(), "stand down")


async def test_the_engine_itself_hands_out_first_alerts_first(home: Home, phones: Phones) -> None:
    """C83: the first alert about a child who has just arrived has the highest priority; its end, the lowest."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded")
    await home.check_in(heron)
    await phones["shift lead"].expects("stand down")

    scheduled = [event.activity_task_scheduled_event_attributes for event in await home.history(heron)]
    alerts = [one.priority.priority_key for one in scheduled if one.activity_type.name == "alert"]
    assert alerts[0] == 1
    assert set(alerts[1:]) == {5}
