"""Messages of which nothing final was heard in time: each is found once, however many web apps look."""

from datetime import datetime

from sqlalchemy import Update, bindparam, select, update

from store.notifications import Applied, whose
from store.repository import Repository
from store.tables import notifications

MOST = 200
"""At one look; the next look is a second later."""

NOT_TAKEN = frozenset({"unavailable", "unknown"})
"""What the placement knows by itself, and has followed up."""

_LATE = (
    select(notifications.c.id)
    .where(notifications.c.confirm_by <= bindparam("now"))
    .order_by(notifications.c.confirm_by)
    .limit(MOST)
)


class Confirmations(Repository):
    """The silence of providers, and whose number it was."""

    async def overdue(self, now: datetime, *, kept_until: datetime) -> list[Applied]:
        """The messages whose time is over (UTC). They are the caller's alone until `kept_until`, then anybody's again.

        So what a web app could not tell the engine before it died is told by the next one.
        """
        async with self._database.reading() as connection:
            ids = list(await connection.scalars(_LATE, {"now": now}))
        if not ids:
            return []
        late = notifications.c.id.in_(ids) & (notifications.c.confirm_by <= now)
        taking = update(notifications).where(late).values(confirm_by=kept_until).returning(*notifications.c)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(taking)).all()
            known = [row.id for row in rows if row.status in NOT_TAKEN]
            if known:
                await connection.execute(_settled(known))
        waiting = [row for row in rows if row.status not in NOT_TAKEN]
        return [Applied(**whose(row), status=row.status, changed=False, became_failed=False) for row in waiting]

    async def told(self, ids: list[str]) -> None:
        """The engine has been told of these, or nobody is to be told any more."""
        async with self._database.transaction() as connection:
            await connection.execute(_settled(ids))

    async def address(self, notification_id: str) -> str | None:
        """Where a message went. None: there is no such message."""
        query = select(notifications).where(notifications.c.id == notification_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return str(self._seals.open_json("notifications.address", row.id, row.key_id, row.address_sealed))


def _settled(ids: list[str]) -> Update:
    return update(notifications).where(notifications.c.id.in_(ids)).values(confirm_by=None)
