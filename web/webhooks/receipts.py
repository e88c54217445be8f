"""Delivery receipts: evidence, which only moves forward. A failure goes to the engine: it tries the next channel."""

import asyncio
from datetime import datetime, timedelta

import structlog

from domain import failures
from domain.fail_over import UNCONFIRMED
from domain.failures import Reason
from domain.names import Template
from domain.requests import DeliveryFailed
from engine.errors import NoSuchPlacement, Unreachable
from store.errors import StoreError
from store.notifications import Applied
from web.services import Services

log = structlog.get_logger()

KEEP_TRYING = timedelta(minutes=10)
"""After that the ladder has long moved on by itself."""

RETRY_SECONDS = 1.0


class Receipts:
    """Takes what the providers report."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._telling: set[asyncio.Task[None]] = set()

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
            StoreUnavailable: the provider is to try again.
        """
        notifications = self._services.store.notifications
        applied = await notifications.apply_status(notification_id, provider_id, status, at, code)
        for one in (applied, *applied.also) if applied is not None else ():
            if one.became_failed:
                await self._failed(one, said, code, at)

    async def _failed(self, applied: Applied, said: str, code: str | None, at: datetime) -> None:
        failed = failure(applied, said, code)
        if _matters(applied) and not await self.told(applied.alias, failed):
            # The provider's next report of it would be no news any more: it is ours to try again.
            task = asyncio.create_task(self._tell(applied.alias, failed))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)
        await self._mark(applied, Reason(failed.reason), at)

    async def close(self) -> None:
        """Stop telling."""
        for task in list(self._telling):
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

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
