"""What has happened to people's numbers is told, also if the process that noticed it is gone.

A worker, a webhook or another web process writes it down (`store.contact_news`). This looks every few seconds, starts
the notices, and takes away what has been told. Told twice it is told once: a notice's id is made from the news itself.
"""

import asyncio

import structlog

from engine.errors import EngineError
from store.errors import StoreError
from web import notices
from web.services import Services

log = structlog.get_logger()

EVERY_SECONDS = 5.0


async def tell(services: Services) -> None:
    """Tell all that has not been told yet.

    Raises:
        StoreError: it can't be read, or not be taken away.
        EngineError: the engine did not take a notice.
    """
    for one in await services.store.directory.contact_news():
        await notices.tell_news(services, one.news, one.channel, one.person_ids, one.at)
        await services.store.directory.contact_news_told(one)


async def tell_soon(services: Services) -> None:
    """Tell now, if both store and engine answer; else it is told when they do."""
    try:
        await tell(services)
    except (StoreError, EngineError, RuntimeError) as error:
        # RuntimeError: the client has never reached Temporal since this process started.
        log.warning("news of a contact could not be told yet", error=type(error).__name__)


async def tell_for_ever(services: Services) -> None:
    """Every few seconds, for as long as the web app runs."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        await tell_soon(services)
