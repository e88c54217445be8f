"""Calls through the real `twilio` library to the simulator: what is asked for, what is found again, what is refused."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.messages import Situation
from domain.names import Template
from domain.voice import packed
from notifiers.errors import NotifierError, OutcomeUnknown, ProviderUnavailable, Undeliverable
from notifiers.interface import Notification
from notifiers.twilio_http import TimeLimits
from notifiers.voice import OURS, TRANSIENT, TwilioVoice, call_refusal
from simulator.messages import CallDetails, Message
from simulator.testing import RunningSimulator
from tests.notifiers.story import IMPATIENT_SECONDS, SHIFT_LEAD, a_text

NOWHERE = "http://127.0.0.1:9/webhooks/twilio"
HERON = packed(Situation(template=Template.CHECK_NOT_RECORDED, reference="HERON-42", at="21:30"))


def a_call(name: str = "K7QX", *, to: str = SHIFT_LEAD) -> Notification:
    """A call to the shift lead about Heron-42."""
    return replace(a_text(name, to=to), about=HERON)


def placed(simulator: RunningSimulator, to: str = SHIFT_LEAD) -> list[tuple[Message, CallDetails]]:
    """The calls to this number."""
    return [(message, message.call) for message in simulator.to(to) if message.call is not None]


def a_moment_ago() -> datetime:
    """When the first try was made."""
    return datetime.now(UTC) - timedelta(seconds=2)


@pytest.fixture
async def voice(simulator: RunningSimulator) -> AsyncIterator[TwilioVoice]:
    """The real library, pointed at the simulator, with short limits; every phone is busy and no report is made."""
    simulator.phone("busy")
    simulator.fault("no_callback")
    notifier = TwilioVoice(
        account_sid=simulator.config.account_sid,
        auth_token=simulator.config.auth_token,
        from_number=simulator.config.from_number,
        voice_url=NOWHERE + "/voice",
        status_callback_url=NOWHERE + "/call-status",
        base_url=simulator.url,
        limits=TimeLimits(send=IMPATIENT_SECONDS, find=IMPATIENT_SECONDS),
    )
    yield notifier
    await notifier.close()


async def test_a_call_is_placed(simulator: RunningSimulator, voice: TwilioVoice) -> None:
    """It names its notification, rings for half a minute, wants to know of machines, and has every step reported."""
    receipt = await voice.send(a_call())
    ((message, call),) = placed(simulator)
    assert (receipt.provider, receipt.provider_id, receipt.found) == ("twilio", message.id, False)
    assert message.id.startswith("CA")
    assert call.url == f"{NOWHERE}/voice?n=0197-K7QX&s=HERON-42.check_not_recorded.2130...#rc=3&rp=all"
    assert message.status_callback == f"{NOWHERE}/call-status?n=0197-K7QX#rc=3&rp=all"
    assert call.events == ["initiated", "ringing", "answered", "completed"]
    assert (call.ring_seconds, call.detects_machines) == (30, True)
    assert a_call().text not in str(call.requests)


async def test_a_call_about_nothing_is_not_placed(simulator: RunningSimulator, voice: TwilioVoice) -> None:
    """A phone that rings and says nothing helps nobody."""
    with pytest.raises(Undeliverable):
        await voice.send(a_text())
    assert not simulator.messages


async def test_a_number_is_required(simulator: RunningSimulator) -> None:
    """A messaging service sends texts, but can't call."""
    with pytest.raises(ValueError, match="number"):
        TwilioVoice(
            account_sid=simulator.config.account_sid,
            auth_token="x",
            from_number="",
            voice_url=NOWHERE,
            status_callback_url=NOWHERE,
        )


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (21211, Undeliverable),
        (21217, Undeliverable),
        (29999, Undeliverable),
        (20003, ProviderUnavailable),
        (21205, ProviderUnavailable),
        (21210, ProviderUnavailable),
        (10004, ProviderUnavailable),
        (20500, OutcomeUnknown),
    ],
)
async def test_a_refusal_says_who_is_at_fault(
    simulator: RunningSimulator, voice: TwilioVoice, code: int, error: type[NotifierError]
) -> None:
    """As with texts; and what only calls have condemns no number."""
    simulator.fault("reject", code=code, channel="voice")
    with pytest.raises(NotifierError) as raised:
        await voice.send(a_call())
    assert type(raised.value) is error
    assert not simulator.messages


def test_codes_of_calls_mean_one_thing() -> None:
    """No code is in both tables, and each condemns nobody."""
    assert not OURS.keys() & TRANSIENT.keys()
    assert {type(call_refusal(400, code)) for code in (OURS | TRANSIENT)} == {ProviderUnavailable}


async def test_wrong_settings_are_ours(simulator: RunningSimulator) -> None:
    """A number that is not ours, as the simulator and Twilio themselves say it."""
    voice = TwilioVoice(
        account_sid=simulator.config.account_sid,
        auth_token=simulator.config.auth_token,
        from_number="+15005550000",
        voice_url=NOWHERE,
        status_callback_url=NOWHERE,
        base_url=simulator.url,
    )
    with pytest.raises(ProviderUnavailable) as raised:
        await voice.send(a_call())
    await voice.close()
    assert raised.value.code == 21210


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_hang", "accept_then_unavailable", "garble"])
async def test_a_lost_answer_is_in_doubt_until_twilio_is_asked(
    simulator: RunningSimulator, voice: TwilioVoice, fault: str
) -> None:
    """Rule 5: a call that was accepted is found by the request that placed it, though no list shows its address."""
    simulator.fault(fault, count=1)
    simulator.phone("answer")
    with pytest.raises(OutcomeUnknown):
        await voice.send(a_call())
    receipt = await voice.find(a_call(), since=a_moment_ago())
    assert receipt is not None
    assert receipt.found
    assert receipt.provider_id == placed(simulator)[0][0].id


@pytest.mark.parametrize("fault", ["drop", "hang", "unavailable"])
async def test_a_request_that_twilio_lost_is_not_found(
    simulator: RunningSimulator, voice: TwilioVoice, fault: str
) -> None:
    """The same doubt, and the other answer: nobody's phone rings, so it is to be placed again."""
    simulator.fault(fault, count=1)
    with pytest.raises(OutcomeUnknown):
        await voice.send(a_call())
    assert await voice.find(a_call(), since=a_moment_ago()) is None


async def test_another_childs_call_to_the_same_phone_is_not_this_one(
    simulator: RunningSimulator, voice: TwilioVoice
) -> None:
    """Number and minute are the same: to take the one for the other would leave a child without a call."""
    simulator.phone("answer")
    await voice.send(a_call("ZZ99"))
    await voice.send(a_call("K7QX", to="+447700900999"))
    assert await voice.find(a_call("K7QX"), since=a_moment_ago()) is None
    assert await voice.find(a_call("ZZ99"), since=a_moment_ago()) is not None


async def test_a_call_whose_events_say_nothing_is_placed_again(simulator: RunningSimulator, voice: TwilioVoice) -> None:
    """When in doubt, ring."""
    simulator.phone("answer")
    await voice.send(a_call())
    placed(simulator)[0][1].requests.clear()
    assert await voice.find(a_call(), since=a_moment_ago()) is None


@pytest.mark.parametrize("habit", ["busy", "no_answer", "failed"])
async def test_a_call_that_reached_nobody_does_not_count_as_found(
    simulator: RunningSimulator, voice: TwilioVoice, habit: str
) -> None:
    """Accepted and then busy: the person has heard nothing."""
    simulator.phone(habit)
    await voice.send(a_call())
    await simulator.settle()
    assert await voice.find(a_call(), since=a_moment_ago()) is None


async def test_a_call_from_before_is_not_found(simulator: RunningSimulator, voice: TwilioVoice) -> None:
    """Only what was accepted since the first try counts."""
    simulator.phone("answer")
    await voice.send(a_call())
    placed(simulator)[0][0].created -= timedelta(hours=1)
    assert await voice.find(a_call(), since=a_moment_ago()) is None


@pytest.mark.parametrize("fault", ["hang", "drop", "unavailable", "throttle", "garble"])
async def test_a_question_without_an_answer_is_no_answer(
    simulator: RunningSimulator, voice: TwilioVoice, fault: str
) -> None:
    """Silence to `find` is not *not found*."""
    simulator.fault(fault, on="find")
    with pytest.raises(ProviderUnavailable):
        await voice.find(a_call(), since=a_moment_ago())


async def test_a_call_that_is_held_back_never_leaves(simulator: RunningSimulator, voice: TwilioVoice) -> None:
    """The last look, in the moment in which the request is written."""

    def too_late() -> None:
        raise RuntimeError("another worker has it")

    with pytest.raises(RuntimeError):
        await voice.send(replace(a_call(), last_look=too_late))
    assert not simulator.messages


@pytest.mark.parametrize("fault", ["reject", "throttle", "unavailable", "accept_then_drop", "hang", "garble"])
async def test_no_number_in_logs_or_errors(
    simulator: RunningSimulator, voice: TwilioVoice, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """Rule 8."""
    caplog.set_level(logging.DEBUG)
    simulator.fault(fault)
    with pytest.raises(NotifierError) as raised:
        await voice.send(a_call())
    seen = caplog.text + str(raised.value) + repr(raised.value.args) + repr(voice)
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    assert SHIFT_LEAD.removeprefix("+") not in seen
    assert simulator.config.auth_token not in seen


async def test_a_closed_channel_calls_nobody(voice: TwilioVoice) -> None:
    """A call is refused as *nothing rings*, so that another worker places it."""
    await voice.close()
    with pytest.raises(ProviderUnavailable):
        await voice.send(a_call())
