"""Is it really the provider? Signatures are held against the public address that is set, never against Host."""

import binascii
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import parse_qsl

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from fastapi import Request
from prometheus_client import Counter
from sendgrid.helpers.eventwebhook import EventWebhook
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from config.settings import Settings
from web.problems import Problem

log = structlog.get_logger()

FORGED = Counter("goldenhour_webhooks_forged", "Webhooks refused because their signature was wrong.", ["provider"])

WINDOW = timedelta(minutes=10)
"""How old, or how far ahead, an e-mail event's signature may be: an older one may be a recording."""

MOST_FIELDS = 200

_TWILIO = "X-Twilio-Signature"
_SENDGRID = "X-Twilio-Email-Event-Webhook-Signature"
_SENDGRID_TIME = "X-Twilio-Email-Event-Webhook-Timestamp"


def _forged(provider: str) -> Problem:
    FORGED.labels(provider).inc()
    log.warning("webhook refused: its signature is wrong", provider=provider)
    return Problem(HTTPStatus.FORBIDDEN, "Not allowed", "The signature is wrong.")


async def twilio_form(request: Request) -> dict[str, str]:
    """The form that Twilio posted.

    Raises:
        Problem: 403, it was not Twilio; or nothing of ours is set up to know.
    """
    settings: Settings = request.app.state.services.settings
    fields = _fields(await request.body())
    signature = request.headers.get(_TWILIO, "")
    address = settings.public_url + request.url.path + (f"?{request.url.query}" if request.url.query else "")
    tokens = [token for token in (settings.twilio_auth_token, settings.twilio_auth_token_next) if token]
    if not any(RequestValidator(token).validate(address, fields, signature) for token in tokens):
        raise _forged("twilio")
    return fields


async def sendgrid_body(request: Request) -> bytes:
    """The body that SendGrid posted.

    Raises:
        Problem: 403, it was not SendGrid, or it was some time ago.
    """
    settings: Settings = request.app.state.services.settings
    body = await request.body()
    timestamp = request.headers.get(_SENDGRID_TIME, "")
    signature = request.headers.get(_SENDGRID, "")
    key = settings.sendgrid_webhook_public_key
    if not key or not _is_recent(timestamp) or not _is_sendgrids(key, body, signature, timestamp):
        raise _forged("sendgrid")
    return body


def _fields(body: bytes) -> dict[str, str]:
    """The form's fields, empty ones included: the signature covers them."""
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def _is_recent(timestamp: str) -> bool:
    """By the real clock: the provider knows no other."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > len("99999999999"):
        return False
    return abs(datetime.now(UTC) - datetime.fromtimestamp(int(timestamp), UTC)) <= WINDOW


def _is_sendgrids(key: str, body: bytes, signature: str, timestamp: str) -> bool:
    try:
        return bool(_verifier(key).verify_signature(body.decode(), signature, timestamp))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return False


@lru_cache(maxsize=4)
def _verifier(key: str) -> EventWebhook:
    return EventWebhook(key)
