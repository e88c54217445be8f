"""E-mail through the real `sendgrid` library to the simulator."""

import asyncio
import http.client
import json
import socket
import time
from datetime import UTC, datetime

import pytest

from notifiers.email import SendGridEmail, mail, silence
from notifiers.errors import OutcomeUnknown, ProviderUnavailable, Undeliverable
from simulator.testing import RunningSimulator
from tests.notifiers.story import FROM_EMAIL, IMPATIENT_SECONDS, MAILBOX, a_host_that_does_not_answer, an_email


async def test_an_email_reaches_the_mailbox(simulator: RunningSimulator, email: SendGridEmail) -> None:
    """The receipt's id is the first part of what SendGrid's events will name; the subject carries the marking."""
    receipt = await email.send(an_email())
    (received,) = simulator.to(MAILBOX)
    assert (receipt.provider, receipt.provider_id) == ("sendgrid", received.id)
    assert (received.subject, received.body) == (an_email().subject, an_email().text)
    assert received.sender == FROM_EMAIL


def test_sendgrid_keeps_nothing_but_our_own_id() -> None:
    """Custom arguments are kept for long and read by SendGrid's staff; links are not rewritten, opening not watched."""
    body = json.loads(json.dumps(mail(an_email(), FROM_EMAIL)))
    (personalization,) = body["personalizations"]
    assert personalization["custom_args"] == {"notification_id": "0197-K7QX"}
    assert [part["type"] for part in body["content"]] == ["text/plain"]
    assert not any(setting["enable"] for setting in body["tracking_settings"].values())
    assert "categories" not in body


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Undeliverable),
        (413, Undeliverable),
        (401, ProviderUnavailable),
        (403, ProviderUnavailable),
        (404, ProviderUnavailable),
        (429, ProviderUnavailable),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        (503, OutcomeUnknown),
        (504, OutcomeUnknown),
    ],
)
async def test_a_refusal_says_who_is_at_fault(
    simulator: RunningSimulator, email: SendGridEmail, status: int, error: type[Exception]
) -> None:
    """A key that was withdrawn condemns no address; a 5xx may come after the message was accepted."""
    simulator.fault("reject", code=status)
    with pytest.raises(error) as raised:
        await email.send(an_email())
    assert type(raised.value) is error
    assert getattr(raised.value, "code", None) == status


async def test_an_unverified_sender_is_our_fault(simulator: RunningSimulator) -> None:
    """A 400 about the field `from` must not use up people's addresses."""
    email = SendGridEmail(api_key=simulator.config.sendgrid_api_key, from_email="nobody", base_url=simulator.url)
    with pytest.raises(ProviderUnavailable):
        await email.send(an_email())
    await email.close()


async def test_429_is_nothing_sent_and_says_when_to_come_back(
    simulator: RunningSimulator, email: SendGridEmail
) -> None:
    """The wait is the provider's own."""
    simulator.fault("throttle", seconds=9)
    with pytest.raises(ProviderUnavailable) as raised:
        await email.send(an_email())
    assert raised.value.retry_after == 9


@pytest.mark.parametrize("fault", ["accept_then_drop", "accept_then_hang", "accept_then_unavailable", "hang", "garble"])
async def test_a_lost_answer_is_in_doubt_and_can_not_be_asked_about(
    simulator: RunningSimulator, email: SendGridEmail, fault: str
) -> None:
    """SendGrid can't be asked: `find` says None, and a rare duplicate is better than silence."""
    simulator.fault(fault)
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        await email.send(an_email())
    assert time.monotonic() - began < IMPATIENT_SECONDS + 1
    assert await email.find(an_email(), since=datetime.now(UTC)) is None


async def test_connection_refused_is_nothing_sent() -> None:
    """No connection, no message."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    email = SendGridEmail(api_key="k", from_email=FROM_EMAIL, base_url=nobody)
    with pytest.raises(ProviderUnavailable):
        await email.send(an_email())
    await email.close()


async def test_a_host_that_does_not_accept_connections_has_got_nothing() -> None:
    """A black hole is told from a lost answer: nothing was sent, and it is safe to try again."""
    with a_host_that_does_not_answer() as nobody:
        email = SendGridEmail(api_key="k", from_email=FROM_EMAIL, base_url=nobody, send_within=IMPATIENT_SECONDS)
        with pytest.raises(ProviderUnavailable):
            await email.send(an_email())
        await email.close()


async def test_a_message_that_waited_too_long_for_a_thread_never_leaves(
    simulator: RunningSimulator, email: SendGridEmail
) -> None:
    """While SendGrid hangs and every thread waits, further e-mails are known not to have been sent."""
    simulator.fault("accept_then_hang")
    ends = await asyncio.gather(*(email.send(an_email()) for _ in range(120)), return_exceptions=True)
    never_left = [end for end in ends if isinstance(end, ProviderUnavailable)]
    assert len(never_left) >= 20
    assert len(simulator.to(MAILBOX)) <= 120 - len(never_left)


async def test_a_closed_channel_sends_nothing(email: SendGridEmail) -> None:
    """After shutdown has begun a send is refused as *nothing sent*."""
    await email.close()
    with pytest.raises(ProviderUnavailable):
        await email.send(an_email())


def test_a_broken_answer_is_in_doubt() -> None:
    """Half an answer says nothing about the message."""
    assert isinstance(silence(http.client.IncompleteRead(b"{"), left=True), OutcomeUnknown)
    assert isinstance(silence(ConnectionResetError(), left=True), OutcomeUnknown)
