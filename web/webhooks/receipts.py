"""Delivery receipts: evidence, which only moves forward. A failure goes to the engine: it tries the next channel."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from domain import failures
from domain.fail_over import UNCONFIRMED
from domain.failures import Reason
from domain.names import Template
from domain.requests import DeliveryFailed
from engine.errors import NoSuchPlacement, Unreachable
from store.deliveries import is_final
from store.errors import StoreError, StoreUnavailable
from store.notifications import Applied
from web.services import Services

log = structlog.get_logger()

KEEP_TRYING = timedelta(minutes=10)
"""After that the ladder has long moved on by itself."""

RETRY_SECONDS = 1.0

PATIENCE = 5.0
"""Seconds that a report waits for the store: the provider waits fifteen for an answer."""

CLAIM_COMES = timedelta(seconds=10)
"""How long the report of a message that nobody knows is kept: what was sent while the store was away is written down
a moment after it is back."""


class Receipts:
    """Takes what the providers report."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._telling: set[asyncio.Task[None]] = set()
        self._kept: set[asyncio.Task[None]] = set()

    @property
    def behind(self) -> bool:
        """Whether final reports are kept here that the store could not take: it knows less than was reported."""
        return bool(self._kept)

    async def take(
        self,
        notification_id: str | None,
        provider_id: str | None,
        status: str,
        at: datetime,
        code: str | None = None,
        *,
        said: str = "undelivered",
    ) -> None:
        """Note a status. Unknown messages, and what came late, twice or out of order, change nothing.

        Args:
            notification_id: ours, from the callback's address.
            provider_id: the provider's.
            status: in the words that are kept.
            at: when the report came (UTC).
            code: the provider's own.
            said: the provider's word for a failure, where it says more than the one that is kept.

        Raises:
            StoreUnavailable: the provider is to try again. What is final is kept here as well: a provider gives up
                long before a store that is locked for a minute is back.
        """

        async def apply() -> bool:
            return await self._apply(notification_id, provider_id, status, at, code, said)

        try:
            known = await apply()
        except StoreUnavailable:
            if is_final(status):
                _keep(self._again(apply, KEEP_TRYING), self._kept)
            raise
        if not known and is_final(status):
            _keep(self._again(apply, CLAIM_COMES), self._telling)

    async def _again(self, apply: Callable[[], Awaitable[bool]], within: timedelta) -> None:
        """Take a report until the store has taken it, and knows the message that it is about."""
        until = time.monotonic() + within.total_seconds()
        while time.monotonic() < until:
            await asyncio.sleep(RETRY_SECONDS)
            with suppress(StoreUnavailable):
                if await apply():
                    return
                until = min(until, time.monotonic() + CLAIM_COMES.total_seconds())
        log.warning("a provider's report is given up: its message is not known, or the store is away")

    async def _apply(
        self,
        notification_id: str | None,
        provider_id: str | None,
        status: str,
        at: datetime,
        code: str | None,
        said: str,
    ) -> bool:
        """Note it; False: there is no such message."""
        notifications = self._services.store.notifications
        applied = await notifications.apply_status(notification_id, provider_id, status, at, code, timeout=PATIENCE)
        for one in (applied, *applied.also) if applied is not None else ():
            if one.became_failed:
                await self._failed(one, said, code, at)
        return applied is not None

    async def _failed(self, applied: Applied, said: str, code: str | None, at: datetime) -> None:
        failed = failure(applied, said, code)
        if _matters(applied) and not await self.told(applied.alias, failed):
            # The provider's next report of it would be no news any more: it is ours to try again.
            _keep(self._tell(applied.alias, failed), self._telling)
        await self._mark(applied, Reason(failed.reason), at)

    async def close(self) -> None:
        """Stop telling."""
        waiting = [*self._telling, *self._kept]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _tell(self, alias: str, failed: DeliveryFailed) -> None:
        try:
            async with asyncio.timeout(KEEP_TRYING.total_seconds()):
                while not await self.told(alias, failed):  # noqa: ASYNC110 - nothing here hears when the engine is back
                    await asyncio.sleep(RETRY_SECONDS)
        except TimeoutError:
            log.warning("the engine was not told of a failed message", notification_id=failed.notification_id)

    async def told(self, alias: str, failed: DeliveryFailed) -> bool:
        """Tell the engine that a message did not arrive; False: it does not answer now."""
        try:
            await self._services.engine.tell_message_failed(alias, failed)
        except NoSuchPlacement:
            return True
        except (Unreachable, RuntimeError):
            # RuntimeError: the client has never reached Temporal since this process started.
            return False
        return True

    async def _mark(self, applied: Applied, why: Reason, at: datetime) -> None:
        """A number that will never work is put out of use; its owner and their manager are told by `web.news`."""
        if not failures.ends_the_channel(why):
            return
        store = self._services.store
        try:
            address = await store.confirmations.address(applied.notification_id)
            if address and why is Reason.STOPPED:
                await store.directory.stop_texts(address, at)
            elif address:
                await store.directory.contact_failed(applied.channel, address, at)
        except StoreError as error:
            # The next message there fails as well, and says it again.
            log.warning("a number that does not work could not be kept as such", error=type(error).__name__)


def _keep(work: Coroutine[None, None, None], where: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(work)
    where.add(task)
    task.add_done_callback(where.discard)


def _matters(applied: Applied) -> bool:
    """Whether the placement follows it up: what belongs to an episode, and a carer's worry. A notice is not its own."""
    return applied.episode is not None or applied.rung.startswith(f"{Template.CONCERN}.")


def failure(applied: Applied, said: str, code: str | None = None) -> DeliveryFailed:
    """What the engine is told of a message that did not arrive."""
    number = int(code) if code and code.isascii() and code.isdigit() else None
    kind = "unconfirmed" if said == UNCONFIRMED else "failed"
    return DeliveryFailed(
        request_id=f"{kind}-{applied.notification_id}",
        notification_id=applied.notification_id,
        episode=applied.episode,
        person_id=applied.person_id,
        channel=applied.channel,
        rung=applied.rung,
        status=said,
        code=number,
        reason=failures.reason(applied.channel, number),
    )
