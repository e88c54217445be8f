"""Verifications under way: which contact, until when, how often it was tried. Neither a code nor a link is kept."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain import verification
from domain.names import Channel
from domain.verification import CHANGED, EXPIRED, MOST_TRIES, NO_TRIES, NONE_OPEN, REMEMBERED, Answer, Standing
from store.errors import Conflict, NotFound
from store.people import ADDRESS
from store.repository import Repository
from store.tables import contacts, verifications


@dataclass(frozen=True, slots=True)
class Verification:
    """One code or link under way."""

    id: str
    person_id: str
    contact_id: str
    channel: Channel
    standing: Standing
    tries: int
    created_at: datetime
    expires_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is to be sent where."""

    id: str
    channel: Channel
    expires_at: datetime
    address: str = field(repr=False)
    code: str = field(repr=False)
    token: str = field(repr=False)


class Verifications(Repository):
    """Verifications by id and by contact."""

    async def begin(self, verification_id: str, person_id: str, contact_id: str, now: datetime) -> Verification:
        """A code or a link is asked for. The one before, if there is one, counts no more.

        Raises:
            NotFound: the person has no such contact.
            Conflict: it is out of use, or too many were sent there.
        """
        async with self._database.transaction() as connection:
            same = await _locked(connection, verifications.c.id == verification_id)
            if same is not None:
                return _verification(same)
            await connection.execute(delete(verifications).where(verifications.c.created_at < now - REMEMBERED))
            contact = await _contact(connection, contact_id)
            if contact is None or contact.person_id != person_id:
                raise NotFound("contact_id", "this person has no such contact any more: load the entry again")
            await _check(connection, contact, now)
            mine = and_(verifications.c.contact_id == contact_id, verifications.c.status == Standing.WAITING)
            await connection.execute(update(verifications).where(mine).values(status=Standing.REPLACED))
            channel = Channel(contact.channel)
            row = {
                "id": verification_id,
                "person_id": person_id,
                "contact_id": contact_id,
                "channel": channel,
                "address_hash": contact.address_hash,
                "status": Standing.WAITING,
                "tries": 0,
                "created_at": now,
                "expires_at": verification.expires_at(channel, now),
            }
            await connection.execute(insert(verifications), row)
            return Verification(
                id=verification_id,
                person_id=person_id,
                contact_id=contact_id,
                channel=channel,
                standing=Standing.WAITING,
                tries=0,
                created_at=now,
                expires_at=verification.expires_at(channel, now),
            )

    async def outgoing(self, verification_id: str, now: datetime, *, timeout: float | None = None) -> Outgoing | None:
        """What is to be sent; None: nothing any more.

        It was answered, replaced, has expired, or the contact was changed.
        """
        async with self._database.reading(timeout=timeout) as connection:
            query = select(verifications).where(verifications.c.id == verification_id)
            row = (await connection.execute(query)).one_or_none()
            if row is None or row.status != Standing.WAITING or row.expires_at <= now:
                return None
            contact = await _contact(connection, row.contact_id)
            if contact is None or not _is_same(row, contact):
                return None
            key = (await self._database.index(connection)).secret("verifications")
            return Outgoing(
                id=row.id,
                channel=Channel(row.channel),
                expires_at=row.expires_at,
                address=self._seals.open_json(ADDRESS, contact.id, contact.key_id, contact.address_sealed),
                code=verification.code(key, row.id),
                token=verification.token(key, row.id),
            )

    async def refused(self, verification_id: str) -> None:
        """The provider says that nothing can be sent there."""
        which = and_(verifications.c.id == verification_id, verifications.c.status == Standing.WAITING)
        async with self._database.transaction() as connection:
            await connection.execute(update(verifications).where(which).values(status=Standing.REFUSED))

    async def latest(self, contact_id: str, now: datetime) -> Verification | None:
        """What is known of the last one that was asked for; None: nothing, or it has expired and is forgotten."""
        query = (
            select(verifications)
            .where(verifications.c.contact_id == contact_id, verifications.c.expires_at > now)
            .order_by(verifications.c.created_at.desc(), verifications.c.id.desc())
            .limit(1)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _verification(row) if row is not None else None

    async def answer_code(self, person_id: str, contact_id: str, typed: str, now: datetime) -> Answer:
        """Somebody types a code. A wrong one counts, and the fifth is the last."""
        which = and_(
            verifications.c.contact_id == contact_id,
            verifications.c.person_id == person_id,
            verifications.c.status == Standing.WAITING,
            verifications.c.channel != Channel.EMAIL,
        )
        async with self._database.transaction() as connection:
            row = await _locked(connection, which)
            if row is None:
                return NONE_OPEN
            if row.expires_at <= now:
                return EXPIRED
            if row.tries >= MOST_TRIES:
                return NO_TRIES
            key = (await self._database.index(connection)).secret("verifications")
            if not verification.is_right(key, row.id, typed):
                return await _wrong(connection, row)
            return await _confirm(connection, row, now)

    async def link(self, token: str, now: datetime) -> Verification | None:
        """What a link is for; None: it was altered, has expired or was used."""
        async with self._database.reading() as connection:
            verification_id = await self._of_link(connection, token)
            query = select(verifications).where(verifications.c.id == (verification_id or ""))
            row = (await connection.execute(query)).one_or_none()
        if row is None or row.status != Standing.WAITING or row.expires_at <= now:
            return None
        return _verification(row)

    async def answer_link(self, token: str, now: datetime) -> Answer:
        """Somebody opened the link and pressed its button."""
        async with self._database.transaction() as connection:
            verification_id = await self._of_link(connection, token)
            row = await _locked(connection, verifications.c.id == (verification_id or ""))
            if row is None or row.status != Standing.WAITING or row.expires_at <= now:
                return EXPIRED
            return await _confirm(connection, row, now)

    async def _of_link(self, connection: AsyncConnection, token: str) -> str | None:
        key = (await self._database.index(connection)).secret("verifications")
        return verification.verified_id(key, token)


async def _check(connection: AsyncConnection, contact: Row[Any], now: datetime) -> None:
    """A contact out of use gets no test; a number is not pestered."""
    if contact.disabled_at is not None:
        raise Conflict("contact_id", "this contact is out of use: correct it first")
    if contact.stopped_at is not None:
        raise Conflict("contact_id", "STOP was texted from this number: START has to be texted from it first")
    query = select(verifications.c.created_at).where(verifications.c.address_hash == contact.address_hash)
    why_not = verification.too_many(list(await connection.scalars(query)), now)
    if why_not is not None:
        raise Conflict("contact_id", why_not)


async def _wrong(connection: AsyncConnection, row: Row[Any]) -> Answer:
    left = MOST_TRIES - row.tries - 1
    which = verifications.c.id == row.id
    await connection.execute(update(verifications).where(which).values(tries=row.tries + 1))
    if not left:
        return NO_TRIES
    return Answer(confirmed=False, why_not=f"this is not the code: {left} {'try' if left == 1 else 'tries'} left")


async def _confirm(connection: AsyncConnection, row: Row[Any], now: datetime) -> Answer:
    """The contact counts as verified, if it is still the one that was tried."""
    contact = await _contact(connection, row.contact_id)
    if contact is None or not _is_same(row, contact):
        return CHANGED
    which = verifications.c.id == row.id
    await connection.execute(update(verifications).where(which).values(status=Standing.CONFIRMED))
    await connection.execute(update(contacts).where(contacts.c.id == contact.id).values(verified_at=now))
    return Answer(confirmed=True)


def _is_same(row: Row[Any], contact: Row[Any]) -> bool:
    same = (contact.channel, contact.address_hash) == (row.channel, row.address_hash)
    return same and contact.disabled_at is None and contact.stopped_at is None


async def _contact(connection: AsyncConnection, contact_id: str) -> Row[Any] | None:
    return (await connection.execute(select(contacts).where(contacts.c.id == contact_id))).one_or_none()


async def _locked(connection: AsyncConnection, which: ColumnElement[bool]) -> Row[Any] | None:
    """The newest of these, held: two answers at once are counted as two."""
    query = select(verifications).where(which).order_by(verifications.c.created_at.desc()).limit(1).with_for_update()
    return (await connection.execute(query)).one_or_none()


def _verification(row: Row[Any]) -> Verification:
    return Verification(
        id=row.id,
        person_id=row.person_id,
        contact_id=row.contact_id,
        channel=Channel(row.channel),
        standing=Standing(row.status),
        tries=row.tries,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
