"""Claims that could not be written before their messages left: written as soon as the store is back.

Without its claim a message that has gone out can't be found again: a report that it did not arrive would be about
nothing, and a bare Y in answer to it as well. They are kept in this process only: what dies with it is known to the
engine all the same, and an answer with its code still counts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from store.claims import Claim
from store.errors import StoreError
from store.notifications import Notifications, type_of_outcome

log = structlog.get_logger()

EVERY_SECONDS = 1.0

PATIENCE = 2.0
"""Seconds that the store may take for them."""

MOST = 5000
"""Claims that are kept; beyond that the oldest are given up."""

AT_ONCE = 100


T = TypeVar("T")


class Unwritten:
    """Claims and outcomes that wait for the store."""

    def __init__(self, notifications: Notifications) -> None:
        self._notifications = notifications
        self._claims: dict[str, Claim] = {}
        self._outcomes: dict[str, type_of_outcome] = {}
        self._writing: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._claims)

    def keep(self, claims: Sequence[Claim]) -> None:
        """Write these later."""
        self._claims |= {one.notification_id: one for one in claims}
        while len(self._claims) > MOST:
            oldest = next(iter(self._claims))
            del self._claims[oldest]
            self._outcomes.pop(oldest, None)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    def settle(self, outcomes: Sequence[type_of_outcome]) -> list[type_of_outcome]:
        """Keep what became of those that wait with their claims; returns the others."""
        mine = {one[0]: one for one in outcomes if one[0] in self._claims}
        self._outcomes |= mine
        return [one for one in outcomes if one[0] not in mine]

    async def _write(self) -> None:
        """Until none is left."""
        while self._claims or self._outcomes:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self._write_claims()
                await self._write_outcomes()
            except StoreError as error:
                log.warning("claims still not written", waiting=len(self), error=type(error).__name__)

    async def _write_claims(self) -> None:
        claims = list(self._claims.values())[:AT_ONCE]
        await _each_for_itself(claims, self._claim)
        for claim in claims:
            self._claims.pop(claim.notification_id, None)

    async def _claim(self, claims: list[Claim]) -> None:
        now = datetime.now(UTC)
        await self._notifications.claim_late([_from_now(one, now) for one in claims], timeout=PATIENCE)

    async def _write_outcomes(self) -> None:
        outcomes = [one for one in self._outcomes.values() if one[0] not in self._claims]
        await _each_for_itself(outcomes, self._settle)
        for outcome in outcomes:
            self._outcomes.pop(outcome[0], None)

    async def _settle(self, outcomes: list[type_of_outcome]) -> None:
        await self._notifications.outcome(outcomes, timeout=PATIENCE)


async def _each_for_itself(several: list[T], write: Callable[[list[T]], Awaitable[None]]) -> None:
    """Write all together; what is wrong with one of them is not to be wrong with the others.

    Raises:
        StoreError: the store is away.
    """
    if not several:
        return
    try:
        await write(several)
    except StoreError:
        raise
    except Exception:
        if len(several) == 1:
            log.exception("a message's claim or outcome can't be written, and is given up")
            return
        for one in several:
            await _each_for_itself([one], write)


def _from_now(claim: Claim, now: datetime) -> Claim:
    """What was reported of it meanwhile comes a moment after its claim: its silence counts from now."""
    if claim.confirm_by is None:
        return claim
    return replace(claim, confirm_by=now + (claim.confirm_by - claim.created_at))
