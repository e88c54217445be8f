"""Phases on the real parts: entered by two, watched as on arrival after any return, moved on by two and not by time."""

from datetime import datetime, timedelta

import pytest

from tests.scenarios.phones import Phones
from tests.scenarios.story import Home, Refused


async def settled_child(home: Home) -> str:
    """A child of medium risk who has lived here for forty days."""
    return await home.admit(
        policy=None,
        phase="settled",
        risk="medium",
        arrived_at=(home.room.clock() - timedelta(days=40)).isoformat(),
        second_person=home.phones["social worker"].person_id,
        child={"date_of_birth": "2011-04-17"},
    )


async def found_by_two(home: Home, episode: str) -> None:
    """The child is back: two people say so."""
    for person in ("shift lead", "social worker"):
        await home.post(f"/episodes/{episode}/returned", {"seen_at": home.now(), "how_known": "in the hall"}, by=person)


async def test_after_a_return_arrival_begins_again_for_72_hours_at_least(home: Home, phones: Phones) -> None:
    """The ladder that is longest for a settled child is the shortest one as soon as they are back."""
    heron = await settled_child(home)
    before = await home.get(f"/placements/{heron}")
    assert (before["phase"], before["risk"], before["policy_id"]) == ("settled", "medium", "settled-medium")
    answer = await home.check_in(heron, "not_here")
    await found_by_two(home, answer["episode_id"])
    after = await home.get(f"/placements/{heron}")

    assert (after["phase"], after["risk"], after["policy_id"]) == ("arrival", "high", "arrival-high")
    due_in = datetime.fromisoformat(after["next_due_at"]) - home.room.clock()
    assert timedelta(minutes=29) < due_in <= timedelta(minutes=30)

    onward = {"phase": "settling", "reason": "review", "second_person": phones["social worker"].person_id}
    with pytest.raises(Refused, match="72 hours"):
        await home.post(f"/placements/{heron}/plan", onward, by="registered manager")
    back_by = home.room.clock() + timedelta(hours=80)
    await home.post(
        f"/placements/{heron}/absences", {"back_by": back_by.isoformat(), "where": "with the social worker"}
    )
    await home.time_passes(minutes=73 * 60)
    with pytest.raises(Refused, match="manager of the home"):
        await home.post(f"/placements/{heron}/plan", onward, by="shift lead")
    await home.post(f"/placements/{heron}/plan", onward, by="registered manager")
    settling = await home.get(f"/placements/{heron}")

    assert (settling["phase"], settling["risk"], settling["policy_id"]) == ("settling", "high", "arrival-medium")
    changes = await home.recorded(heron, "plan_changed", times=2)
    assert changes[0]["data"]["reason"] == "the child is back: arrival begins again"
    assert changes[1]["data"]["second_person"] == phones["social worker"].person_id
    phones.may_ring_on()  # the tasks after a return are another story


async def test_a_child_under_12_is_watched_one_ladder_closer_from_the_first_minute(home: Home) -> None:
    """Medium risk on arrival, eleven years old: the ladder for high risk."""
    born = (home.room.clock() - timedelta(days=11 * 365)).date().isoformat()
    heron = await home.admit(policy=None, risk="medium", child={"date_of_birth": born})
    found = await home.get(f"/placements/{heron}")

    assert (found["policy_id"], found["closer_watch"]) == ("arrival-high", True)
