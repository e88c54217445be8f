"""What happens to a number or a mailbox of its own: STOP and START, and that it does not work any more.

Each change is written down together with the news of it, so that somebody hears of it also if the process that noticed
it dies in the same second: `web.news` tells whatever stands here, and takes it away when it has been told.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from domain.names import Channel
from store.repository import Repository
from store.tables import contacts


class News(StrEnum):
    """What has happened to a contact."""

    STOPPED = "stopped"
    """STOP was texted from it."""
    STARTED = "started"
    """START was, after a STOP."""
    FAILED = "failed"
    """Its provider says that it does not work, and never will by itself."""


@dataclass(frozen=True, slots=True)
class ContactNews:
    """One thing that has happened to one number or mailbox, whosever it is."""

    news: News
    channel: Channel
    at: datetime
    contact_ids: tuple[str, ...]
    """One for each person who is reached there: a duty phone has several."""
    person_ids: tuple[str, ...]


class ContactEvents(Repository):
    """Numbers and mailboxes that change by what their owners text, and by what providers say."""

    async def stop_texts(self, address: str, at: datetime, *, timeout: float | None = None) -> list[str]:
        """STOP was texted from this number, or the provider says that it was. Calls and e-mail go on.

        Returns:
            The people whose texts end by it; nobody, if they had ended before or the number is nobody's.
        """
        which = and_(contacts.c.channel == Channel.SMS, contacts.c.stopped_at.is_(None))
        return await self._change(address, which, News.STOPPED, at, timeout, stopped_at=at)

    async def start_texts(self, address: str, at: datetime, *, timeout: float | None = None) -> list[str]:
        """START was texted from this number: texts go there again.

        Returns:
            The people who are texted again; nobody, if texts to them were never stopped.
        """
        which = and_(contacts.c.channel == Channel.SMS, contacts.c.stopped_at.is_not(None))
        return await self._change(address, which, News.STARTED, at, timeout, stopped_at=None)

    async def contact_failed(
        self, channel: Channel, address: str, at: datetime, *, timeout: float | None = None
    ) -> list[str]:
        """The provider says that nobody can ever be reached there on this channel: it is not used any more.

        Returns:
            The people who were reached there; nobody, if it was out of use before.
        """
        which = and_(contacts.c.channel == channel, contacts.c.disabled_at.is_(None))
        return await self._change(address, which, News.FAILED, at, timeout, disabled_at=at)

    async def contact_news(self) -> list[ContactNews]:
        """What has not been told yet, oldest first; what happened to one number is one piece of news."""
        query = select(contacts).where(contacts.c.news.is_not(None)).order_by(contacts.c.news_at, contacts.c.id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        alike: dict[tuple[Any, ...], list[Any]] = {}
        for row in rows:
            alike.setdefault((row.news, row.channel, row.news_at, row.address_hash), []).append(row)
        return [
            ContactNews(
                news=News(news),
                channel=Channel(channel),
                at=at,
                contact_ids=tuple(row.id for row in same),
                person_ids=tuple(dict.fromkeys(row.person_id for row in same)),
            )
            for (news, channel, at, _), same in alike.items()
        ]

    async def contact_news_told(self, told: ContactNews) -> None:
        """It has been told. What has happened to the contact since stays to be told."""
        which = and_(contacts.c.id.in_(told.contact_ids), contacts.c.news == told.news, contacts.c.news_at == told.at)
        async with self._database.transaction() as connection:
            await connection.execute(update(contacts).where(which).values(news=None, news_at=None))

    async def texts_stopped(self, addresses: Collection[str], *, timeout: float | None = None) -> set[str]:
        """Those of these numbers to which texts are stopped."""
        async with self._database.reading(timeout=timeout) as connection:
            index = await self._database.index(connection)
            hashes = {index.of_address(one): one for one in addresses}
            query = select(contacts.c.address_hash).where(
                contacts.c.address_hash.in_(hashes), contacts.c.stopped_at.is_not(None)
            )
            return {hashes[one] for one in await connection.scalars(query)}

    async def _change(
        self,
        address: str,
        which: ColumnElement[bool],
        news: News,
        at: datetime,
        timeout: float | None,
        **values: datetime | None,
    ) -> list[str]:
        async with self._database.transaction(timeout=timeout) as connection:
            address_hash = (await self._database.index(connection)).of_address(address)
            mine = and_(contacts.c.address_hash == address_hash, which)
            query = select(contacts.c.id, contacts.c.person_id).where(mine).order_by(contacts.c.id).with_for_update()
            rows = (await connection.execute(query)).all()
            if rows:
                changed = update(contacts).where(contacts.c.id.in_([row.id for row in rows]))
                await connection.execute(changed.values(news=news, news_at=at, **values))
        return list(dict.fromkeys(row.person_id for row in rows))
