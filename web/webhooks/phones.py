"""A phone as the store knows it; while the store is away, as this process read it some seconds before.

A text that says "I have it" must count in the minute in which the store is locked as well: the engine is there, and
only the meaning of the code is missing. So it is read ahead, for all phones, every few seconds.
"""

import asyncio

import structlog

from domain.names import Channel
from domain.snapshot import EpisodeSnapshot
from store.errors import StoreError, StoreUnavailable
from store.phone_book import PhoneBook
from store.reply_codes import ReplyCode
from web.services import Services
from web.webhooks.meant import Phone

log = structlog.get_logger()

EVERY_SECONDS = 3.0

PATIENCE = 1.0
"""Seconds that a text waits for the store."""


class Phones:
    """Every phone that is somebody's."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._book: PhoneBook | None = None

    async def at(self, address: str, *, code: str | None = None) -> Phone | None:
        """The phone with this number, as far as a text with this code needs to know it; None: nobody's.

        Raises:
            StoreUnavailable: it can't be told now, and was nobody's when it was read: it may be somebody's since.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._now(address, code)
        except (StoreUnavailable, TimeoutError):
            return self._before(address)

    async def read(self) -> None:
        """Read what is to be known when the store goes away.

        Raises:
            StoreError: it has gone.
        """
        self._book = await self._services.store.phone_books.read()

    async def read_for_ever(self) -> None:
        """Every few seconds, for as long as the web app runs."""
        while True:
            try:
                await self.read()
            except StoreError as error:
                log.warning("phones can't be read: those last read are used", error=type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def _now(self, address: str, code: str | None) -> Phone | None:
        store = self._services.store
        people = await store.directory.people_by_address(Channel.SMS, address)
        people = people or await store.directory.people_by_address(Channel.VOICE, address)
        if not people:
            return None
        codes = await store.notifications.open_codes(address)
        return Phone.known(address, people, codes, await self._episodes(codes, code))

    async def _episodes(self, codes: list[ReplyCode], code: str | None) -> dict[str, list[EpisodeSnapshot]]:
        """Of the placements that this phone was told about; of all, for a code that it is not known to have been told.

        Not of all for every text: there are more of them every week, and others wait while they are read.
        """
        placements = self._services.store.placements
        if code is None or any(one.code == code for one in codes):
            told_about = sorted({one.alias for one in codes})
            rows = [row for row in await asyncio.gather(*map(placements.get, told_about)) if row is not None]
        else:
            rows = await placements.list()
        return {row.alias: row.snapshot.episodes for row in rows if row.snapshot is not None and not row.snapshot.ended}

    def _before(self, address: str) -> Phone:
        book = self._book
        people = book.people_at(address) if book is not None else []
        if book is None or not people:
            raise StoreUnavailable("the store did not answer in time")
        log.warning("store away: a text is read by what was known before")
        return Phone.known(address, people, book.codes_at(address), book.placements, remembered=True)
