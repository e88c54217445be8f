"""Webhook events that were seen: providers send them twice, and anybody can send an old one again."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete

from store.database import Database
from store.dialect import insert_absent
from store.repository import Repository
from store.tables import webhook_events

KEPT = timedelta(days=7)
_PRUNE_EVERY = timedelta(hours=1)


class Webhooks(Repository):
    """Events by provider and key."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._pruned_at: datetime | None = None

    async def seen(self, provider: str, event_key: str, at: datetime, *, timeout: float | None = None) -> bool:
        """Take note of an event. True: it is new. Events older than a week are forgotten, once an hour.

        Args:
            provider: `twilio` or `sendgrid`.
            event_key: whatever makes an event the same event; only its hash is kept.
            at: when it came.
            timeout: seconds.
        """
        row = {"provider": provider, "event_key": hashlib.sha256(event_key.encode()).hexdigest(), "seen_at": at}
        async with self._database.transaction(timeout=timeout) as connection:
            is_new = (await connection.execute(insert_absent(connection, webhook_events), row)).rowcount == 1
            if self._pruned_at is None or at - self._pruned_at >= _PRUNE_EVERY:
                await connection.execute(delete(webhook_events).where(webhook_events.c.seen_at < at - KEPT))
                self._pruned_at = at
        return is_new
