"""SendGrid's event webhook: what became of e-mails."""

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from web.problems import bad_field
from web.webhooks.receipts import Receipts
from web.webhooks.signatures import sendgrid_body

router = APIRouter(prefix="/sendgrid")

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
            await receipts.take(notification_id, None, status, now)
    return Response(status_code=204)


def _events(body: bytes) -> list[dict[str, Any]]:
    try:
        events = json.loads(body)
    except (ValueError, RecursionError):
        events = None
    if not isinstance(events, list):
        raise bad_field("body", "expected a list of events")
    return [event for event in events if isinstance(event, dict)]
