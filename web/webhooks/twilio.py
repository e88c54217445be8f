"""Twilio's webhooks: what became of texts, and the texts people send."""

import re

from fastapi import APIRouter, Request, Response
from twilio.twiml.messaging_response import MessagingResponse  # type: ignore[import-untyped]

from web.webhooks.inbound import Inbound
from web.webhooks.receipts import Receipts
from web.webhooks.signatures import twilio_form
from web.webhooks.texts import Text

router = APIRouter(prefix="/twilio")

_MESSAGE = re.compile(r"(SM|MM)[0-9a-f]{32}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@router.post("/message-status")
async def take_message_status(request: Request, n: str = "") -> Response:
    """Note what became of a text. The address names our message: a report may overtake the answer to the send."""
    form = await twilio_form(request)
    sid, status = form.get("MessageSid", ""), form.get("MessageStatus", "")
    if _UUID.fullmatch(n) and _MESSAGE.fullmatch(sid):
        receipts: Receipts = request.app.state.receipts
        now = request.app.state.services.clock()
        await receipts.take(n, sid, status.lower(), now, form.get("ErrorCode") or None)
    return Response(status_code=204)


@router.post("/inbound-sms")
async def take_text(request: Request) -> Response:
    """Do what a text asks, and answer with what happened. Strangers hear nothing."""
    form = await twilio_form(request)
    sid = form.get("MessageSid", "")
    answer = None
    if _MESSAGE.fullmatch(sid):
        inbound: Inbound = request.app.state.inbound
        text = Text(
            sid=sid,
            sender=form.get("From", ""),
            body=form.get("Body", ""),
            opt_out_type=form.get("OptOutType", ""),
        )
        answer = await inbound.answer(text)
    twiml = MessagingResponse()
    if answer:
        twiml.message(answer)
    return Response(str(twiml), media_type="application/xml")
