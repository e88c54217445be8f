"""A breaker for each channel: a provider that fails again and again is not waited for.

While it is open, a message on that channel is refused at once, so that the person's next channel is tried in the same
second instead of after a time-out. Every few seconds one real message is let through; when the provider takes it, the
channel is back by itself. Each worker process learns for itself: there is nothing to agree on, and nothing to lose.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from domain.names import Channel
from domain.sending import Outage
from notifiers.errors import NotifierError, OutcomeUnknown, ProviderUnavailable, Undeliverable

log = structlog.get_logger()

FAILURES = 3
"""So many messages in a row that the provider did not take open the breaker."""

ADDRESSES = 2
"""They must have been for so many different addresses: one telephone's trouble is not the provider's."""

IN_A_ROW = 600.0
"""Seconds within which they count as a row: on a quiet night rungs are minutes apart."""

ALIVE = 2.0
"""Seconds for which a message that was taken shows that the provider is alive, whatever fails beside it."""

PAUSE = 5.0
"""Seconds until the next message is let through, to see whether the provider is back."""

REPEATS_PAUSE = 15.0
"""The same for what was said before: a child's first alert has more to gain from being the one that gets through."""

PATIENCE = 8.5
"""Seconds for one request: a little more than a notifier's own limit."""

T = TypeVar("T")


class ChannelOut(ProviderUnavailable):
    """The breaker is open: the provider was not asked, nothing was sent."""


class Breaker:
    """One channel's breaker."""

    def __init__(self, channel: Channel, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._channel = channel
        self._clock = clock
        self._row: list[tuple[float, str]] = []
        self._taken_at = float("-inf")
        self._looked_at = float("-inf")
        self._looking = False
        self.outage: Outage | None = None
        """Why the channel is out, and since when (UTC); None while it works."""

    def __repr__(self) -> str:
        return f"Breaker({self._channel}, {'open' if self.outage else 'closed'})"

    async def send(self, address: str, send: Callable[[], Awaitable[T]], *, urgent: bool) -> T:
        """Send through the breaker.

        Args:
            address: where to; only compared, never shown.
            send: hands the message to the provider.
            urgent: it is not a repeat: it may be the one that is let through sooner.

        Raises:
            ChannelOut: the breaker is open.
            NotifierError: what `send` raises; a time-out of its own is an OutcomeUnknown.
        """
        letting_through = self._admit(urgent=urgent)
        try:
            async with asyncio.timeout(PATIENCE):
                sent = await send()
        except TimeoutError:
            self._failed(address, None)
            raise OutcomeUnknown("the provider did not answer in time") from None
        except Undeliverable:
            self._taken()  # a refusal of this address is an answer
            raise
        except (ProviderUnavailable, OutcomeUnknown) as error:
            self._failed(address, error)
            raise
        else:
            self._taken()
            return sent
        finally:
            self._looking = self._looking and not letting_through

    def _admit(self, *, urgent: bool) -> bool:
        """Whether this message is the one that is let through an open breaker."""
        if self.outage is None:
            return False
        pause = PAUSE if urgent else REPEATS_PAUSE
        if self._looking or self._clock() - self._looked_at < pause:
            raise ChannelOut("the provider has not taken the last messages", code=self.outage.code)
        self._looking = True
        return True

    def _taken(self) -> None:
        self._row.clear()
        self._taken_at = self._clock()
        if self.outage is not None:
            log.info("channel is back", channel=self._channel.value)
            self.outage = None

    def _failed(self, address: str, error: NotifierError | None) -> None:
        now = self._looked_at = self._clock()
        if self.outage is not None:
            return
        self._row = [one for one in self._row if now - one[0] < IN_A_ROW] + [(now, address)]
        ill = len(self._row) >= FAILURES and len({one for _, one in self._row}) >= ADDRESSES
        if ill and now - self._taken_at >= ALIVE:
            code = error.code if error is not None else None
            self.outage = Outage(channel=self._channel, since=datetime.now(UTC), code=code)
            log.warning("channel is out: its messages go by others", channel=self._channel.value, code=code)
            self._row.clear()


class Breakers:
    """The breakers of one worker process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._breakers = {channel: Breaker(channel, clock=clock) for channel in Channel}

    def __getitem__(self, channel: Channel) -> Breaker:
        """The breaker of a channel."""
        return self._breakers[channel]

    def outages(self) -> list[Outage]:
        """The channels that are out now."""
        return [one.outage for one in self._breakers.values() if one.outage is not None]
