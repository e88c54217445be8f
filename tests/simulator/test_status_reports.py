"""What the simulator tells the application about texts, and how: like Twilio, at its best and at its worst."""

from dataclasses import replace
from datetime import timedelta

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from notifiers.sms import TwilioSms
from simulator.testing import RunningSimulator
from tests.notifiers.story import SHIFT_LEAD, a_text
from tests.simulator.application import Application, Webhook

PATH = "/webhooks/twilio/message-status"


async def send(simulator: RunningSimulator, application: Application, valid_for: timedelta | None = None) -> None:
    """Send one text that reports to the application."""
    text = a_text()
    sms = TwilioSms(
        account_sid=simulator.config.account_sid,
        auth_token=simulator.config.auth_token,
        from_number=simulator.config.from_number,
        base_url=simulator.url,
        status_callback_url=application.url + PATH,
    )
    await sms.send(replace(text, valid_for=valid_for or text.valid_for))
    await sms.close()


def statuses(webhooks: list[Webhook]) -> list[str]:
    """What was reported, in order."""
    return [webhook.form["MessageStatus"] for webhook in webhooks]


def is_genuine(simulator: RunningSimulator, application: Application, webhook: Webhook) -> bool:
    """The check that the application makes, with Twilio's own library."""
    validator = RequestValidator(simulator.config.auth_token)
    return bool(validator.validate(application.url + webhook.path, webhook.form, webhook.headers["x-twilio-signature"]))


async def test_reports_are_signed_and_name_the_notification(
    simulator: RunningSimulator, application: Application
) -> None:
    """Sent, then delivered, each signed over the address with its `?n=`, which is how a report finds its message."""
    await send(simulator, application)
    await simulator.settle()
    assert statuses(application.got) == ["sent", "delivered"]
    assert {webhook.path for webhook in application.got} == {PATH + "?n=0197-K7QX"}
    assert all(is_genuine(simulator, application, webhook) for webhook in application.got)
    assert application.got[0].form["MessageSid"] == simulator.to(SHIFT_LEAD)[0].id


@pytest.mark.parametrize(
    ("fault", "reported"),
    [
        ("no_callback", []),
        ("duplicate_callbacks", ["sent", "sent", "delivered", "delivered"]),
        ("out_of_order_callbacks", ["delivered", "sent"]),
        ("stuck", ["sent"]),
        ("undelivered", ["sent", "undelivered"]),
        ("failed", ["failed"]),
    ],
)
async def test_reports_go_wrong_on_demand(
    simulator: RunningSimulator, application: Application, fault: str, reported: list[str]
) -> None:
    """Twilio promises neither order nor exactly once; the application must live with each of these."""
    simulator.fault(fault, SHIFT_LEAD)
    await send(simulator, application)
    await simulator.settle()
    assert statuses(application.got) == reported


async def test_an_undelivered_text_says_why(simulator: RunningSimulator, application: Application) -> None:
    """The code is what the timeline shows and what chooses the next channel."""
    simulator.fault("undelivered", code=30005)
    await send(simulator, application)
    await simulator.settle()
    assert application.got[-1].form["ErrorCode"] == "30005"
    assert "ErrorCode" not in application.got[0].form


async def test_a_forged_report_does_not_pass(simulator: RunningSimulator, application: Application) -> None:
    """Somebody who knows the address but not the token."""
    simulator.fault("forged_callbacks")
    await send(simulator, application)
    await simulator.settle()
    assert not any(is_genuine(simulator, application, webhook) for webhook in application.got)


async def test_a_report_that_met_an_error_comes_again(simulator: RunningSimulator, application: Application) -> None:
    """Our callback asks for retries (`#rc=3&rp=all`); the retry carries the same idempotency token."""
    application.statuses = [503, 500]
    await send(simulator, application)
    await simulator.settle()
    assert statuses(application.got) == ["sent", "sent", "sent", "delivered"]
    assert len({webhook.headers["i-twilio-idempotency-token"] for webhook in application.got}) == 2


async def test_retries_are_bounded(simulator: RunningSimulator, application: Application) -> None:
    """An application that is down for long misses reports: they are evidence, never the engine of an escalation."""
    application.statuses = [500] * 100
    await send(simulator, application)
    await simulator.settle()
    assert len(application.got) == 8


async def test_a_text_held_beyond_its_validity_is_dropped(
    simulator: RunningSimulator, application: Application
) -> None:
    """No page arrives hours late: Twilio fails it with 30036 and says so."""
    simulator.fault("held", seconds=3600)
    await send(simulator, application, timedelta(seconds=1))
    await simulator.settle()
    assert application.got[-1].form["ErrorCode"] == "30036"
