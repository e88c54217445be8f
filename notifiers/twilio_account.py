"""An account at Twilio: the real library's client, asked within time limits, its errors as ours.

Texts and calls go through it alike; what they say and how they are found again is theirs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.rest import Client  # type: ignore[import-untyped]

from notifiers.errors import NotifierError, OutcomeUnknown, ProviderUnavailable
from notifiers.interface import Notification, Receipt
from notifiers.twilio_http import BoundedHttpClient, TimeLimits, looking

PROVIDER = "twilio"

RETRY_CALLBACKS = "#rc=3&rp=all"
"""Asks Twilio to try a callback four times in all; a fragment is neither sent nor signed."""

_CLOCKS_DIFFER = timedelta(minutes=5)

_T = TypeVar("_T")
Refusal = Callable[[int, int | None], NotifierError]
"""What a refusal means, by HTTP status and Twilio's own code."""
Look = Callable[[Client, datetime], Awaitable[Receipt | None]]


class TwilioAccount:
    """The way to Twilio; it never retries.

    Args:
        account_sid: The account.
        auth_token: Its token.
        base_url: Where the API is, when not at Twilio (the simulator).
        limits: How long requests may take; 8 s to send and 5 s to find.
        refusal: What a refusal means for this channel.
    """

    def __init__(
        self, account_sid: str, auth_token: str, *, base_url: str | None, limits: TimeLimits | None, refusal: Refusal
    ) -> None:
        self._credentials = (account_sid, auth_token)
        self._base_url = base_url
        self._limits = limits or TimeLimits()
        self._refusal = refusal
        self._client: Client | None = None
        self._closed = False

    def __repr__(self) -> str:
        return "TwilioAccount()"

    async def create(self, notification: Notification, request: Callable[[Client], Awaitable[_T]]) -> _T:
        """Have something sent, once, with a last look in the moment in which the request is written.

        Raises:
            Undeliverable: Twilio refused this number or text.
            ProviderUnavailable: nothing left, 429, or our account or sender is at fault.
            OutcomeUnknown: the answer was lost, came too late, was a 5xx or made no sense.
        """
        with looking(notification.last_look):
            return await self._translated(lambda: request(self._library()))

    async def find(self, look: Look, *, since: datetime) -> Receipt | None:
        """Look among what was sent since then; Twilio's clock may be some minutes behind ours.

        Raises:
            ProviderUnavailable: Twilio did not answer in time.
        """
        try:
            async with asyncio.timeout(self._limits.find):
                earliest = since.astimezone(UTC) - _CLOCKS_DIFFER
                return await self._translated(lambda: look(self._library(), earliest))
        except (TimeoutError, NotifierError) as problem:
            unanswered = _unanswered(problem)
        raise unanswered

    async def close(self) -> None:
        """Give back the connections; a later request fails."""
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

    async def _translated(self, request: Callable[[], Awaitable[_T]]) -> _T:
        """Make the request, with the library's errors as ours.

        Ours are raised outside of the `except` clause: the library's text names the number, and must not travel as
        context.
        """
        try:
            return await request()
        except (TwilioRestException, TwilioServiceException) as refused:
            fault: NotifierError = self._refusal(refused.status, refused.code)
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
