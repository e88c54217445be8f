"""The providers' side: posts signed with the providers' own algorithms."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from domain.names import Channel, Template
from simulator.signing import SendGridKey
from store import links
from store.claims import Claim
from tests.web.api.installation import AUTH_TOKEN, PUBLIC, Installation


def sid() -> str:
    """The id of a text."""
    return f"SM{uuid4().hex}"


async def post_twilio(
    here: Installation,
    path: str,
    form: Mapping[str, str],
    *,
    token: str = AUTH_TOKEN,
    signature: str | None = None,
    base: str = PUBLIC,
) -> httpx.Response:
    """A form as Twilio posts it, to whatever host the proxy talks to."""
    signed = RequestValidator(token).compute_signature(base + path, dict(form))
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": signed if signature is None else signature,
    }
    return await here.client.post(path, content=urlencode(form), headers=headers)


async def text(here: Installation, sender: str, body: str, *, message: str | None = None, **more: str) -> str | None:
    """Somebody texts us; returns what they are answered, None for silence. `more` is what else Twilio says of it."""
    form = {"MessageSid": message or sid(), "From": sender, "To": "+447700900000", "Body": body, "NumMedia": "0"}
    form |= more
    answer = await post_twilio(here, "/webhooks/twilio/inbound-sms", form)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/xml")
    return ET.fromstring(answer.text).findtext("Message")  # noqa: S314 - our own answer


async def post_sendgrid(
    here: Installation,
    events: object,
    key: SendGridKey,
    *,
    ago: float = 0,
    changed: bytes = b"",
    signature: str | None = None,
) -> httpx.Response:
    """A batch of events as SendGrid posts it, with its CRLF."""
    body = (json.dumps(events) + "\r\n").encode()
    timestamp = str(int(time.time() - ago))
    headers = {
        "Content-Type": "application/json",
        "X-Twilio-Email-Event-Webhook-Signature": signature or key.sign(timestamp, body),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }
    return await here.client.post("/webhooks/sendgrid/events", content=body + changed, headers=headers)


async def alerted(
    here: Installation,
    alias: str,
    person_id: str,
    address: str,
    *,
    code: str = "4821",
    episode: int = 1,
    channel: Channel = Channel.SMS,
    minutes: int = 0,
) -> str:
    """A message has gone to somebody; returns its id."""
    at = here.engine.now + timedelta(minutes=minutes)
    claim = Claim(
        notification_id=str(uuid4()),
        alias=alias,
        episode=episode,
        rung=str(minutes),
        person_id=person_id,
        channel=channel,
        address=address,
        template=Template.CHECK_NOT_RECORDED,
        code=code,
        created_at=at,
    )
    await here.store.notifications.claim([claim])
    await here.store.notifications.outcome([(claim.notification_id, "accepted", f"SM{uuid4().hex}", None, at)])
    return claim.notification_id


async def linked(here: Installation, alias: str, person_id: str, address: str, **more: Any) -> str:  # noqa: ANN401
    """The same, with a link in the message; returns the link's path."""
    await alerted(here, alias, person_id, address, **more)
    newest = (await here.store.notifications.for_episode(alias, more.get("episode", 1)))[-1]
    return f"/a/{links.token_of(here.services.keys, newest.notification_id)}"


async def status_of(here: Installation, alias: str, notification_id: str) -> str:
    """What is known of a message."""
    rows = await here.store.notifications.for_episode(alias, 1)
    return next(row.status for row in rows if row.notification_id == notification_id)
