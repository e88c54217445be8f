"""Texts through the real `twilio` library to the simulator: what is sent, what is asked, what comes back."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from notifiers.errors import OutcomeUnknown, ProviderUnavailable, Undeliverable
from notifiers.sms import TwilioSms, validity
from notifiers.twilio_codes import AMBIGUOUS, OURS, PERMANENT, TRANSIENT, refusal
from notifiers.twilio_http import TimeLimits
from simulator.testing import RunningSimulator
from tests.notifiers.story import IMPATIENT_SECONDS, SHIFT_LEAD, a_host_that_does_not_answer, a_text

HTTP_STATUS = {20429: 429, 20500: 500}
"""What is decided by the status alone."""


def a_moment_ago() -> datetime:
    """When the first try was made."""
    return datetime.now(UTC) - timedelta(seconds=2)


async def test_a_text_reaches_the_phone(simulator: RunningSimulator, sms: TwilioSms) -> None:
    """The receipt names the message that Twilio has; it expires with its rung and reports to its own address."""
    receipt = await sms.send(a_text())
    (text,) = simulator.to(SHIFT_LEAD)
    assert (receipt.provider, receipt.provider_id, receipt.found) == ("twilio", text.id, False)
    assert text.body == a_text().text
    assert text.sender == simulator.config.from_number
    assert text.validity_seconds == 300
    assert text.status_callback.startswith("http://127.0.0.1:9/webhooks/twilio/message-status?n=0197-K7QX")


async def test_a_messaging_service_can_be_the_sender(simulator: RunningSimulator) -> None:
    """An installation that owns a pool of senders names the pool."""
    service = "MG" + "1" * 32
    sms = TwilioSms(
        account_sid=simulator.config.account_sid,
        auth_token=simulator.config.auth_token,
        messaging_service_sid=service,
        base_url=simulator.url,
    )
    await sms.send(a_text())
    await sms.close()
    assert simulator.to(SHIFT_LEAD)[0].messaging_service == service


def test_a_sender_is_required() -> None:
    """A channel that could never send is refused at start-up, not at three in the morning."""
    with pytest.raises(ValueError, match="sender"):
        TwilioSms(account_sid="AC", auth_token="t")


@pytest.mark.parametrize(
    ("valid_for", "seconds"),
    [(timedelta(0), 1), (timedelta(seconds=90, milliseconds=900), 90), (timedelta(days=2), 36_000)],
)
def test_validity_stays_within_what_twilio_accepts(valid_for: timedelta, seconds: int) -> None:
    """Outside of 1 s to 10 h Twilio would refuse the text (90007)."""
    assert validity(valid_for) == seconds


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (21211, Undeliverable),
        (21214, Undeliverable),
        (21217, Undeliverable),
        (21408, Undeliverable),
        (21610, Undeliverable),
        (21612, Undeliverable),
        (21614, Undeliverable),
        (21617, Undeliverable),
        (30004, Undeliverable),
        (30005, Undeliverable),
        (30006, Undeliverable),
        (29999, Undeliverable),
        (20003, ProviderUnavailable),
        (21606, ProviderUnavailable),
        (21659, ProviderUnavailable),
        (30002, ProviderUnavailable),
        (30034, ProviderUnavailable),
        (21611, ProviderUnavailable),
        (20404, ProviderUnavailable),
        (20429, ProviderUnavailable),
        (20500, OutcomeUnknown),
    ],
)
async def test_a_refusal_says_whether_the_address_the_provider_or_nobody_is_at_fault(
    simulator: RunningSimulator, sms: TwilioSms, code: int, error: type[Exception]
) -> None:
    """A bad number moves to the next channel; our own misconfiguration condemns no number; unknown codes move on."""
    simulator.fault("reject", code=code)
    with pytest.raises(error) as raised:
        await sms.send(a_text())
    assert type(raised.value) is error
    assert getattr(raised.value, "code", None) in {code, HTTP_STATUS.get(code)}
    assert not simulator.to(SHIFT_LEAD)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, OutcomeUnknown),
        (400, Undeliverable),
        (401, ProviderUnavailable),
        (403, ProviderUnavailable),
        (404, ProviderUnavailable),
        (408, OutcomeUnknown),
        (422, Undeliverable),
    ],
)
def test_a_code_that_nobody_has_listed_is_decided_by_its_status(status: int, error: type[Exception]) -> None:
    """Twilio adds codes as it likes: each has a meaning here before anybody has read of it."""
    assert type(refusal(status, 99_999)) is error
    assert type(refusal(status, None)) is error


def test_no_code_means_two_things() -> None:
    """The four tables share no code."""
    tables = [PERMANENT, OURS, TRANSIENT, AMBIGUOUS]
    assert len(set().union(*tables)) == sum(map(len, tables))


async def test_a_host_that_does_not_accept_connections_has_got_nothing(simulator: RunningSimulator) -> None:
    """A black hole is told from a lost answer: nothing was sent, and it is safe to try again."""
    with a_host_that_does_not_answer() as nobody:
        sms = TwilioSms(
            account_sid=simulator.config.account_sid,
            auth_token="x",
            from_number="+447700900000",
            base_url=nobody,
            limits=TimeLimits(send=IMPATIENT_SECONDS, find=IMPATIENT_SECONDS),
        )
        with pytest.raises(ProviderUnavailable):
            await sms.send(a_text())
        await sms.close()


async def test_429_is_nothing_sent_and_says_when_to_come_back(simulator: RunningSimulator, sms: TwilioSms) -> None:
    """The wait is the provider's own."""
    simulator.fault("throttle", seconds=7)
    with pytest.raises(ProviderUnavailable) as raised:
        await sms.send(a_text())
    assert raised.value.retry_after == 7


async def test_connection_refused_is_nothing_sent(simulator: RunningSimulator) -> None:
    """No connection, no message: it is safe to send again at once."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    sms = TwilioSms(
        account_sid=simulator.config.account_sid, auth_token="x", from_number="+447700900000", base_url=nobody
    )
    with pytest.raises(ProviderUnavailable):
        await sms.send(a_text())
    with pytest.raises(ProviderUnavailable):
        await sms.find(a_text(), since=a_moment_ago())
    await sms.close()


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_hang", "accept_then_unavailable", "garble"])
async def test_a_lost_answer_is_in_doubt_until_twilio_is_asked(
    simulator: RunningSimulator, sms: TwilioSms, fault: str
) -> None:
    """Rule 5: a lost answer never loses a message, and never doubles it when the provider can be asked."""
    simulator.fault(fault, count=1)
    began = a_moment_ago()
    with pytest.raises(OutcomeUnknown):
        await sms.send(a_text())
    receipt = await sms.find(a_text(), since=began)
    assert receipt is not None
    assert receipt.found
    assert receipt.provider_id == simulator.to(SHIFT_LEAD)[0].id


@pytest.mark.parametrize("fault", ["drop", "hang", "unavailable"])
async def test_a_request_that_twilio_lost_is_not_found(simulator: RunningSimulator, sms: TwilioSms, fault: str) -> None:
    """The same doubt, and the other answer: nothing was accepted, so it is to be sent again."""
    simulator.fault(fault, count=1)
    with pytest.raises(OutcomeUnknown):
        await sms.send(a_text())
    assert await sms.find(a_text(), since=a_moment_ago()) is None


async def test_a_hanging_provider_is_given_up_in_time(simulator: RunningSimulator, sms: TwilioSms) -> None:
    """The library's own timeout does nothing; ours ends the call (8 s by default, here 0.8 s)."""
    simulator.fault("hang")
    began = datetime.now(UTC)
    with pytest.raises(OutcomeUnknown):
        await sms.send(a_text())
    assert datetime.now(UTC) - began < timedelta(seconds=IMPATIENT_SECONDS + 1)
    assert TimeLimits() == TimeLimits(send=8.0, find=5.0)


async def test_a_text_that_failed_at_the_carrier_does_not_count_as_found(
    simulator: RunningSimulator, sms: TwilioSms
) -> None:
    """What was accepted and then failed has reached nobody."""
    simulator.fault("undelivered")
    await sms.send(a_text())
    await simulator.settle()
    assert await sms.find(a_text(), since=a_moment_ago()) is None


async def test_only_this_message_to_this_number_is_found(simulator: RunningSimulator, sms: TwilioSms) -> None:
    """Another rung's text to the same phone, and the same text to another phone, are not this one."""
    await sms.send(a_text("ZZ99"))
    await sms.send(a_text("K7QX", to="+447700900999"))
    assert await sms.find(a_text("K7QX"), since=a_moment_ago()) is None
    assert len(simulator.messages) == 2


async def test_a_text_that_is_still_queued_is_found(simulator: RunningSimulator, sms: TwilioSms) -> None:
    """Twilio's date filter would overlook it, as it has not been sent on any day yet."""
    simulator.fault("held", seconds=30)
    await sms.send(a_text())
    assert simulator.to(SHIFT_LEAD)[0].sent is None
    assert await sms.find(a_text(), since=a_moment_ago()) is not None


async def test_a_text_from_before_is_not_found(simulator: RunningSimulator, sms: TwilioSms) -> None:
    """A reply code may come again after weeks; only what was accepted since the first try counts."""
    await sms.send(a_text())
    simulator.to(SHIFT_LEAD)[0].created -= timedelta(hours=1)
    assert await sms.find(a_text(), since=a_moment_ago()) is None


@pytest.mark.parametrize("fault", ["hang", "drop", "unavailable", "throttle", "garble"])
async def test_a_question_without_an_answer_is_no_answer(
    simulator: RunningSimulator, sms: TwilioSms, fault: str
) -> None:
    """Silence to `find` is not *not found*: the caller decides, knowing that it does not know."""
    simulator.fault(fault, on="find")
    with pytest.raises(ProviderUnavailable):
        await sms.find(a_text(), since=a_moment_ago())


async def test_wrong_credentials_condemn_no_number(simulator: RunningSimulator) -> None:
    """A token that was rotated without us is our fault."""
    sms = TwilioSms(
        account_sid=simulator.config.account_sid, auth_token="old", from_number="+447700900000", base_url=simulator.url
    )
    with pytest.raises(ProviderUnavailable) as raised:
        await sms.send(a_text())
    assert raised.value.code == 20003
    await sms.close()


async def test_a_closed_channel_sends_nothing(sms: TwilioSms) -> None:
    """After shutdown has begun a send is refused as *nothing sent*, so that another worker takes it."""
    await sms.close()
    with pytest.raises(ProviderUnavailable):
        await sms.send(a_text())
