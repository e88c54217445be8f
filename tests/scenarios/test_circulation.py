"""A circular to the authorities next door: told, acknowledged, chased, called back; or held until somebody approves."""

import pytest

from domain.names import Channel
from simulator.phone_line import Habit
from tests.scenarios.phones import Phone, Phones
from tests.scenarios.story import Home, Refused

DESCRIPTION = "Slim, 160 cm, short black hair, grey hooded jacket, white trainers"
FORBIDDEN = ("gooseberry", "traffick", "placement", "home", "nationality", "exercise")


async def gone(home: Home, policy: str, risk: str = "high") -> tuple[str, str]:
    """A child who has been reported not here: alias and episode."""
    alias = await home.admit(policy, risk=risk)
    answer = await home.check_in(alias, "not_here")
    return alias, answer["episode_id"]


async def found(home: Home, episode: str) -> None:
    """Two people have seen the child."""
    for by in ("shift lead", "key worker"):
        await home.post(f"/episodes/{episode}/returned", {"seen_at": home.now(), "how_known": "seen"}, by=by)


def texts(phone: Phone) -> list[str]:
    """What has come to this desk since it was last looked at."""
    return [f"{one.subject}\n{one.body}" for one in phone.reads_everything()]


async def test_two_neighbours_are_told_one_acknowledges_the_other_is_chased_and_both_are_called_back(
    home: Home, phones: Phones
) -> None:
    """Out-of-area placement with two neighbours, at high risk: approved beforehand, so it leaves at half an hour.

    A text holds a reference, the e-mail what 6.6 allows and no more. Found: each hears so on the same channels.
    """
    first, second = phones["neighbouring authority"], await home.second_neighbour()
    heron, episode = await gone(home, "arrival-high")
    described = await home.post(
        f"/episodes/{episode}/circulation", {"description": DESCRIPTION, "age_band": "13_to_15"}
    )
    assert described["outcome"] == "kept"
    await home.time_passes(minutes=29)
    assert (first.unread, second.unread) == ([], [])

    await home.time_passes(minutes=1, seconds=5)
    await home.broadcast(heron)
    text = await first.expects(heron.upper(), "next area asks you to look out", "secure mail")
    await second.expects(heron.upper(), "next area asks you to look out")
    for phone in (first, second):
        mail = await phone.expects("OFFICIAL-SENSITIVE", DESCRIPTION, "13 to 15", "high", channel=Channel.EMAIL)
        assert [word for word in FORBIDDEN if word in mail.message.body.lower()] == []
    assert DESCRIPTION.split(",", maxsplit=1)[0] not in text.message.body
    circulated = (await home.recorded(heron, "circulated", skipping=False))[0]
    assert (len(circulated["data"]["authorities"]), circulated["data"]["messages"]) == (2, 4)

    assert "acknowledged" in (await text.replies("Y CODE")).lower()
    await home.recorded(heron, "circulation_acknowledged", skipping=False)
    await home.broadcast_knows(home.broadcasts[-1])
    await home.time_passes(minutes=15)
    chased = (await home.recorded(heron, "circulation_not_acknowledged", skipping=False))[0]
    assert chased["data"]["authorities"] == [home.neighbours[1].name]
    assert len([one for one in texts(second) if "not acknowledged" in one]) == 2
    assert first.unread == []

    await found(home, episode)
    cancelled = (await home.recorded(heron, "circulation_cancelled", skipping=False))[0]
    assert (len(cancelled["data"]["authorities"]), cancelled["data"]["messages"]) == (2, 4)
    for phone in (first, second):
        for channel in (Channel.SMS, Channel.EMAIL):
            await phone.expects("circular cancelled", "destroy", channel=channel)
    phones.may_ring_on()  # the home's own people are another story


async def test_nothing_leaves_at_medium_risk_before_somebody_has_approved_it(home: Home, phones: Phones) -> None:
    """One approval by a manager, the duty team or the police; a shift lead describes, and does not decide."""
    neighbour = phones["neighbouring authority"]
    heron, episode = await gone(home, "arrival-medium", "medium")
    await home.time_passes(minutes=95)
    assert neighbour.unread == []
    path = f"/episodes/{episode}/circulation"
    with pytest.raises(Refused) as refused:
        await home.post(path, {"description": "Trafficked from a home in LS1 4AP"})
    assert refused.value.fields == ["description"]
    described = await home.post(path, {"description": DESCRIPTION})
    assert described["outcome"] == "awaits_approval"
    await home.time_passes(minutes=5)
    assert neighbour.unread == []

    approved = await home.post(path, {}, by="emergency duty team")
    assert approved["outcome"] == "circulated"
    await home.broadcast(heron)
    await neighbour.expects("next area asks you to look out")
    await neighbour.expects(DESCRIPTION, channel=Channel.EMAIL)
    await home.recorded(heron, "circulation_approved", skipping=False)
    await home.recorded(heron, "circulated", skipping=False)
    seen = (await home.get(f"/episodes/{episode}"))["circulation"]
    assert [(one["name"], one["acknowledged_at"]) for one in seen["desks"]] == [(home.neighbours[0].name, None)]

    by_telephone = {"desk": seen["desks"][0]["key"]}
    rung = await home.post(f"{path}/acknowledgements", by_telephone, by="key worker")
    assert rung["outcome"] == "acknowledged"
    await home.broadcast_knows(home.broadcasts[-1])
    await home.time_passes(minutes=61)
    assert neighbour.unread == []
    phones.may_ring_on()


async def test_a_circular_expires_after_three_days_and_can_be_sent_anew(home: Home, phones: Phones) -> None:
    """Whoever has it hears that it is to be destroyed; the child is still looked for, and a second one is a new one."""
    neighbour = phones["neighbouring authority"]
    heron, episode = await gone(home, "arrival-high")
    path = f"/episodes/{episode}/circulation"
    await home.post(path, {"description": DESCRIPTION}, by="on-call manager")
    await home.broadcast(heron)
    await neighbour.expects("next area asks")
    await neighbour.expects(DESCRIPTION, channel=Channel.EMAIL)
    await home.recorded(heron, "circulated", skipping=False)
    await home.responds(episode, "take", by="neighbouring authority")
    await home.recorded(heron, "circulation_acknowledged", skipping=False)
    await home.broadcast_knows(home.broadcasts[-1])  # its clock alone runs on for three days now
    handle = home.room.client.get_workflow_handle(home.broadcasts.pop())
    await home.room.env.fast_forward(handle, 72 * 3600 + 5)
    await home.recorded(heron, "circulation_expired", skipping=False)
    await neighbour.expects("expired after three days")
    await neighbour.expects("expired after three days", channel=Channel.EMAIL)
    assert neighbour.unread == []

    again = await home.post(path, {}, by="on-call manager")
    assert again["outcome"] == "circulated"
    await home.broadcast(heron, 2)
    await neighbour.expects("next area asks")
    await found(home, episode)
    await home.recorded(heron, "circulation_cancelled", skipping=False)
    phones.may_ring_on()


async def test_a_circular_that_turns_out_to_be_lost_goes_another_way(home: Home, phones: Phones) -> None:
    """Accepted, and then the text is undelivered and the mail bounces: the desk's telephone rings; all is recorded."""
    neighbour = phones["neighbouring authority"]
    await neighbour.can_be_rung(Habit.ANSWER, "1")
    lose_everything_written(home, neighbour)
    heron, episode = await gone(home, "arrival-high")
    await home.post(f"/episodes/{episode}/circulation", {"description": DESCRIPTION}, by="on-call manager")
    await home.broadcast(heron)
    await neighbour.expects("next area asks")
    await neighbour.expects(DESCRIPTION, channel=Channel.EMAIL)
    await neighbour.is_rung("next area asks")

    await home.recorded(heron, "circulation_acknowledged", skipping=False)
    circulated = (await home.recorded(heron, "circulated", times=2, skipping=False))[-1]
    assert (circulated["data"]["authorities"], circulated["data"]["messages"]) == ([home.neighbours[0].name], 1)
    failed = await home.recorded(heron, "message_failed", times=2, skipping=False)
    lost = [(one["data"]["person"], one["data"]["channel"]) for one in failed]
    assert {(neighbour.person_id, "sms"), (neighbour.person_id, "email")} <= set(lost)
    phones.may_ring_on()


async def test_that_a_circular_is_over_goes_another_way_too_and_is_counted(home: Home, phones: Phones) -> None:
    """Nobody next door is left looking, or keeps what they were sent, because a text was lost."""
    neighbour = phones["neighbouring authority"]
    await neighbour.can_be_rung(Habit.ANSWER)
    heron, episode = await gone(home, "arrival-high")
    await home.post(f"/episodes/{episode}/circulation", {"description": DESCRIPTION}, by="on-call manager")
    await home.broadcast(heron)
    await neighbour.expects("next area asks")
    await neighbour.expects(DESCRIPTION, channel=Channel.EMAIL)
    await home.recorded(heron, "circulated", skipping=False)
    lose_everything_written(home, neighbour)
    await found(home, episode)
    await neighbour.expects("circular cancelled")
    await neighbour.expects("circular cancelled", channel=Channel.EMAIL)
    await neighbour.is_rung("circular cancelled")

    cancelled = (await home.recorded(heron, "circulation_cancelled", times=2, skipping=False))[-1]
    assert (cancelled["data"]["authorities"], cancelled["data"]["messages"]) == ([home.neighbours[0].name], 3)
    assert not cancelled["data"].get("unreached")
    phones.may_ring_on()


def lose_everything_written(home: Home, phone: Phone) -> None:
    """From now on its texts are accepted and then not delivered, and its mail bounces."""
    home.room.simulator.fault("undelivered", phone.number, channel="sms", code=30003)
    home.room.simulator.fault("undelivered", phone.mailbox, channel="email")
