"""An exercise on the real parts: real phones, the same timers, and nobody outside the home hears of it."""

import pytest

from domain.names import Role
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home, Refused

OUTSIDE = (Role.POLICE, Role.HOST_AUTHORITY, Role.NEIGHBOURING_AUTHORITY)
PLACING = (Role.SOCIAL_WORKER, Role.EMERGENCY_DUTY_TEAM, Role.PLACING_AUTHORITY, Role.HEAD_OF_SERVICE)


async def test_an_exercise_rings_the_home_and_its_observer_and_nobody_outside(home: Home, phones: Phones) -> None:
    """The whole climb: every message says EXERCISE, the police's phone stays silent, and the report is right."""
    alias = await home.exercise(scenario="not_here", lasts="PT70M", policy_id="arrival-high")
    text = await phones["shift lead"].expects("EXERCISE", alias.upper())
    assert "you have it until" in await text.replies("Y CODE")
    await home.time_passes(minutes=35)
    await home.time_passes(minutes=30)
    said = await home.get(f"/exercises/{alias}")
    await home.post(f"/exercises/{alias}/end", {"reason": "seen enough"}, by="on-call manager")
    await home.recorded(alias, "stood_down")

    heard = {phone.role: phone.reads_everything() for phone in phones.all()}
    for role in (*OUTSIDE, *PLACING):
        assert heard[role] == [], role
    every = [message for messages in heard.values() for message in messages]
    assert all(one.body.startswith("EXERCISE") for one in every)
    assert not [one.body for one in every if "999" in one.body or "Ring police" in one.body]
    assert any("You play the police" in one.body for one in heard[Role.OBSERVER])
    assert any("The exercise is over" in one.body for one in heard[Role.SHIFT_LEAD])

    lead = next(one for one in said["people"] if one["person_id"] == phones["shift lead"].person_id)
    assert lead["answer"] == "taken"
    assert lead["answered_after_seconds"] < 60
    assert {one["channel"] for one in lead["messages"]} >= {"sms"}
    assert all(one["fired_at"] for one in said["rungs"][:2])
    assert {one["what"] for one in said["failures"]} <= {"nobody_answered", "rung_late"}
    assert "nobody_answered" in {one["what"] for one in said["failures"]}
    after = await home.get(f"/exercises/{alias}")
    assert after["ended_because"] == "seen enough"


async def test_an_exercise_ends_by_itself(home: Home, phones: Phones) -> None:
    """Nobody has to remember it: at its time everyone who was alerted hears that it is over, once."""
    alias = await home.exercise(scenario="missed_check", lasts="PT10M", policy_id="arrival-high")
    await home.time_passes(minutes=6)
    await phones["shift lead"].expects("EXERCISE", "check not recorded")
    await home.time_passes(minutes=5)
    await home.recorded(alias, "exercise_ended", skipping=False)
    await phones["shift lead"].expects_among_others("exercise", "the exercise is over")
    for phone in phones.all():
        texts = [one.body for one in phone.reads_everything() if one.to == phone.number]
        assert sum("The exercise is over" in text for text in texts) <= 1
    await phones.nobody_else_was_disturbed()


async def test_a_home_that_looks_for_a_child_begins_no_exercise_and_stops_one(home: Home, phones: Phones) -> None:
    """A real child comes first, before and during: the exercise is stood down at its next message."""
    alias = await home.exercise(scenario="missed_check", lasts="PT1H", policy_id="arrival-high")
    with pytest.raises(Refused) as second:
        await home.exercise(policy_id="arrival-high")
    assert second.value.status == 409
    heron = await home.admit()
    await home.check_in(heron, "not_here")
    await phones["shift lead"].expects(heron.upper())
    await home.recorded(heron, "message_accepted", skipping=False)
    for phone in phones.all():
        phone.reads_everything()
    with pytest.raises(Refused) as refused:
        await home.exercise(policy_id="arrival-high")

    assert refused.value.status == 409
    await home.time_passes(minutes=6)
    (ended,) = await home.recorded(alias, "exercise_ended")
    assert ended["data"]["reason"] == "a real child at this home comes first"
    assert not [one for one in phones["shift lead"].unread if alias.upper() in one.body]
    phones.may_ring_on()  # the real child's ladder is another story


async def test_exercises_are_for_managers_and_need_an_observer(home: Home, phones: Phones) -> None:
    """A shift lead starts none, a neighbour reads none, and without an observer nobody would play the police."""
    with pytest.raises(Refused) as lead:
        await home.exercise(by="shift lead", policy_id="arrival-high")
    with pytest.raises(Refused) as police:
        await home.exercise(by="police", policy_id="arrival-high")
    assert (lead.value.status, police.value.status) == (403, 403)

    other = await Home(home.room).open(without=(Role.OBSERVER,))
    with pytest.raises(Refused) as nobody:
        await other.exercise(policy_id="arrival-high")
    await other.close()
    assert nobody.value.fields == ["home_id"]
    await phones.nobody_else_was_disturbed()
