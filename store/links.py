"""Links by which a message can be answered: a short capability for one message, found by its hash and by nothing else.

The token is a truncated HMAC over the message's id, by a key derived from the key ring: it holds no data, nobody can
make one, and whoever reads the table can't either, because the table has its hash only. Sixty bits, asked for over the
network: to guess one of a million living links takes twenty years at a thousand tries a second.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config.keys import KeyRing
from domain.names import Channel
from store.repository import Repository
from store.tables import contacts, notifications

PURPOSE = "answer-link"
LENGTH = 12
_TOKEN = re.compile(r"[a-z2-7]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Linked:
    """The message that a link answers."""

    notification_id: str
    alias: str
    episode: int
    person_id: str
    """To whom it went first."""
    people: tuple[str, ...]
    """Everybody who is reached at that address: a shared phone has several."""
    template: str
    channel: Channel
    created_at: datetime


class Links(Repository):
    """Messages by the links in them."""

    async def find(self, token: str, *, timeout: float | None = None) -> Linked | None:
        """The message that a link answers; None: we made no such link.

        Raises:
            StoreUnavailable: it can't be told now.
        """
        if _TOKEN.fullmatch(token) is None:
            return None
        async with self._database.reading(timeout=timeout) as connection:
            query = select(notifications).where(notifications.c.link_hash == hash_of(token))
            row = (await connection.execute(query)).first()
            if row is None or row.episode is None or not is_of(token, self._seals.keys, row.id):
                return None
            people = await _people_at(connection, row)
        return Linked(
            notification_id=row.id,
            alias=row.alias,
            episode=row.episode,
            person_id=row.person_id,
            people=people,
            template=row.template,
            channel=Channel(row.channel),
            created_at=row.created_at,
        )

    async def reached_by(
        self, notification_id: str, *, timeout: float | None = None
    ) -> tuple[str, tuple[str, ...]] | None:
        """About whom a message is, by alias, and everybody who is reached where it went; None: there is no such one.

        Raises:
            StoreUnavailable: it can't be told now.
        """
        async with self._database.reading(timeout=timeout) as connection:
            row = (await connection.execute(select(notifications).where(notifications.c.id == notification_id))).first()
            return (row.alias, await _people_at(connection, row)) if row is not None else None


async def _people_at(connection: AsyncConnection, row: Row[Any]) -> tuple[str, ...]:
    sharing = select(contacts.c.person_id).where(
        contacts.c.channel == row.channel, contacts.c.address_hash == row.address_hash
    )
    return tuple(sorted({*await connection.scalars(sharing), row.person_id}))


def token_of(keys: KeyRing, notification_id: str) -> str:
    """The token of a message: the same however often it is asked for."""
    return _shortened(keys.mark(notification_id, purpose=PURPOSE))


def hash_of(token: str) -> str:
    """What the table keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_of(token: str, keys: KeyRing, notification_id: str) -> bool:
    """Whether this installation made the token for this message, with any key of the ring."""
    made = [_shortened(mark) for mark in keys.marks(notification_id, purpose=PURPOSE)]
    return any(hmac.compare_digest(one, token) for one in made)


def _shortened(mark: bytes) -> str:
    return base64.b32encode(mark).decode().lower()[:LENGTH]
