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

from sqlalchemy import Row, and_, bindparam, exists, func, select, update

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
"""Built once: it stands between a deadline and a phone."""


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


class Intents(Repository):
    """Intents by id, and by who asked with which key."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._looking = Together(self._look_for_all)

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
        query = select(intents).where(intents.c.asker == asker, intents.c.key == key)
        async with self._database.transaction(timeout=timeout) as connection:
            # Not the caller's hash itself: a short body could be guessed from it.
            seen_as = (await self._database.index(connection)).of(body_hash)
            await connection.execute(insert_absent(connection, intents), row | {"body_hash": seen_as})
            stored = (await connection.execute(query)).one()
        if (stored.body_hash, stored.route) != (seen_as, route):
            raise IdempotencyMismatch
        return self._intent(stored)

    async def get(self, intent_id: str, *, timeout: float | None = None) -> Intent | None:
        """One intent."""
        async with self._database.reading(timeout=timeout) as connection:
            row = (await connection.execute(select(intents).where(intents.c.id == intent_id))).one_or_none()
        return self._intent(row) if row is not None else None

    async def answered(
        self, intent_id: str, status_code: int, response: dict[str, Any], *, timeout: float | None = None
    ) -> bool:
        """It was done. Returns False, and changes nothing, if it was answered or refused before."""
        return await self._settle(intent_id, IntentStatus.ANSWERED, status_code, response, timeout)

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
        settled = {
            "status": status,
            "status_code": status_code,
            "response_sealed": self._seals.seal_json(_RESPONSE, intent_id, response),
            "response_key_id": self._seals.key_id,
        }
        statement = update(intents).where(intents.c.id == intent_id, intents.c.status.in_(_OPEN))
        async with self._database.transaction(timeout=timeout) as connection:
            changed = await connection.execute(statement.values(settled))
            if not changed.rowcount and not await connection.scalar(select(exists().where(intents.c.id == intent_id))):
                raise NotFound("intent_id", "there is no such intent")
            return bool(changed.rowcount)

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
