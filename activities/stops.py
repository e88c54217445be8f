"""A text is refused because its phone has sent STOP: kept, so that nobody waits for texts there again."""

from collections.abc import Iterable
from datetime import datetime

import structlog

from domain.addressing import Message
from domain.consent import TEXTS_STOPPED_CODE
from domain.sending import Sent
from store.errors import StoreError
from store.repositories import Store

log = structlog.get_logger()

PATIENCE = 1.0
"""Seconds that the store may take."""


async def keep_stops(store: Store, messages: Iterable[Message], sent: Iterable[Sent], at: datetime) -> None:
    """Keep which phones the provider says have sent STOP; the web app tells their managers.

    With the store away the next text there is refused again, and says it again.
    """
    refused = {one.notification_id for one in sent if one.code == TEXTS_STOPPED_CODE}
    for address in sorted({one.address for one in messages if one.notification_id in refused}):
        try:
            await store.directory.stop_texts(address, at, timeout=PATIENCE)
        except StoreError as error:
            log.warning("a STOP could not be kept", error=type(error).__name__)
