"""Notifications: each is claimed before it is sent, and what became of it is kept as evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, update

from domain.names import Channel
from store.claims import Claiming, held_rows
from store.database import Database
from store.deliveries import FAILED, after_outcome, after_report, is_final
from store.tables import notifications
from store.together import PATIENCE, Together

type_of_outcome = tuple[str, str, str | None, int | str | None, datetime]
"""Notification id, status, the provider's id and code where known, and when (UTC)."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a provider's report meant."""

    notification_id: str
    alias: str
    episode: int | None
    rung: str
    """What it belonged to, as its claim says."""
    person_id: str
    channel: Channel
    status: str
    changed: bool
    became_failed: bool
    """It will not arrive, and that is new: time for the person's next channel."""
    also: tuple["Applied", ...] = ()
    """The messages that went in the same text, as it names several children."""


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """A message as the record shows it, without its address."""

    notification_id: str
    alias: str
    episode: int | None
    rung: str
    person_id: str
    channel: Channel
    template: str
    code: str | None
    status: str
    provider_id: str | None
    error_code: str | None
    created_at: datetime
    status_at: datetime


@dataclass(frozen=True, slots=True)
class _Report:
    """What a provider says of a message, by our id or by its own."""

    notification_id: str | None
    provider_id: str | None
    status: str
    at: datetime
    error_code: int | str | None


class Notifications(Claiming):
    """Messages by id, by provider's id, and by episode; and the reply codes printed in them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._keeping = Together(self._keep_all)
        self._applying = Together(self._apply_all)

    async def outcome(self, rows: Sequence[type_of_outcome], *, timeout: float | None = None) -> None:
        """Keep what became of our attempts. Unknown ids are passed over: a claim may have failed."""
        await self._keeping(rows, {row[0] for row in rows}, timeout=timeout)

    async def apply_status(
        self,
        notification_id: str | None,
        provider_id: str | None,
        status: str,
        at: datetime,
        error_code: int | str | None = None,
        *,
        timeout: float | None = None,
    ) -> Applied | None:
        """Take a provider's report, which may overtake the send's answer, come twice, or out of order.

        Args:
            notification_id: what the callback's address says; None: look for `provider_id` instead.
            provider_id: the provider's own id.
            status: in Twilio's words (`queued`, `sending`, `sent`, `delivered`, `read`, `undelivered`, `failed`, …);
                another word changes nothing.
            at: when the report came.
            error_code: the provider's own.
            timeout: seconds.

        Returns:
            None if there is no such message.
        """
        report = _Report(notification_id, provider_id, status, at, error_code)
        touches = [one for one in (notification_id, provider_id) if one is not None]
        return await self._applying(report, touches, timeout=timeout)

    async def for_episode(self, alias: str, episode: int, *, timeout: float | None = None) -> list[NotificationRow]:
        """Every message of an episode, in the order in which they were claimed."""
        which = (notifications.c.alias == alias) & (notifications.c.episode == episode)
        async with self._database.reading(timeout=timeout) as connection:
            rows = await held_rows(connection, which)
        return [_notification(row) for row in sorted(rows, key=lambda row: (row.created_at, row.id))]

    async def _keep_all(self, alerts: Sequence[Sequence[type_of_outcome]]) -> list[None]:
        rows = [row for outcomes in alerts for row in outcomes]
        async with self._database.transaction(timeout=PATIENCE) as connection:
            ids, theirs = [row[0] for row in rows], [row[2] for row in rows if row[2] is not None]
            which = notifications.c.id.in_(ids) | notifications.c.provider_id.in_(theirs)
            current = {row.id: row for row in await held_rows(connection, which)}
            changes = [
                _after_attempt(current[row[0]], _as_reported(row, current.values()))
                for row in rows
                if row[0] in current
            ]
            if changes:
                await connection.execute(_CHANGE, changes)
        return [None] * len(alerts)

    async def _apply_all(self, reports: Sequence["_Report"]) -> list[Applied | None]:
        ids = [one.notification_id for one in reports if one.notification_id is not None]
        theirs = [one.provider_id for one in reports if one.provider_id is not None]
        which = notifications.c.id.in_(ids) | notifications.c.provider_id.in_(theirs)
        applied, changes = list[Applied | None](), []
        async with self._database.transaction(timeout=PATIENCE) as connection:
            found = await held_rows(connection, which)
            by_id = {row.id: row for row in found}
            by_provider = {row.provider_id: row for row in found if row.provider_id is not None}
            for one in reports:
                ours = one.notification_id is not None
                row = by_id.get(one.notification_id) if ours else by_provider.get(one.provider_id)
                status = after_report(row.status, one.status) if row is not None else ""
                if row is not None and (status != row.status or (one.provider_id and not row.provider_id)):
                    changes.append(_change(row, status, one.provider_id, one.error_code, one.at))
                also = []
                for other in _in_the_same_text(row, one.provider_id, found):
                    after = after_report(other.status, one.status)
                    if after != other.status:
                        changes.append(_change(other, after, None, one.error_code, one.at))
                    also.append(_applied(other, after))
                applied.append(replace(_applied(row, status), also=tuple(also)) if row is not None else None)
            if changes:
                await connection.execute(_CHANGE, changes)
        return applied


_CHANGED = ("status", "provider_id", "error_code", "status_at", "confirm_by")
_CHANGE = (
    update(notifications)
    .where(notifications.c.id == bindparam("row_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
)


def _change(
    row: Row[Any], status: str, provider_id: str | None, error_code: int | str | None, at: datetime
) -> dict[str, Any]:
    return {
        "row_id": row.id,
        "new_status": status,
        "new_provider_id": row.provider_id or provider_id,
        "new_error_code": str(error_code) if error_code is not None else row.error_code,
        "new_status_at": at if status != row.status else row.status_at,
        "new_confirm_by": None if is_final(status) else row.confirm_by,
    }


def _after_attempt(row: Row[Any], outcome: type_of_outcome) -> dict[str, Any]:
    _, status, provider_id, code, at = outcome
    return _change(row, after_outcome(row.status, status), provider_id, code, at)


def _in_the_same_text(row: Row[Any] | None, provider_id: str | None, found: Iterable[Row[Any]]) -> list[Row[Any]]:
    """The other messages that have this provider's id: one text took them along."""
    theirs = provider_id or (row.provider_id if row is not None else None)
    if row is None or theirs is None:
        return []
    return [other for other in found if other.provider_id == theirs and other.id != row.id]


def _as_reported(outcome: type_of_outcome, found: Iterable[Row[Any]]) -> type_of_outcome:
    """An outcome; of a message that went in another's text, what the provider has already said of that."""
    one, status, provider_id, code, at = outcome
    carriers = [row for row in found if row.provider_id == provider_id and row.id != one] if provider_id else []
    said = next((row.status for row in carriers if is_final(row.status)), status)
    return one, said, provider_id, code, at


def _applied(row: Row[Any], status: str) -> Applied:
    changed = status != row.status
    return Applied(**whose(row), status=status, changed=changed, became_failed=changed and status in FAILED)


def whose(row: Row[Any]) -> dict[str, Any]:
    """A message's id, and to whom and for what it went."""
    return {
        "notification_id": row.id,
        "alias": row.alias,
        "episode": row.episode,
        "rung": row.rung,
        "person_id": row.person_id,
        "channel": Channel(row.channel),
    }


def _notification(row: Row[Any]) -> NotificationRow:
    return NotificationRow(
        notification_id=row.id,
        alias=row.alias,
        episode=row.episode,
        rung=row.rung,
        person_id=row.person_id,
        channel=Channel(row.channel),
        template=row.template,
        code=row.code,
        status=row.status,
        provider_id=row.provider_id,
        error_code=row.error_code,
        created_at=row.created_at,
        status_at=row.status_at,
    )
