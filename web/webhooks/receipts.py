"""Delivery receipts: evidence, which only moves forward. A failure goes to the engine: it tries the next channel."""

import asyncio
from datetime import datetime, timedelta

import structlog

from domain.requests import DeliveryFailed
from engine.errors import NoSuchPlacement, Unreachable
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
        self, notification_id: str | None, provider_id: str | None, status: str, at: datetime, code: str | None = None
    ) -> None:
        """Note a status. Unknown messages, and what came late, twice or out of order, change nothing.

        Raises:
            StoreUnavailable: the provider is to try again.
        """
        notifications = self._services.store.notifications
        applied = await notifications.apply_status(notification_id, provider_id, status, at, code)
        if applied is None or not applied.became_failed or applied.episode is None:
            return
        failed = _failed(applied, applied.episode, code)
        if not await self._told(applied.alias, failed):
            # The provider's next report of it would be no news any more: it is ours to try again.
            task = asyncio.create_task(self._tell(applied.alias, failed))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def close(self) -> None:
        """Stop telling."""
        for task in list(self._telling):
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    async def _tell(self, alias: str, failed: DeliveryFailed) -> None:
        try:
            async with asyncio.timeout(KEEP_TRYING.total_seconds()):
                while not await self._told(alias, failed):  # noqa: ASYNC110 - nothing here hears when the engine is back
                    await asyncio.sleep(RETRY_SECONDS)
        except TimeoutError:
            log.warning("the engine was not told of a failed message", notification_id=failed.notification_id)

    async def _told(self, alias: str, failed: DeliveryFailed) -> bool:
        try:
            await self._services.engine.tell_message_failed(alias, failed)
        except NoSuchPlacement:
            return True
        except (Unreachable, RuntimeError):
            # RuntimeError: the client has never reached Temporal since this process started.
            return False
        return True


def _failed(applied: Applied, episode: int, code: str | None) -> DeliveryFailed:
    return DeliveryFailed(
        request_id=f"failed-{applied.notification_id}",
        notification_id=applied.notification_id,
        episode=episode,
        person_id=applied.person_id,
        channel=applied.channel,
        code=int(code) if code and code.isascii() and code.isdigit() else None,
    )
