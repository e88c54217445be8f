"""Texts by Twilio."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.api.v2010.account.message import MessageInstance  # type: ignore[import-untyped]

from domain.names import Channel
from notifiers.errors import NotifierError, OutcomeUnknown, ProviderUnavailable
from notifiers.interface import Notification, Receipt
from notifiers.twilio_codes import refusal
from notifiers.twilio_http import BoundedHttpClient, TimeLimits, looking

PROVIDER = "twilio"

_NOT_SENT = frozenset({"failed", "undelivered", "canceled"})

_SHORTEST, _LONGEST = 1, 36_000
"""The validity period in seconds that Twilio accepts (error 90007 outside of it)."""

_NEWEST = 200
"""How many of an address's latest messages are looked at: more than anyone is sent while an answer is in doubt."""

_CLOCKS_DIFFER = timedelta(minutes=5)

_RETRY_CALLBACKS = "#rc=3&rp=all"
"""Asks Twilio to try a status callback four times in all; a fragment is neither sent nor signed."""

_T = TypeVar("_T")


class TwilioSms:
    """Sends texts with the real `twilio` library; never retries, never logs a number or a text.

    Args:
        account_sid: The account to send from.
        auth_token: Its token.
        from_number: The sender in E.164; this or `messaging_service_sid`.
        messaging_service_sid: The service whose senders are used; it wins over `from_number`.
        base_url: Where the API is, when not at Twilio (the simulator).
        status_callback_url: Where Twilio reports what became of a message; `?n=` and the notification id are appended,
            because a report may overtake the answer to the send. None: no reports.
        limits: How long calls may take; 8 s to send and 5 s to find.
    """

    channel = Channel.SMS

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        from_number: str | None = None,
        messaging_service_sid: str | None = None,
        base_url: str | None = None,
        status_callback_url: str | None = None,
        limits: TimeLimits | None = None,
    ) -> None:
        if not (from_number or messaging_service_sid):
            raise ValueError("texts need a sender: a number or a messaging service")
        self._credentials = (account_sid, auth_token)
        self._sender = (
            {"messaging_service_sid": messaging_service_sid} if messaging_service_sid else {"from_": str(from_number)}
        )
        self._base_url = base_url
        self._status_callback_url = status_callback_url
        self._limits = limits or TimeLimits()
        self._client: Client | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"TwilioSms(sender={'service' if 'messaging_service_sid' in self._sender else 'number'})"

    async def send(self, notification: Notification) -> Receipt:
        """Hand the text to Twilio, once.

        Raises:
            Undeliverable: Twilio refused this number or text; use the person's next channel.
            ProviderUnavailable: nothing was sent: not reached, 429, or our account or sender is at fault.
            OutcomeUnknown: the answer was lost, came too late, was a 5xx or made no sense.
        """
        with looking(notification.last_look):
            message = await _translated(lambda: self._create(notification))
        if not message.sid:
            raise OutcomeUnknown("twilio's answer names no message")
        return Receipt(provider=PROVIDER, provider_id=message.sid)

    async def find(self, notification: Notification, *, since: datetime) -> Receipt | None:
        """Look among the number's latest texts for one with this fingerprint.

        Twilio's own date filter is not used: it knows days, and `date_sent` is empty while a message is queued, so
        that a text accepted a moment ago would be overlooked and sent twice.

        Raises:
            ProviderUnavailable: Twilio did not answer within 5 s.
        """
        if not notification.fingerprint:
            return None  # every text would fit
        try:
            async with asyncio.timeout(self._limits.find):
                return await _translated(lambda: self._look(notification, since.astimezone(UTC) - _CLOCKS_DIFFER))
        except (TimeoutError, NotifierError) as problem:
            unanswered = _unanswered(problem)
        raise unanswered

    async def close(self) -> None:
        """Give back the connections; a later send fails."""
        self._closed = True
        client, self._client = self._client, None
        if client is not None and isinstance(client.http_client, BoundedHttpClient):
            await client.http_client.close()

    def _library(self) -> Client:
        """The library's client, made inside the running loop because its connections belong to it."""
        if self._closed:
            raise ProviderUnavailable("the channel is closed")
        if self._client is None:
            account_sid, auth_token = self._credentials
            self._client = Client(account_sid, auth_token, http_client=BoundedHttpClient(self._limits))
            if self._base_url:
                self._client.api.base_url = self._base_url
        return self._client

    async def _create(self, notification: Notification) -> MessageInstance:
        options: dict[str, str] = dict(self._sender)
        if self._status_callback_url:
            notification_id = quote(notification.notification_id, safe="")
            options["status_callback"] = f"{self._status_callback_url}?n={notification_id}{_RETRY_CALLBACKS}"
        return await self._library().messages.create_async(
            to=notification.address,
            body=notification.text,
            validity_period=validity(notification.valid_for),
            **options,
        )

    async def _look(self, notification: Notification, since: datetime) -> Receipt | None:
        listed = await self._library().messages.list_async(to=notification.address, limit=_NEWEST, page_size=_NEWEST)
        for message in listed:
            if (
                message.sid
                and message.status not in _NOT_SENT
                and (message.date_created is None or message.date_created >= since)
                and notification.fingerprint in (message.body or "")
            ):
                return Receipt(provider=PROVIDER, provider_id=message.sid, found=True)
        return None


def validity(valid_for: timedelta) -> int:
    """Whole seconds within what Twilio accepts: from 1 second to 10 hours."""
    return min(max(int(valid_for.total_seconds()), _SHORTEST), _LONGEST)


async def _translated(call: Callable[[], Awaitable[_T]]) -> _T:
    """Make the call, with the library's errors as ours.

    Ours are raised outside of the `except` clause: the library's text names the number, and must not travel as context.
    """
    try:
        return await call()
    except (TwilioRestException, TwilioServiceException) as refused:
        fault: NotifierError = refusal(refused.status, refused.code)
    except (TwilioException, ValueError, TypeError, KeyError, AttributeError):
        fault = OutcomeUnknown("twilio's answer could not be read")
    raise fault


def _unanswered(problem: Exception) -> ProviderUnavailable:
    """A question that was not answered is no reason to believe anything."""
    if isinstance(problem, ProviderUnavailable):
        return problem
    if isinstance(problem, NotifierError):
        return ProviderUnavailable(problem.reason, code=problem.code)
    return ProviderUnavailable("twilio could not be reached (TimeoutError)")
