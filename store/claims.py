"""A message is claimed before it is sent: written down with its address, its reply code and the token of its link."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.names import Channel
from store import links, reply_codes
from store.database import Database
from store.deliveries import PENDING
from store.dialect import insert_absent
from store.errors import StoreUnavailable
from store.reply_codes import ReplyCodes
from store.sealing import Index
from store.tables import notifications
from store.together import PATIENCE, Together

_COLUMN = "notifications.address"
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is about to be sent."""

    notification_id: str
    alias: str
    episode: int | None
    rung: str
    """What it belongs to: the rung's number, or the kind of delivery."""
    person_id: str
    channel: Channel
    address: str = field(repr=False)
    template: str
    code: str | None
    """The reply code proposed for this phone: four digits. None: nothing to reply to."""
    created_at: datetime
    confirm_by: datetime | None = None
    """By then something final is known of it, or it counts as not delivered (UTC). None: nobody waits for that."""


@dataclass(frozen=True, slots=True)
class ClaimState:
    """What is known of a message that was claimed."""

    status: str
    """`pending`, what became of an earlier attempt, or what the provider reported."""
    provider_id: str | None
    first: bool
    """Nobody had claimed it before: it can't have been sent."""
    code: str | None
    """The reply code to print: not the proposed one if that means another episode on this phone."""
    link: str | None = field(default=None, repr=False, compare=False)
    """The token of the link by which it can be answered; None: it has none."""


@dataclass(frozen=True, slots=True)
class _Link:
    """The link of a message, as this process's keys make it; none, if it can't be answered."""

    token: str | None = field(repr=False)
    hash: str | None

    def if_kept_as(self, kept: str | None) -> str | None:
        """The token whose hash was kept; none if the keys have been changed since."""
        return self.token if kept is not None and kept == self.hash else None


class Claiming(ReplyCodes):
    """Messages as they are written down before they leave."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._claiming = Together(self._claim_all)

    async def claim(self, rows: Sequence[Claim], *, timeout: float | None = None) -> dict[str, ClaimState]:
        """Write down all messages of an alert before the first is sent, and settle their reply codes.

        Raises:
            StoreUnavailable: they may not be written down; they are to be sent all the same.
        """
        return await self._claiming(rows, {row.notification_id for row in rows}, timeout=timeout)

    async def claim_late(self, rows: Sequence[Claim], *, timeout: float | None = None) -> None:
        """Write down messages that went out while the store was away. Episodes that have ended since get no codes.

        Raises:
            StoreUnavailable: it is still away.
        """
        await self.claim(rows, timeout=timeout)
        await self.close_ended({row.alias for row in rows}, timeout=timeout)

    async def _claim_all(self, alerts: Sequence[Sequence[Claim]]) -> list[dict[str, ClaimState]]:
        rows = sorted((row for claims in alerts for row in claims), key=lambda row: row.notification_id)
        for _ in range(_ATTEMPTS):
            try:
                async with self._database.transaction(timeout=PATIENCE) as connection:
                    known = await self._claim(connection, rows)
            except _CodeTaken:
                continue
            wanted = [[row.notification_id for row in claims] for claims in alerts]
            return [{one: known[one] for one in ids if one in known} for ids in wanted]
        raise StoreUnavailable("reply codes were taken by others at the same moment")

    async def _claim(self, connection: AsyncConnection, rows: Sequence[Claim]) -> dict[str, ClaimState]:
        index = await self._database.index(connection)
        ids = [row.notification_id for row in rows]
        before = {row.id for row in await held_rows(connection, notifications.c.id.in_(ids))}
        fresh = [row for row in rows if row.notification_id not in before]
        wishes = [
            reply_codes.Wish(
                index.of_address(row.address), row.code, row.alias, row.episode, row.person_id, row.created_at
            )
            for row in fresh
            if row.code is not None and row.episode is not None
        ]
        try:
            codes = await reply_codes.settle(connection, wishes)
        except IntegrityError:
            raise _CodeTaken from None
        made = {row.notification_id: self._made_link(row) for row in rows}
        values = [self._row(row, index, codes, made[row.notification_id]) for row in fresh]
        if values:
            written = await connection.execute(insert_absent(connection, notifications), values)
            if written.rowcount == len(rows):  # all of them are ours and new: what was written is what is kept
                return {
                    row["id"]: ClaimState(PENDING, None, first=True, code=row["code"], link=made[row["id"]].token)
                    for row in values
                }
        stored = await held_rows(connection, notifications.c.id.in_(ids))
        return {
            row.id: ClaimState(
                row.status,
                row.provider_id,
                first=row.id not in before,
                code=row.code,
                link=made[row.id].if_kept_as(row.link_hash),
            )
            for row in stored
        }

    def _made_link(self, claim: Claim) -> "_Link":
        if claim.code is None or claim.episode is None:
            return _Link(None, None)
        token = links.token_of(self._seals.keys, claim.notification_id)
        return _Link(token, links.hash_of(token))

    def _row(self, claim: Claim, index: Index, codes: reply_codes.type_of_codes, link: "_Link") -> dict[str, Any]:
        address_hash = index.of_address(claim.address)
        return {
            "id": claim.notification_id,
            "alias": claim.alias,
            "episode": claim.episode,
            "rung": claim.rung,
            "person_id": claim.person_id,
            "channel": claim.channel,
            "template": claim.template,
            "address_hash": address_hash,
            "code": codes.get((address_hash, claim.alias, claim.episode)) if claim.code is not None else None,
            "link_hash": link.hash,
            "status": PENDING,
            "created_at": claim.created_at,
            "status_at": claim.created_at,
            "confirm_by": claim.confirm_by,
            "address_sealed": self._seals.seal_json(_COLUMN, claim.notification_id, claim.address),
            "key_id": self._seals.key_id,
        }


class _CodeTaken(Exception):  # noqa: N818 - never leaves this module
    """Another process opened the same code on the same phone at the same moment."""


async def held_rows(connection: AsyncConnection, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Read, and on PostgreSQL hold, the rows that are about to change; in one order, so that no two wait in a ring."""
    query = select(notifications).where(which).order_by(notifications.c.id).with_for_update()
    return (await connection.execute(query)).all()
