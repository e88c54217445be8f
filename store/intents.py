"""Intents: what a person reported, written down before anything is done about it, so that no outage loses it.

new → answered
new → queued → answered, or refused later (and then the person is told)
new → refused
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database
from store.dialect import insert_absent
from store.errors import IdempotencyMismatch, NotFound
from store.repository import Repository
from store.tables import intents
from store.together import PATIENCE, Together

CHECK_IN = "check_in"
"""The kind of an intent that reports a sighting."""
IN_HAND_SECONDS = 60
"""How long a new intent counts as still being delivered by whoever took it."""
_BODY = "intents.body"
_RESPONSE = "intents.response"


class IntentStatus(StrEnum):
    """What became of an intent."""

    NEW = "new"
    QUEUED = "queued"
    ANSWERED = "answered"
    REFUSED = "refused"


_OPEN = (IntentStatus.NEW, IntentStatus.QUEUED)

_WAITING = select(intents.c.alias, intents.c.status, intents.c.created_at).where(
    intents.c.alias.in_(bindparam("aliases", expanding=True)),
    intents.c.kind == CHECK_IN,
    intents.c.status.in_(_OPEN),
)
"""Built once, as those below: they stand between a deadline and a phone, or between a tap and its receipt."""
_ASKED = select(intents).where(tuple_(intents.c.asker, intents.c.key).in_(bindparam("keys", expanding=True)))
_STANDING = (
    select(intents.c.id, intents.c.status)
    .where(intents.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(intents.c.id)
    .with_for_update()
)
_SETTLE = (
    update(intents)
    .where(intents.c.id == bindparam("row_id"))
    .values(
        {name: bindparam(f"new_{name}") for name in ("status", "status_code", "response_sealed", "response_key_id")}
    )
)

type_of_claim = tuple[dict[str, Any], str]
"""An intent's row, and the hash of the body it came with."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Something a person asked for."""

    id: str
    """A UUIDv7; also the id of the update that delivers it."""
    key: str
    """The Idempotency-Key."""
    asker: str
    route: str
    alias: str | None
    kind: str
    body: bytes = field(repr=False)
    status: IntentStatus
    status_code: int | None
    response: dict[str, Any] | None = field(repr=False)
    created_at: datetime


Settled = dict[str, Any]
"""How an intent was closed, ready to be written."""


async def settle(connection: AsyncConnection, all_settled: Sequence[Settled]) -> list[str | None]:
    """Close those of them that are open; what each was before, None for one that does not exist."""
    if not all_settled:
        return []
    ids = sorted(settled["row_id"] for settled in all_settled)
    was = {row.id: row.status for row in await connection.execute(_STANDING, {"ids": ids})}
    changes = [settled for settled in all_settled if was.get(settled["row_id"]) in _OPEN]
    if changes:
        await connection.execute(_SETTLE, changes)
    return [was.get(settled["row_id"]) for settled in all_settled]


class Intents(Repository):
    """Intents by id, and by who asked with which key."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._looking = Together(self._look_for_all)
        self._claiming = Together(self._claim_all)
        self._settling = Together(self._settle_all)

    async def claim(  # noqa: PLR0917 - an intent is what it is
        self,
        intent_id: str,
        key: str,
        asker: str,
        route: str,
        alias: str | None,
        kind: str,
        body: bytes,
        body_hash: str,
        at: datetime,
        *,
        timeout: float | None = None,
    ) -> Intent:
        """Write an intent down, once for each asker and key.

        Returns:
            The new intent, or the earlier one of the same request: then its id is another than `intent_id`.

        Raises:
            IdempotencyMismatch: the key came before with another body or route.
        """
        row = {
            "id": intent_id,
            "key": key,
            "asker": asker,
            "route": route,
            "alias": alias,
            "kind": kind,
            "status": IntentStatus.NEW,
            "created_at": at,
            "body_sealed": self._seals.seal(_BODY, intent_id, body),
            "key_id": self._seals.key_id,
        }
        stored, seen_as = await self._claiming((row, body_hash), {(asker, key)}, timeout=timeout)
        if (stored.body_hash, stored.route) != (seen_as, route):
            raise IdempotencyMismatch
        return self._intent(stored)

    async def _claim_all(self, asked: Sequence[type_of_claim]) -> list[tuple[Row[Any], str]]:
        async with self._database.transaction(timeout=PATIENCE) as connection:
            index = await self._database.index(connection)
            # Not the caller's hash itself: a short body could be guessed from it.
            rows = [row | {"body_hash": index.of(body_hash)} for row, body_hash in asked]
            await connection.execute(insert_absent(connection, intents), rows)
            keys = [(row["asker"], row["key"]) for row in rows]
            stored = {(row.asker, row.key): row for row in await connection.execute(_ASKED, {"keys": keys})}
        return [(stored[key], row["body_hash"]) for key, row in zip(keys, rows, strict=True)]

    async def get(self, intent_id: str, *, timeout: float | None = None) -> Intent | None:
        """One intent."""
        async with self._database.reading(timeout=timeout) as connection:
            row = (await connection.execute(select(intents).where(intents.c.id == intent_id))).one_or_none()
        return self._intent(row) if row is not None else None

    async def asked(self, asker: str, key: str, *, timeout: float | None = None) -> Intent | None:
        """What this asker asked with this key; None: nothing yet."""
        async with self._database.reading(timeout=timeout) as connection:
            row = (await connection.execute(_ASKED, {"keys": [(asker, key)]})).one_or_none()
        return self._intent(row) if row is not None else None

    async def answered(
        self, intent_id: str, status_code: int, response: dict[str, Any], *, timeout: float | None = None
    ) -> bool:
        """It was done. Returns False, and changes nothing, if it was answered or refused before."""
        return await self._settle(intent_id, IntentStatus.ANSWERED, status_code, response, timeout)

    def answer(self, intent_id: str, status_code: int, response: dict[str, Any]) -> Settled:
        """The same, to be written together with the facts that answer it (`Facts.insert`)."""
        return self._settled(intent_id, IntentStatus.ANSWERED, status_code, response)

    async def refuse(
        self, intent_id: str, status_code: int, response: dict[str, Any], *, timeout: float | None = None
    ) -> bool:
        """It can't be done, and its asker is told. Returns False if it was answered or refused before."""
        return await self._settle(intent_id, IntentStatus.REFUSED, status_code, response, timeout)

    async def queue(self, intent_id: str, *, timeout: float | None = None) -> bool:
        """The engine did not answer: the sweeper delivers it. Returns False if it was not new any more."""
        statement = update(intents).where(intents.c.id == intent_id, intents.c.status == IntentStatus.NEW)
        async with self._database.transaction(timeout=timeout) as connection:
            return bool((await connection.execute(statement.values(status=IntentStatus.QUEUED))).rowcount)

    async def queue_abandoned(self, before: datetime) -> int:
        """Queue what is still new although it came before then: whoever took it has died since.

        Only what is about a placement: nothing else is delivered to the engine.
        """
        left_over = and_(
            intents.c.status == IntentStatus.NEW, intents.c.created_at < before, intents.c.alias.is_not(None)
        )
        async with self._database.transaction() as connection:
            return (await connection.execute(update(intents).where(left_over).values(status="queued"))).rowcount

    async def queued(self, limit: int = 100) -> list[Intent]:
        """What waits to be delivered, in the order in which it was reported."""
        query = select(intents).where(intents.c.status == IntentStatus.QUEUED)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(intents.c.created_at, intents.c.id).limit(limit))
            return [self._intent(row) for row in rows]

    async def oldest_queued_at(self, *, timeout: float | None = None) -> datetime | None:
        """Since when the longest-waiting intent waits; None: nothing waits."""
        query = select(func.min(intents.c.created_at)).where(intents.c.status == IntentStatus.QUEUED)
        async with self._database.reading(timeout=timeout) as connection:
            oldest: datetime | None = await connection.scalar(query)
        return oldest

    async def pending_check_in(self, alias: str, *, now: datetime | None = None, timeout: float | None = None) -> bool:
        """Whether a check-in of this placement waits, or is being delivered: then nobody is to be alarmed yet."""
        since = (now or datetime.now(UTC)) - timedelta(seconds=IN_HAND_SECONDS)
        return await self._looking((alias, since), {alias}, timeout=timeout)

    async def _look_for_all(self, asked: Sequence[tuple[str, datetime]]) -> list[bool]:
        async with self._database.reading(timeout=PATIENCE) as connection:
            rows = (await connection.execute(_WAITING, {"aliases": [alias for alias, _ in asked]})).all()
        return [
            any(row.alias == alias and (row.status == IntentStatus.QUEUED or row.created_at > since) for row in rows)
            for alias, since in asked
        ]

    async def _settle(
        self, intent_id: str, status: IntentStatus, status_code: int, response: dict[str, Any], timeout: float | None
    ) -> bool:
        settled = self._settled(intent_id, status, status_code, response)
        was = await self._settling(settled, {intent_id}, timeout=timeout)
        if was is None:
            raise NotFound("intent_id", "there is no such intent")
        return was in _OPEN

    async def _settle_all(self, all_settled: Sequence[Settled]) -> list[str | None]:
        async with self._database.transaction(timeout=PATIENCE) as connection:
            return await settle(connection, all_settled)

    def _settled(self, intent_id: str, status: IntentStatus, status_code: int, response: dict[str, Any]) -> Settled:
        return {
            "row_id": intent_id,
            "new_status": status,
            "new_status_code": status_code,
            "new_response_sealed": self._seals.seal_json(_RESPONSE, intent_id, response),
            "new_response_key_id": self._seals.key_id,
        }

    def _intent(self, row: Row[Any]) -> Intent:
        response = row.response_sealed
        return Intent(
            id=row.id,
            key=row.key,
            asker=row.asker,
            route=row.route,
            alias=row.alias,
            kind=row.kind,
            body=self._seals.open(_BODY, row.id, row.key_id, row.body_sealed),
            status=IntentStatus(row.status),
            status_code=row.status_code,
            response=None
            if response is None
            else self._seals.open_json(_RESPONSE, row.id, row.response_key_id, response),
            created_at=row.created_at,
        )
