"""How often a phone has been answered: two machines must not text each other for ever."""

from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from store.errors import StoreError
from web.services import Services

log = structlog.get_logger()

HOUR = timedelta(hours=1)

PATIENCE = 1.0
"""Seconds that an answer waits for the store. What was done is not reported as not done because it can't be counted."""


class Answered:
    """Answers to each phone in the last hour; those that the store could not count are counted here."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._uncounted: dict[str, list[datetime]] = defaultdict(list)

    async def lately(self, what: str, *, store_away: bool) -> int:
        """How many there were; `what`: the number, or what else is counted. A store that is away is not asked."""
        since = self._services.clock() - HOUR
        here = [at for at in self._uncounted.get(what, ()) if at > since]
        kept = 0
        if not store_away:
            with suppress(StoreError):
                kept = await self._services.store.notifications.replies_sent(what, since, timeout=PATIENCE)
        return kept + len(here)

    async def one_more(self, what: str, *, store_away: bool) -> None:
        """Count an answer. Never fails."""
        now = self._services.clock()
        if not store_away:
            try:
                await self._services.store.notifications.note_reply(what, now, timeout=PATIENCE)
            except StoreError as error:
                log.warning("an answer to a text could not be counted", error=type(error).__name__)
            else:
                return
        self._uncounted[what] = [at for at in self._uncounted[what] if at > now - HOUR] + [now]
