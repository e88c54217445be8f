"""SendGrid's event webhook: what became of e-mails."""

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from web.problems import bad_field
from web.webhooks.receipts import Receipts
from web.webhooks.signatures import sendgrid_body

router = APIRouter(prefix="/sendgrid")

NO_SUCH_MAILBOX = "511"
LONGEST_CODE = 5
"""Digits of an enhanced status: one, and at most two parts of two that are in use."""

STATUSES = {
    "processed": "accepted",
    "delivered": "delivered",
    "bounce": "failed",
    "dropped": "failed",
}
"""SendGrid's events in the words that our record uses; all others say nothing about arrival."""


@router.post("/events")
async def take_events(request: Request) -> Response:
    """Take a batch. An event that comes twice, or after a later one, changes nothing."""
    events = _events(await sendgrid_body(request))
    receipts: Receipts = request.app.state.receipts
    now = request.app.state.services.clock()
    for event in events:
        status = STATUSES.get(str(event.get("event")))
        notification_id = event.get("notification_id")
        if status is not None and isinstance(notification_id, str):
            await receipts.take(notification_id, None, status, now, _code(event))
    return Response(status_code=204)


def _code(event: dict[str, Any]) -> str | None:
    """The enhanced status without its dots: 5.1.1 is 511. What is dropped as bounced before has the code of that."""
    if event.get("event") == "dropped" and event.get("reason") == "Bounced Address":
        return NO_SUCH_MAILBOX
    if event.get("event") != "bounce" or event.get("type", "bounce") != "bounce":
        return None
    code = str(event.get("status", "")).replace(".", "")
    return code if code.isascii() and code.isdecimal() and len(code) <= LONGEST_CODE else None


def _events(body: bytes) -> list[dict[str, Any]]:
    try:
        events = json.loads(body)
    except (ValueError, RecursionError):
        events = None
    if not isinstance(events, list):
        raise bad_field("body", "expected a list of events")
    return [event for event in events if isinstance(event, dict)]
