"""Calls by Twilio.

Placing a call says nothing yet: Twilio fetches the words from our own webhook when somebody has answered, and tells it
whether that was a person. A machine hears nothing, and is no answer.

**How a call is found again after a lost answer.** A text is known by its words; a call has none that Twilio would
list, and its address with our `?n=` is no part of the call either. Two things tell:

1. The first status callback (`initiated`) carries `?n=` and the call's sid. It comes within a second of an accepted
   call, and the claim then holds the sid before anybody asks. This is the usual way, and needs no `find`.
2. `find` lists the calls to that number and reads each one's events: the requests that were made for it, the one that
   created it among them, with the address in it. Only a call whose events name our id is ours.

The number and the time alone would not do: two children's alerts may ring one phone in the same minute, and to take the
one call for the other would lose a message. A call whose events can't tell is taken for another's: a phone that rings
twice about the same reference is better than one that does not ring.
"""

import asyncio
import json
from datetime import datetime
from urllib.parse import quote

from twilio.rest import Client  # type: ignore[import-untyped]
from twilio.rest.api.v2010.account.call import CallInstance  # type: ignore[import-untyped]

from domain.names import Channel
from notifiers.errors import NotifierError, OutcomeUnknown, ProviderUnavailable, Undeliverable
from notifiers.interface import Notification, Receipt
from notifiers.twilio_account import PROVIDER, RETRY_CALLBACKS, TwilioAccount
from notifiers.twilio_codes import refusal
from notifiers.twilio_http import TimeLimits

RING_SECONDS = 30
"""How long it rings: long enough to wake up, and then it is the next channel's turn."""

DETECTION_SECONDS = 10
"""After so long without a verdict on who answered it is taken for a person: silence would make them hang up."""

LONGEST_CALL_SECONDS = 300

EVENTS = ["initiated", "ringing", "answered", "completed"]

OURS = {
    10001: "the account may not place calls",
    21205: "the address of our webhook is not valid",
    21210: "the sender is not ours",
    21213: "the sender is missing",
    21219: "the account may only ring verified numbers",
}
"""Refusals of calls, beside those in `twilio_codes`, that condemn no number."""

TRANSIENT = {10004: "too many calls at once"}

_NOT_REACHED = frozenset({"failed", "busy", "no-answer", "canceled"})
_NEWEST = 20
_LOOKED_INTO = 5
"""How many of a number's calls are asked about their events, at the same time."""


class TwilioVoice:
    """Places calls with the real `twilio` library; never retries, never logs a number.

    Args:
        account_sid: The account to call from.
        auth_token: Its token.
        from_number: The caller in E.164. A messaging service can't call.
        voice_url: Our webhook that says the words; `?n=` with the notification id and what the call is about are added.
        status_callback_url: Where Twilio reports what became of a call; `?n=` is added.
        base_url: Where the API is, when not at Twilio (the simulator).
        ring_seconds: How long it rings.
        limits: How long requests may take; 8 s to send and 5 s to find.
    """

    channel = Channel.VOICE

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        from_number: str,
        voice_url: str,
        status_callback_url: str,
        base_url: str | None = None,
        ring_seconds: int = RING_SECONDS,
        limits: TimeLimits | None = None,
    ) -> None:
        if not from_number:
            raise ValueError("calls need a number to call from")
        self._account = TwilioAccount(account_sid, auth_token, base_url=base_url, limits=limits, refusal=call_refusal)
        self._from_number = from_number
        self._voice_url = voice_url
        self._status_callback_url = status_callback_url
        self._ring_seconds = ring_seconds

    def __repr__(self) -> str:
        return "TwilioVoice()"

    async def send(self, notification: Notification) -> Receipt:
        """Have Twilio place the call, once.

        Raises:
            Undeliverable: Twilio refused this number, or there is nothing to say; use the person's next channel.
            ProviderUnavailable: nothing rings: not reached, 429, or our account or sender is at fault.
            OutcomeUnknown: the answer was lost, came too late, was a 5xx or made no sense.
        """
        if not notification.about:
            raise Undeliverable("a call has to be about something")
        call = await self._account.create(notification, lambda client: self._create(client, notification))
        if not call.sid:
            raise OutcomeUnknown("twilio's answer names no call")
        return Receipt(provider=PROVIDER, provider_id=call.sid)

    async def find(self, notification: Notification, *, since: datetime) -> Receipt | None:
        """Look among the number's latest calls for one that was placed for this notification.

        Raises:
            ProviderUnavailable: Twilio did not answer within 5 s.
        """
        return await self._account.find(lambda client, earliest: _look(client, notification, earliest), since=since)

    async def close(self) -> None:
        """Give back the connections; a later call fails."""
        await self._account.close()

    async def _create(self, client: Client, notification: Notification) -> CallInstance:
        named = _named(notification)
        about = quote(notification.about, safe="")
        return await client.calls.create_async(
            to=notification.address,
            from_=self._from_number,
            url=f"{self._voice_url}?{named}&s={about}{RETRY_CALLBACKS}",
            method="POST",
            status_callback=f"{self._status_callback_url}?{named}{RETRY_CALLBACKS}",
            status_callback_method="POST",
            status_callback_event=EVENTS,
            timeout=self._ring_seconds,
            time_limit=LONGEST_CALL_SECONDS,
            machine_detection="Enable",
            machine_detection_timeout=DETECTION_SECONDS,
        )


async def _look(client: Client, notification: Notification, earliest: datetime) -> Receipt | None:
    """Twilio's own date filter is not used: a call that is still queued has no time of starting."""
    listed = await client.calls.list_async(to=notification.address, limit=_NEWEST, page_size=_NEWEST)
    candidates = [
        call
        for call in listed
        if call.sid and call.status not in _NOT_REACHED and (call.date_created is None or call.date_created >= earliest)
    ][:_LOOKED_INTO]
    ours = await asyncio.gather(*(_is_about(client, call.sid, notification) for call in candidates))
    found = next((call.sid for call, is_ours in zip(candidates, ours, strict=True) if is_ours), None)
    return Receipt(provider=PROVIDER, provider_id=found, found=True) if found else None


async def _is_about(client: Client, sid: str, notification: Notification) -> bool:
    """Whether any request that was made for this call names the notification."""
    events = await client.calls(sid).events.list_async(limit=_NEWEST, page_size=_NEWEST)
    return any(_named(notification) in json.dumps(event.request) for event in events)


def call_refusal(status: int, code: int | None) -> NotifierError:
    """The error for a refused call: as for a text, but for a few codes that only calls have."""
    if code in OURS or code in TRANSIENT:
        return ProviderUnavailable(f"twilio: {OURS.get(code) or TRANSIENT[code]}", code=code)
    return refusal(status, code)


def _named(notification: Notification) -> str:
    return f"n={quote(notification.notification_id, safe='')}"
