"""SendGrid's event webhook, as the simulator plays it."""

import json
from base64 import b64decode
from typing import Any

import httpx
import pytest
from sendgrid.helpers.eventwebhook import EventWebhook

from notifiers.email import SendGridEmail
from simulator.testing import RunningSimulator
from tests.notifiers.story import FROM_EMAIL, MAILBOX, an_email
from tests.simulator.application import Application, Webhook

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"


async def send(simulator: RunningSimulator) -> str:
    """Send one e-mail; its id."""
    email = SendGridEmail(api_key=simulator.config.sendgrid_api_key, from_email=FROM_EMAIL, base_url=simulator.url)
    receipt = await email.send(an_email())
    await email.close()
    await simulator.settle()
    return receipt.provider_id


def events(application: Application) -> list[dict[str, Any]]:
    """Every event that came, in order."""
    return [event for webhook in application.got for event in json.loads(webhook.body)]


def is_genuine(simulator: RunningSimulator, webhook: Webhook) -> bool:
    """The check that the application makes, with SendGrid's own library, on the raw body."""
    verifier = EventWebhook(simulator.public_key)
    assert b64decode(webhook.headers[SIGNATURE])
    return bool(verifier.verify_signature(webhook.body, webhook.headers[SIGNATURE], webhook.headers[TIMESTAMP]))


async def test_events_are_signed_and_name_the_notification(
    simulator: RunningSimulator, application: Application
) -> None:
    """Processed, then delivered; our id stands at the top level and theirs begins with the send's X-Message-Id."""
    message_id = await send(simulator)
    assert [event["event"] for event in events(application)] == ["processed", "delivered"]
    assert {event["notification_id"] for event in events(application)} == {"0197-K7QX"}
    assert {event["sg_message_id"].split(".")[0] for event in events(application)} == {message_id}
    assert len({event["sg_event_id"] for event in events(application)}) == 2
    assert all(webhook.path == "/webhooks/sendgrid/events" for webhook in application.got)
    assert all(is_genuine(simulator, webhook) for webhook in application.got)


async def test_the_signature_covers_the_raw_body(simulator: RunningSimulator, application: Application) -> None:
    """One changed character, or a line end taken away, and it fails: verify before parsing."""
    await send(simulator)
    webhook = application.got[0]
    webhook.body = webhook.body.strip()
    assert not is_genuine(simulator, webhook)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("undelivered", ["processed", "bounce"]),
        ("failed", ["dropped"]),
        ("duplicate_callbacks", ["processed", "processed", "delivered", "delivered"]),
        ("out_of_order_callbacks", ["delivered", "processed"]),
        ("no_callback", []),
    ],
)
async def test_events_go_wrong_on_demand(
    simulator: RunningSimulator, application: Application, fault: str, expected: list[str]
) -> None:
    """Duplicates carry the same `sg_event_id`: that is what to de-duplicate on."""
    simulator.fault(fault, MAILBOX, channel="email")
    await send(simulator)
    got = events(application)
    assert [event["event"] for event in got] == expected
    assert len({event["sg_event_id"] for event in got}) == len(set(expected))


async def test_a_forged_event_does_not_pass(simulator: RunningSimulator, application: Application) -> None:
    """Somebody who knows the address but not the key."""
    simulator.fault("forged_callbacks")
    await send(simulator)
    assert not any(is_genuine(simulator, webhook) for webhook in application.got)


async def test_the_sandbox_checks_a_mail_and_sends_none(simulator: RunningSimulator) -> None:
    """What `goldenhour doctor` asks for: whether the credentials work, with nobody disturbed."""
    mail = {
        "personalizations": [{"to": [{"email": "somebody@example.org"}]}],
        "from": {"email": "alerts@example.org"},
        "subject": "A check",
        "content": [{"type": "text/plain", "value": "Nothing"}],
        "mail_settings": {"sandbox_mode": {"enable": True}},
    }
    async with httpx.AsyncClient(base_url=simulator.url) as client:
        key = {"Authorization": f"Bearer {simulator.config.sendgrid_api_key}"}
        answer = await client.post("/v3/mail/send", json=mail, headers=key)

    assert answer.status_code == 200
    assert simulator.messages == []
