"""Texts by Twilio."""

from datetime import datetime, timedelta
from urllib.parse import quote

from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.api.v2010.account.message import MessageInstance  # type: ignore[import-untyped]

from domain.names import Channel
from notifiers.errors import OutcomeUnknown
from notifiers.interface import Notification, Receipt
from notifiers.twilio_account import PROVIDER, RETRY_CALLBACKS, TwilioAccount
from notifiers.twilio_codes import refusal
from notifiers.twilio_http import TimeLimits

_NOT_SENT = frozenset({"failed", "undelivered", "canceled"})

_SHORTEST, _LONGEST = 1, 36_000
"""The validity period in seconds that Twilio accepts (error 90007 outside of it)."""

_NEWEST = 200
"""How many of an address's latest messages are looked at: more than anyone is sent while an answer is in doubt."""


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
        self._account = TwilioAccount(account_sid, auth_token, base_url=base_url, limits=limits, refusal=refusal)
        self._sender = (
            {"messaging_service_sid": messaging_service_sid} if messaging_service_sid else {"from_": str(from_number)}
        )
        self._status_callback_url = status_callback_url

    def __repr__(self) -> str:
        return f"TwilioSms(sender={'service' if 'messaging_service_sid' in self._sender else 'number'})"

    async def send(self, notification: Notification) -> Receipt:
        """Hand the text to Twilio, once.

        Raises:
            Undeliverable: Twilio refused this number or text; use the person's next channel.
            ProviderUnavailable: nothing was sent: not reached, 429, or our account or sender is at fault.
            OutcomeUnknown: the answer was lost, came too late, was a 5xx or made no sense.
        """
        message = await self._account.create(notification, lambda client: self._create(client, notification))
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
        return await self._account.find(lambda client, earliest: _look(client, notification, earliest), since=since)

    async def close(self) -> None:
        """Give back the connections; a later send fails."""
        await self._account.close()

    async def _create(self, client: Client, notification: Notification) -> MessageInstance:
        options: dict[str, str] = dict(self._sender)
        if self._status_callback_url:
            notification_id = quote(notification.notification_id, safe="")
            options["status_callback"] = f"{self._status_callback_url}?n={notification_id}{RETRY_CALLBACKS}"
        return await client.messages.create_async(
            to=notification.address,
            body=notification.text,
            validity_period=validity(notification.valid_for),
            **options,
        )


async def _look(client: Client, notification: Notification, earliest: datetime) -> Receipt | None:
    listed = await client.messages.list_async(to=notification.address, limit=_NEWEST, page_size=_NEWEST)
    for message in listed:
        if (
            message.sid
            and message.status not in _NOT_SENT
            and (message.date_created is None or message.date_created >= earliest)
            and notification.fingerprint in (message.body or "")
        ):
            return Receipt(provider=PROVIDER, provider_id=message.sid, found=True)
    return None


def validity(valid_for: timedelta) -> int:
    """Whole seconds within what Twilio accepts: from 1 second to 10 hours."""
    return min(max(int(valid_for.total_seconds()), _SHORTEST), _LONGEST)
