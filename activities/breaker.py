"""A breaker for each channel: a provider that fails again and again is not waited for.

While it is open, a message on that channel is refused at once, so that the person's next channel is tried in the same
second instead of after a time-out. Every few seconds one real message is let through; when the provider takes it, the
channel is back by itself. Who has no other channel left waits for that in `activities.waiting_room`. Each worker
process learns for itself: there is nothing to agree on, and nothing to lose.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from domain.names import Channel
from domain.priority import Priority
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
"""Seconds from one message that is let through to the next, to see whether the provider is back."""

REPEATS_PAUSE = 15.0
"""The same for what was said before: a child's first alert has more to gain from being the one that gets through."""

PATIENCE = 8.5
"""Seconds for one request: a little more than a notifier's own limit."""

BELATED = 1.0
"""Seconds that a request which hangs may still take once the provider has taken a later one: it is probably lost."""

FIRST_WORDS = 1.5
"""Seconds after the provider's return in which only first words about a child leave: what hung is about to fail."""

LONGEST = 6.0
"""Seconds for which the rest waits at most, as long as a first word that was refused has not come back."""

ON_ITS_WAY = 15.0
"""Seconds after which a first word that was refused has gone another way: else it would have come back."""

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
        self._invited: set[str] = set()
        self._owed: dict[str, float] = {}
        self._under_way = set[asyncio.Timeout]()
        self.back_at = float("-inf")
        """When the provider last came back, by the clock given."""
        self.outage: Outage | None = None
        """Why the channel is out, and since when (UTC); None while it works."""

    def __repr__(self) -> str:
        return f"Breaker({self._channel}, {'open' if self.outage else 'closed'})"

    async def send(self, address: str, send: Callable[[], Awaitable[T]], *, priority: Priority) -> T:
        """Send through the breaker.

        Args:
            address: where to; only compared, never shown.
            send: hands the message to the provider.
            priority: what is not said again may be the one that is let through sooner.

        Raises:
            ChannelOut: the breaker is open.
            NotifierError: what `send` raises; a time-out of its own is an OutcomeUnknown.
        """
        if priority <= Priority.FIRST:
            self.expect(address)
        self._admit(address, priority)
        began = self._clock()
        try:
            async with self._limited():
                sent = await send()
        except TimeoutError:
            self._failed(address, began, None)
            raise OutcomeUnknown("the provider did not answer in time") from None
        except Undeliverable:
            self._taken(address)  # a refusal of this address is an answer
            raise
        except (ProviderUnavailable, OutcomeUnknown) as error:
            self._failed(address, began, error)
            raise
        except asyncio.CancelledError:
            if self._looked_at <= began:
                self._looked_at = float("-inf")  # nothing was learnt: the next one may look
            raise
        else:
            self._taken(address)
            return sent

    @asynccontextmanager
    async def _limited(self) -> AsyncIterator[None]:
        async with asyncio.timeout(PATIENCE) as limit:
            self._under_way.add(limit)
            try:
                yield
            finally:
                self._under_way.discard(limit)

    def invites(self, address: str, *, pause: float) -> bool:
        """Whether so many seconds have passed since the last message was let through: then one to this address may."""
        invited = self._may_look(pause)
        if invited:
            self._invited.add(address)
        return invited

    def _may_look(self, pause: float) -> bool:
        now = self._clock()
        if now - self._looked_at < pause:
            return False
        self._looked_at = now
        return True

    def is_for_first_words(self) -> bool:
        """Whether the provider has just come back, and nothing but first words about a child is to leave yet."""
        back_for = self._clock() - self.back_at
        return back_for < FIRST_WORDS or (back_for < LONGEST and self.owes(ON_ITS_WAY))

    def _admit(self, address: str, priority: Priority) -> None:
        """While the breaker is open, pass the message that is let through, and no other."""
        if self.outage is None:
            if priority > Priority.FIRST and self.is_for_first_words():
                raise ChannelOut("the provider has just come back: first words go first")
            return
        if address in self._invited:
            self._invited.discard(address)
        elif not self._may_look(REPEATS_PAUSE if priority.can_wait else PAUSE):
            raise ChannelOut("the provider has not taken the last messages", code=self.outage.code)

    def expect(self, address: str) -> None:
        """A first word about a child is on its way to this address."""
        self._owed[address] = self._clock()

    def owes(self, within: float) -> bool:
        """Whether a first word about a child was on its way in these seconds, and has not been taken since."""
        now = self._clock()
        self._owed = {address: at for address, at in self._owed.items() if now - at < within}
        return bool(self._owed)

    def _taken(self, address: str) -> None:
        self._owed.pop(address, None)
        self._row.clear()
        self._taken_at = self._clock()
        if self.outage is None:
            return
        log.info("channel is back", channel=self._channel.value)
        self.outage, self.back_at = None, self._taken_at
        self._invited.clear()
        soon = asyncio.get_running_loop().time() + BELATED
        for limit in self._under_way:
            if not limit.expired():
                limit.reschedule(min(soon, limit.when() or soon))

    def _failed(self, address: str, began: float, error: NotifierError | None) -> None:
        now = self._clock()
        if self.outage is not None or began < self._taken_at:
            return  # what was begun before the provider last took a message says nothing
        self._row = [one for one in self._row if now - one[0] < IN_A_ROW] + [(now, address)]
        ill = len(self._row) >= FAILURES and len({one for _, one in self._row}) >= ADDRESSES
        if ill and now - self._taken_at >= ALIVE:
            code = error.code if error is not None else None
            self.outage = Outage(channel=self._channel, since=datetime.now(UTC), code=code)
            self._looked_at = now
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
