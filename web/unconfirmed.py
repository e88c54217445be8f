"""Texts and calls of which the provider says nothing final in the policy's time: the engine is told, once.

The worker writes with each claim by when something is to be known (`confirm_by`). This looks once a second. What is
heard later stays evidence: a text that is delivered after all is shown as delivered.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from domain.fail_over import UNCONFIRMED
from store.errors import StoreError
from store.notifications import Applied
from web.services import Services
from web.webhooks.receipts import Receipts, failure

log = structlog.get_logger()

EVERY_SECONDS = 1.0

KEPT = timedelta(seconds=15)
"""How long what one web app has found is its own: if it dies, or the engine is away, it is found again after that."""

AT_ONCE = 20
"""Placements that are told at the same time."""


def wall_clock() -> datetime:
    """The worker writes `confirm_by` by the clock of its machine, so it is read by that of this one (UTC)."""
    return datetime.now(UTC)


class Silence:
    """Looks for what nobody has confirmed."""

    def __init__(self, services: Services, receipts: Receipts, *, clock: Callable[[], datetime] = wall_clock) -> None:
        self._services = services
        self._receipts = receipts
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def sweep(self) -> None:
        """Tell the engine of all whose time is over.

        Raises:
            StoreError: they can't be read now.
        """
        if self._receipts.behind:
            return  # the store has been away: what was reported meanwhile comes first
        now = self._clock()
        overdue = await self._services.store.confirmations.overdue(now, kept_until=now + KEPT)
        told = await asyncio.gather(*(self._tell(one) for one in overdue))
        done = [one.notification_id for one, taken in zip(overdue, told, strict=True) if taken]
        if done:
            await self._services.store.confirmations.told(done)

    async def sweep_for_ever(self) -> None:
        """Once a second, for as long as the web app runs."""
        while True:
            try:
                await self.sweep()
            except StoreError as error:
                log.warning("the store did not answer: unconfirmed messages", error=type(error).__name__)
            except Exception:
                # Whatever is wrong with one of them, the others are looked for again in a second.
                log.exception("unconfirmed messages could not be told")
            await asyncio.sleep(EVERY_SECONDS)

    async def _tell(self, one: Applied) -> bool:
        async with self._turns:
            return await self._receipts.told(one.alias, failure(one, UNCONFIRMED))
