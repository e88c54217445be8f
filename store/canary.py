"""The canary's last flight: if it is old, the engine is not alive, whatever else looks well."""

from datetime import datetime

from sqlalchemy import select

from store.dialect import insert
from store.repository import Repository
from store.tables import canary

_NAME = "canary"


class CanaryLog(Repository):
    """One flight: the last."""

    async def flown(self, round: int, at: datetime, *, timeout: float | None = None) -> None:  # noqa: A002
        """The canary has flown through every part for the n-th time. An older report is passed over."""
        async with self._database.transaction(timeout=timeout) as connection:
            statement = insert(connection, canary)
            new = statement.excluded
            newest = statement.on_conflict_do_update(
                index_elements=["name"],
                set_={"round": new["round"], "flown_at": new["flown_at"]},
                where=new["flown_at"] > canary.c.flown_at,
            )
            await connection.execute(newest, {"name": _NAME, "round": round, "flown_at": at})

    async def last(self, *, timeout: float | None = None) -> datetime | None:
        """When it flew last; None: never."""
        async with self._database.reading(timeout=timeout) as connection:
            return await connection.scalar(select(canary.c.flown_at).where(canary.c.name == _NAME))
