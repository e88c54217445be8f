"""What a provider says of a number when it is sent to, and what is kept of it: nobody waits for it a second time."""

from collections.abc import Iterable
from datetime import datetime

import structlog

from domain import failures
from domain.addressing import Message
from domain.failures import Reason
from domain.sending import SendStatus, Sent
from store.errors import StoreError
from store.repositories import Store

log = structlog.get_logger()

PATIENCE = 1.0
"""Seconds that the store may take."""


async def keep_dead_numbers(store: Store, messages: Iterable[Message], sent: Iterable[Sent], at: datetime) -> None:
    """Keep which phones have sent STOP and which numbers will never work; the web app tells whom it concerns.

    With the store away the next message there is refused again, and says it again.
    """
    refused = {one.notification_id: one for one in sent if one.status is SendStatus.UNDELIVERABLE}
    for message in messages:
        if message.notification_id in refused:
            why = failures.reason(message.channel, refused[message.notification_id].code)
            await _keep(store, message, why, at)


async def _keep(store: Store, message: Message, why: Reason, at: datetime) -> None:
    try:
        if why is Reason.STOPPED:
            await store.directory.stop_texts(message.address, at, timeout=PATIENCE)
        elif why is Reason.PERMANENT:
            await store.directory.contact_failed(message.channel, message.address, at, timeout=PATIENCE)
    except StoreError as error:
        log.warning("a number that does not work could not be kept as such", error=type(error).__name__)
