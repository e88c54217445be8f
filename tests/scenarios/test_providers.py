"""What becomes of an alert when a provider is ill."""

import asyncio

import pytest

from activities import breaker
from domain.names import Channel
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home


async def nobody_else_heard_of(alias: str, phones: Phones) -> None:
    """The news that a number is dead comes in its own time, to its owner and their manager, and is about no child."""
    await asyncio.sleep(0.15)
    assert [one.body for phone in phones.all() for one in phone.unread if alias.upper() in one.subject + one.body] == []
    phones.may_ring_on()


async def test_a_provider_that_hangs_at_the_first_rung_delays_neither_the_second_nor_found(
    home: Home, phones: Phones
) -> None:
    """Acting never waits: the hanging request comes back as data, long after the next rung has gone out."""
    home.room.simulator.fault("hang", phones["shift lead"].number, seconds=20)
    heron = await home.admit("quick")
    began = asyncio.get_running_loop().time()
    await phones["key worker"].expects("check not recorded", within=9)
    assert asyncio.get_running_loop().time() - began < 8, "the second rung did not wait for the first one's provider"
    answer = await home.check_in(heron)

    assert answer["outcome"] == "seen_late"
    phones.may_ring_on()


async def test_a_lost_answer_is_asked_for_and_not_sent_again(home: Home, phones: Phones) -> None:
    """C69: the provider took the text and its answer was lost: the phone gets it once."""
    home.room.simulator.fault("accept_then_drop", phones["shift lead"].number, count=1)
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded")
    await asyncio.sleep(1)
    await phones.nobody_else_was_disturbed()


async def test_an_undelivered_text_moves_to_the_persons_next_channel(home: Home, phones: Phones) -> None:
    """Rule 4: not at the next timer; a delivery receipt is evidence, and its absence too."""
    home.room.simulator.fault("undelivered", phones["shift lead"].number, code=30005)
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded")
    await phones["shift lead"].expects("OFFICIAL-SENSITIVE", heron.upper(), channel=Channel.EMAIL)
    await nobody_else_heard_of(heron, phones)


async def test_a_rejected_number_goes_to_e_mail_at_once(home: Home, phones: Phones) -> None:
    """C67: an address that will never work is not tried again."""
    home.room.simulator.fault("reject", phones["shift lead"].number, code=21211)
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded", channel=Channel.EMAIL)
    await nobody_else_heard_of(heron, phones)


async def test_all_texts_refused_and_all_mail_refused_moves_on_at_once(home: Home, phones: Phones) -> None:
    """Rule 3: a rung that reaches nobody is loud, and the next one fires now."""
    for address in (phones["shift lead"].number, phones["shift lead"].mailbox):
        home.room.simulator.fault("reject", address, code=21211 if address.startswith("+") else 400)
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["key worker"].expects("check not recorded")
    await phones["on-call manager"].expects("check not recorded")
    await nobody_else_heard_of(heron, phones)
    await home.recorded(heron, "rung_reached_nobody")


async def test_with_texts_down_everybody_hears_by_mail_the_record_says_so_and_texts_come_back(
    home: Home, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C66, and "SMS provider down": by the next channel in the same minute; the mode is noted with its reason."""
    monkeypatch.setattr(breaker, "ALIVE", 0.0)  # the story before this one has just been texted
    home.room.simulator.fault("throttle", seconds=1, channel="sms")
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded", channel=Channel.EMAIL)
    await home.time_passes(minutes=5)
    for label in ("key worker", "on-call manager"):
        await phones[label].expects("check not recorded", channel=Channel.EMAIL)
    await home.time_passes(minutes=5)
    await phones["registered manager"].expects(channel=Channel.EMAIL)
    phones.may_ring_on()
    (out,) = await home.recorded(heron, "channel_out")
    assert (out["data"]["channel"], out["data"]["code"]) == ("sms", 429)

    home.room.simulator.faults.clear()
    monkeypatch.setattr(breaker, "PAUSE", 0.1)
    monkeypatch.setattr(breaker, "REPEATS_PAUSE", 0.1)
    (back,) = await home.recorded(heron, "channel_back", within=30)
    assert back["data"]["channel"] == "sms"
